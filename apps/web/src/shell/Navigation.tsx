import { useApp } from "../data/appState.ts";
import { pickParams } from "../page.ts";
import { pages } from "../pages.ts";
import { Icon } from "../ui/Icon.tsx";

/** At the side on wide screens, along the bottom on phones. */
export function Navigation() {
  const { page, search } = useApp().view.value;
  const keep = pickParams(search);
  return (
    <nav class="nav" aria-label="Pages">
      {pages.map(({ id, path, nav }) => {
        if (nav === undefined) return null;
        const isHere = page?.id === id;
        return (
          <a
            key={id}
            href={path + keep}
            aria-current={isHere ? "page" : page?.parent === id ? "true" : undefined}
            title={`${nav.label} (g ${nav.key})`}
          >
            <Icon name={nav.icon} />
            {nav.label}
          </a>
        );
      })}
    </nav>
  );
}
