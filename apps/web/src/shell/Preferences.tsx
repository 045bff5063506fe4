import { useApp, type Theme } from "../data/appState.ts";
import { chooseTheme, chooseZone } from "../data/preferences.ts";
import { Icon } from "../ui/Icon.tsx";

const NEXT_THEME = { auto: "light", light: "dark", dark: "auto" } as const satisfies Record<Theme, Theme>;
const THEME = {
  auto: { label: "Auto", icon: "auto" },
  light: { label: "Light", icon: "sun" },
  dark: { label: "Dark", icon: "moon" },
} as const;

export function Preferences() {
  const app = useApp();
  const theme = app.theme.value;
  const isUtc = app.chosenZone.value === "utc";
  return (
    <div class="preferences">
      <button
        type="button"
        aria-label={`Theme: ${THEME[theme].label}. Change to ${THEME[NEXT_THEME[theme]].label}`}
        title={`Theme: ${THEME[theme].label}`}
        onClick={() => chooseTheme(app, NEXT_THEME[theme])}
      >
        <Icon name={THEME[theme].icon} />
        <span>{THEME[theme].label}</span>
      </button>
      <button
        type="button"
        aria-label={`Times: ${isUtc ? "UTC" : "Local"}. Change to ${isUtc ? "local" : "UTC"}`}
        title="Time zone of all times on the pages"
        onClick={() => chooseZone(app, isUtc ? "local" : "utc")}
      >
        <Icon name="clock" />
        <span class="preferences-zone">{isUtc ? "UTC" : "Local"}</span>
      </button>
      <button
        type="button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => (app.isHelpOpen.value = true)}
      >
        <Icon name="keyboard" />
      </button>
    </div>
  );
}
