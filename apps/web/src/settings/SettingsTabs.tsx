import { useApp } from "../data/appState.ts";
import { useSettingsPages } from "../shell/settingsPages.ts";
import "./settings.css";

/** From one settings page to the next. */
export function SettingsTabs() {
  const { page } = useApp().view.value;
  return (
    <nav class="segmented settings-tabs" aria-label="Settings">
      {useSettingsPages().map(({ id, label, href }) => (
        <a key={id} href={href} aria-current={page?.id === id ? "true" : undefined}>
          {label}
        </a>
      ))}
    </nav>
  );
}
