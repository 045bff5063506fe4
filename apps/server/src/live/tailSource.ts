/** Lines of the live tail, straight from decoding: filtered, gathered for a moment, bounded, what was left out counted. */
import type { LiveTail, TailItemView, TailQuery } from "@throughline/contract";
import type { Scope } from "../engines/telemetry/index.ts";
import type { Ingest, TailItem } from "../ingest/index.ts";
import type { Publish, Source } from "./channel.ts";

export interface TailLimits {
  readonly tailEveryMs: number;
  /** Lines per event; nobody reads more than a few thousand lines a second. */
  readonly tailItemsMax: number;
}

const SEVERITIES = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

export function tailSource(
  ingest: Pick<Ingest, "onTail">,
  { tenantId, projectId }: Scope,
  query: TailQuery,
  limits: TailLimits,
  publish: Publish,
): Source {
  const isWanted = tailFilter(query);
  let waiting: TailItemView[] = [];
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    timer = null;
    const event: LiveTail = { items: waiting, dropped };
    waiting = [];
    dropped = 0;
    publish(event);
  }

  const unsubscribe = ingest.onTail(tenantId, projectId, (items, leftOut) => {
    const wanted = items.map(viewOf).filter(isWanted);
    if (wanted.length === 0 && leftOut === 0) return;
    // Nobody knows whether the filter wanted those: said rather than passed over.
    dropped += leftOut;
    waiting.push(...wanted.slice(-limits.tailItemsMax));
    dropped += Math.max(0, wanted.length - limits.tailItemsMax);
    if (waiting.length > limits.tailItemsMax) {
      dropped += waiting.length - limits.tailItemsMax;
      waiting = waiting.slice(-limits.tailItemsMax);
    }
    timer ??= setTimeout(flush, limits.tailEveryMs);
  });

  return {
    // Goes on for those who are just reconnecting, until the channel ends.
    watched() {},
    stop() {
      unsubscribe();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

/** The same words as the tail's first screen, which the store answers. */
function viewOf(item: TailItem): TailItemView {
  if (item.kind === "span") return { ...item, severity: item.severity === "error" ? "error" : "info" };
  return item.severity === "" ? { ...item, severity: "unspecified" } : item;
}

/** The same choice as the tail's first screen: for spans `error` and above means failed ones only. */
export function tailFilter({ kind, service, severity, q }: TailQuery): (item: TailItemView) => boolean {
  const lowest = severity === undefined ? -1 : SEVERITIES.indexOf(severity);
  const isErrorsOnly = severity === "error" || severity === "fatal";
  const text = q?.toLowerCase();
  return (item) => {
    if (kind !== "all" && item.kind !== kind) return false;
    if (service !== undefined && item.service !== service) return false;
    if (item.kind === "span" ? isErrorsOnly && item.severity !== "error" : rankOf(item.severity) < lowest)
      return false;
    return text === undefined || item.text.toLowerCase().includes(text);
  };
}

function rankOf(severity: string): number {
  return SEVERITIES.findIndex((name) => severity.startsWith(name));
}
