import { useApp } from "../data/appState.ts";
import { toCompare, withSearch } from "../paths.ts";

/** Spans over time, or put together by their own time: the address holds which. */
export function ViewLinks({
  isFlame,
  search,
}: {
  readonly isFlame: boolean;
  readonly search: URLSearchParams;
}) {
  const { path } = useApp().view.value;
  const other = (view: string | null): string => {
    const next = new URLSearchParams(search);
    if (view === null) next.delete("view");
    else next.set("view", view);
    return withSearch(path, next);
  };
  return (
    <span class="trace-views">
      <a href={other(null)} aria-current={isFlame ? undefined : "true"}>
        Spans
      </a>
      <a href={other("flame")} aria-current={isFlame ? "true" : undefined}>
        Flame
      </a>
      <a href={toCompare(path.split("/").at(-1) ?? "", "", search)}>Compare…</a>
    </span>
  );
}
