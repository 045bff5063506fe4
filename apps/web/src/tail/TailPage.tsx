/** Spans and log lines as they arrive. Follows until the person scrolls away from the top; then new lines wait. */
import type { TailItemView, TailPage as TailData } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useLive } from "../data/live.ts";
import type { PageProps } from "../page.ts";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { type Gap, GapNote, NO_GAP } from "./GapNote.tsx";
import { TailFilters } from "./TailFilters.tsx";
import { TailLines } from "./TailLines.tsx";
import { LINES_MAX, withNewLines } from "./lines.ts";
import "./tail.css";

export function TailPage({ data, update }: PageProps<TailData>) {
  const { project, query, services, items } = data.value;
  const isPaused = useSignal(false);
  const waiting = useSignal<readonly TailItemView[]>([]);
  const show = (lines: readonly TailItemView[]): void =>
    update((shown) => ({ ...shown, items: withNewLines(shown.items, lines) }));
  const resume = (): void => {
    isPaused.value = false;
    show(waiting.value);
    waiting.value = [];
  };
  const toggle = (): void => {
    if (isPaused.value) resume();
    else isPaused.value = true;
  };
  const gap = useSignal<Gap>(NO_GAP);
  const filter = JSON.stringify([project.id, query]);
  useEffect(() => void (gap.value = NO_GAP), [filter]);
  useLive(
    {
      topics: ["tail"],
      project: project.id,
      kind: query.kind,
      service: query.service,
      severity: query.severity,
      q: query.q,
    },
    {
      tail: ({ items: lines, dropped }) => {
        if (dropped > 0) gap.value = { ...gap.value, lines: gap.value.lines + dropped };
        if (isPaused.value) waiting.value = [...waiting.value, ...lines].slice(-LINES_MAX);
        else show(lines);
      },
      resync: () => {
        // What waited is among what is fetched anew.
        waiting.value = [];
        gap.value = { ...gap.value, isReloaded: true };
      },
    },
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTyping = event.target instanceof HTMLElement && event.target.closest("input, select, textarea");
      // `g p` goes to a page.
      if (event.key !== "p" || event.metaKey || event.ctrlKey || event.altKey || isTyping) return;
      if (event.defaultPrevented) return;
      event.preventDefault();
      toggle();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  });
  return (
    <div class="stack">
      <TailFilters query={query} services={services} />
      <Card
        title={isPaused.value ? "Paused" : "Newest first"}
        isFlush
        aside={
          <div class="tail-actions">
            {waiting.value.length > 0 ? (
              <Button kind="primary" onClick={resume}>
                {waiting.value.length === LINES_MAX ? `${LINES_MAX} or more` : waiting.value.length} new
              </Button>
            ) : null}
            <Button aria-pressed={isPaused.value} onClick={toggle} title="p">
              {isPaused.value ? "Resume" : "Pause"}
            </Button>
          </div>
        }
      >
        <GapNote gap={gap.value} isFiltered={isFiltered(query)} onClose={() => (gap.value = NO_GAP)} />
        {items.length === 0 ? (
          <EmptyState title="No lines yet">
            New spans and log lines appear here the moment they arrive. Loosen the filter if it is too narrow.
          </EmptyState>
        ) : (
          <TailLines
            items={items}
            onLeaveTop={() => (isPaused.value = true)}
            onReachTop={() => {
              if (isPaused.value) resume();
            }}
          />
        )}
      </Card>
    </div>
  );
}

const isFiltered = ({ kind, service, severity, q }: TailData["query"]): boolean =>
  kind !== "all" || [service, severity, q].some((part) => part !== undefined);
