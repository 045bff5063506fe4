/** Who is signed in, in which organisation, and what they can go to. In a native popover, like the project switcher. */
import { useApp, useMay } from "../data/appState.ts";
import { useSend } from "../data/useSend.ts";
import { toAccount, toAudit, toKeys, toMembers, toSignIn, toSingleSignOn, toUsage } from "../paths.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/Toast.tsx";
import "./account.css";

export function AccountMenu() {
  const { session, view } = useApp();
  const may = useMay();
  const { isSending, send } = useSend();
  const person = session?.person;
  if (session === null || person == null) return null;
  const { search, page } = view.value;
  const { memberships, tenantId } = session;
  const organisation = memberships.find((each) => each.tenantId === tenantId);
  const links = [
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
  /** Both change everything that is shown: a new document. */
  const change = async (path: string, body: object, goTo: string): Promise<void> => {
    const answer = await send("POST", path, body);
    if (answer === null) return;
    if (answer.problem === null || answer.problem.status === 401) location.assign(goTo);
    else showToast(answer.problem.detail ?? answer.problem.title);
  };
  return (
    <div class="account">
      <button
        type="button"
        class="account-button"
        popovertarget="account-menu"
        aria-label={`Account: ${person.name}`}
      >
        <Icon name="person" />
        <span>{person.name}</span>
        <Icon name="chevron" />
      </button>
      <div id="account-menu" popover="auto" class="menu account-menu">
        <p class="account-who">
          <strong>{person.name}</strong>
          <small class="muted">{person.email}</small>
        </p>
        {memberships.length > 1 ? (
          <div role="group" aria-label="Organisation" class="account-group">
            <p class="menu-title">Organisation</p>
            {memberships.map((each) => (
              <button
                key={each.tenantId}
                type="button"
                aria-pressed={each.tenantId === tenantId}
                disabled={isSending.value}
                onClick={() => void change("/api/me/tenant", { tenantId: each.tenantId }, "/")}
              >
                <span>{each.tenantName}</span>
                {each.tenantId === tenantId ? <Icon name="check" /> : null}
              </button>
            ))}
          </div>
        ) : (
          <p class="menu-title">{organisation?.tenantName ?? "No organisation yet"}</p>
        )}
        {links.map(({ id, label, href, isOpen }) =>
          isOpen ? (
            <a key={id} href={href} aria-current={page?.id === id ? "page" : undefined}>
              {label}
            </a>
          ) : null,
        )}
        <div class="account-group">
          <button
            type="button"
            disabled={isSending.value}
            onClick={() => void change("/api/auth/sign-out", {}, toSignIn())}
          >
            Sign out
          </button>
        </div>
      </div>
    </div>
  );
}
