import { useApp, useMay } from "../data/appState.ts";
import {
  toAccount,
  toAudit,
  toKeys,
  toMembers,
  toOrganisation,
  toRetention,
  toSingleSignOn,
  toStorage,
  toUsage,
} from "../paths.ts";

/** The settings pages that the person may open, in their order. */
export function useSettingsPages() {
  const { search } = useApp().view.value;
  const may = useMay();
  return [
    { id: "account", label: "Account", href: toAccount(search), isOpen: true },
    {
      id: "organisation",
      label: "Organisation",
      href: toOrganisation(search),
      isOpen: may("projects:write"),
    },
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
    { id: "retention", label: "Retention", href: toRetention(search), isOpen: may("usage:read") },
    { id: "storage", label: "Storage", href: toStorage(search), isOpen: may("usage:read") },
  ].filter(({ isOpen }) => isOpen);
}
