/** The list itself, in a box of its own; only the lines in sight exist. */
import type { TailItemView } from "@throughline/contract";
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toTrace } from "../paths.ts";
import { Time } from "../ui/Time.tsx";
import { formatDuration } from "../ui/format.ts";

/** As tail.css sets it. */
const LINE_PX = 24;
const OVERSCAN = 20;
const FIRST_SCREEN = 60;
/** Closer to the top than this counts as the top. */
const TOP_PX = 8;

export function TailLines({
  items,
  onLeaveTop,
  onReachTop,
}: {
  readonly items: readonly TailItemView[];
  readonly onLeaveTop: () => void;
  readonly onReachTop: () => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const top = useSignal(0);
  const first = Math.max(0, Math.floor(top.value / LINE_PX) - OVERSCAN);
  const shown = items.slice(first, first + FIRST_SCREEN + 2 * OVERSCAN);
  const onScroll = (): void => {
    const scrolled = box.current?.scrollTop ?? 0;
    const wasAtTop = top.value <= TOP_PX;
    top.value = scrolled;
    if (wasAtTop && scrolled > TOP_PX) onLeaveTop();
    if (!wasAtTop && scrolled <= TOP_PX) onReachTop();
  };
  return (
    <div class="tail-box" ref={box} onScroll={onScroll} tabIndex={0} role="group" aria-label="Lines">
      <ul class="tail-lines">
        <Gap lines={first} />
        {shown.map((item, index) => (
          <TailLine key={`${item.spanId}${item.timeMs}${first + index}`} item={item} />
        ))}
        <Gap lines={items.length - first - shown.length} />
      </ul>
    </div>
  );
}

/** The room of the lines that don't exist; set by script, as the page's policy allows no inline style. */
function Gap({ lines }: { readonly lines: number }) {
  if (lines <= 0) return null;
  return (
    <li
      aria-hidden="true"
      class="tail-gap"
      ref={(element) => {
        if (element !== null) element.style.height = `${lines * LINE_PX}px`;
      }}
    />
  );
}

function TailLine({ item }: { readonly item: TailItemView }) {
  const { search } = useApp().view.value;
  const { kind, timeMs, service, text, severity, durationMs, traceId } = item;
  return (
    <li class={`tail-line tail-${severity}`}>
      <Time ms={timeMs} precision="millisecond" isClockOnly />
      <span class="tail-kind">{kind === "span" ? "span" : severity}</span>
      <span class="tail-service">{service}</span>
      {traceId === "" ? (
        <span class="tail-text" title={text}>
          {text}
        </span>
      ) : (
        <a class="tail-text" href={toTrace(traceId, search)} title={text}>
          {text}
        </a>
      )}
      <span class="tail-duration">{durationMs === null ? "" : formatDuration(durationMs)}</span>
    </li>
  );
}
