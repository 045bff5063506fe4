import { useApp, useMay } from "../data/appState.ts";
import { toAccount, toAudit, toKeys, toMembers, toSingleSignOn, toUsage } from "../paths.ts";
import "./settings.css";

/** From one settings page to the next: those that the person may open. */
export function SettingsTabs() {
  const { page, search } = useApp().view.value;
  const may = useMay();
  const tabs = [
    { id: "account", label: "Account", href: toAccount(search), isOpen: true },
    { id: "keys", label: "Keys", href: toKeys(search), isOpen: may("ingest-keys:read") },
    { id: "members", label: "Members", href: toMembers(search), isOpen: may("members:read") },
    {
      id: "single-sign-on",
      label: "Single sign-on",
      href: toSingleSignOn(search),
      isOpen: may("sso:write"),
    },
    { id: "audit", label: "Audit log", href: toAudit({}, search), isOpen: may("audit:read") },
    { id: "usage", label: "Usage", href: toUsage(search), isOpen: may("usage:read") },
  ];
  return (
    <nav class="segmented settings-tabs" aria-label="Settings">
      {tabs.map(({ id, label, href, isOpen }) =>
        isOpen ? (
          <a key={id} href={href} aria-current={page?.id === id ? "true" : undefined}>
            {label}
          </a>
        ) : null,
      )}
    </nav>
  );
}
