import { useApp, useMay } from "../data/appState.ts";
import { NAV_GROUPS, pickParams, type NavEntry, type Page } from "../page.ts";
import { pages } from "../pages.ts";
import { Icon } from "../ui/Icon.tsx";

type NavPage = Page & { readonly nav: NavEntry };

const GROUPS = Object.entries(NAV_GROUPS).map(([id, title]) => ({
  id,
  title,
  pages: pages.filter((page): page is NavPage => page.nav?.group === id),
}));

/** At the side on wide screens; on phones four pages along the bottom, and a menu of all. */
export function Navigation() {
  return (
    <>
      <nav class="nav" aria-label="Pages">
        <Groups />
        <button type="button" class="nav-all" popovertarget="all-pages">
          <Icon name="menu" />
          All
        </button>
      </nav>
      <div id="all-pages" popover="auto" class="menu nav-menu">
        <nav aria-label="All pages">
          <Groups />
        </nav>
      </div>
    </>
  );
}

function Groups() {
  const { session, view } = useApp();
  const { page, search } = view.value;
  const may = useMay();
  const keep = pickParams(search);
  return (
    <>
      {GROUPS.map(({ id, title, pages: entries }) => {
        const open = entries.filter(({ permission }) => session === null || may(permission));
        if (open.length === 0) return null;
        return (
          <div key={id} class="nav-group">
            {title === null ? null : <p class="nav-title">{title}</p>}
            {open.map((entry) => (
              <a
                key={entry.id}
                href={entry.path + keep}
                class={entry.nav.isQuick === true ? "nav-quick" : undefined}
                aria-current={page?.id === entry.id ? "page" : page?.parent === entry.id ? "true" : undefined}
                title={`${entry.nav.label} (g ${entry.nav.key})`}
              >
                <Icon name={entry.nav.icon} />
                {entry.nav.label}
              </a>
            ))}
          </div>
        );
      })}
    </>
  );
}
