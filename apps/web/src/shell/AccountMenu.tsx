/** Who is signed in, in which organisation, and what they can go to. In a native popover, like the project switcher. */
import { useApp } from "../data/appState.ts";
import { enterOrganisation } from "../data/organisation.ts";
import { useSend } from "../data/useSend.ts";
import { useSignOut } from "../data/useSignOut.ts";
import { Icon } from "../ui/Icon.tsx";
import { showToast } from "../ui/Toast.tsx";
import { useSettingsPages } from "./settingsPages.ts";

export function AccountMenu() {
  const { session, view } = useApp();
  const links = useSettingsPages();
  const { isSending, run } = useSend();
  const leaving = useSignOut();
  const person = session?.person;
  if (session === null || person == null) return null;
  const { page } = view.value;
  const { memberships, tenantId } = session;
  const organisation = memberships.find((each) => each.tenantId === tenantId);
  const enter = async (id: string): Promise<void> => {
    const answer = await run(() => enterOrganisation(id, "/"));
    if (answer !== null && answer.problem !== null) showToast(answer.problem.detail ?? answer.problem.title);
  };
  return (
    <div class="account">
      <button
        type="button"
        class="shell-button account-button"
        popovertarget="account-menu"
        aria-label={`Account: ${person.name}`}
      >
        <Icon name="person" />
        <span>
          {person.name}
          {memberships.length > 1 ? <small class="muted">{organisation?.tenantName}</small> : null}
        </span>
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
                class="menu-item"
                aria-pressed={each.tenantId === tenantId}
                disabled={isSending.value}
                onClick={() => void enter(each.tenantId)}
              >
                <span>{each.tenantName}</span>
                {each.tenantId === tenantId ? <Icon name="check" /> : null}
              </button>
            ))}
          </div>
        ) : (
          <p class="menu-title">{organisation?.tenantName ?? "No organisation yet"}</p>
        )}
        {links.map(({ id, label, href }) => (
          <a key={id} class="menu-item" href={href} aria-current={page?.id === id ? "page" : undefined}>
            {label}
          </a>
        ))}
        <div class="account-group">
          <button
            type="button"
            class="menu-item"
            disabled={leaving.isSending.value}
            onClick={leaving.signOut}
          >
            Sign out
          </button>
        </div>
      </div>
    </div>
  );
}
