/** What a page view's timeline shows, row by row, in the order it began. Pure. */
import type { CodePlace, VisitItem, VisitPageView, VisitVital } from "@throughline/contract";
import { formatBytes, formatDuration } from "../ui/format.ts";
import { fileOf, PHASES, VITAL_TITLES, vitalText } from "./words.ts";

export interface TimelineRow {
  readonly id: string;
  readonly kind: "navigation" | VisitItem["type"] | "vital";
  readonly name: string;
  /** Beside the name, in grey. */
  readonly more: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Stands at the right. */
  readonly value: string;
  readonly isBad: boolean;
  /** Parts of the bar, in order. */
  readonly parts: readonly { readonly name: string; readonly durationMs: number }[];
  readonly traceId: string | null;
  /** Of the errors that are alike. */
  readonly fingerprint: string | null;
  /** What opening the row shows. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly places: readonly { readonly place: CodePlace; readonly note: string }[];
  readonly text: string;
}

const EMPTY = {
  parts: [],
  traceId: null,
  fingerprint: null,
  facts: [],
  places: [],
  text: "",
  isBad: false,
} as const;

export function rowsOf(view: VisitPageView): TimelineRow[] {
  const rows = [
    ...navigationRow(view),
    ...view.vitals.flatMap((vital) => vitalRow(vital)),
    ...view.items.map((item, index) => itemRow(item, `${item.type}-${index}`)),
  ];
  return rows.toSorted((a, b) => a.fromMs - b.fromMs || a.toMs - b.toMs);
}

function navigationRow({ ttfbPhases, loadDurationMs }: VisitPageView): TimelineRow[] {
  const firstByteMs = ttfbPhases.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const wholeMs = Math.max(loadDurationMs ?? 0, firstByteMs);
  if (wholeMs === 0) return [];
  const parts = ttfbPhases
    .filter(({ durationMs }) => durationMs > 0)
    .map(({ name, durationMs }) => ({ name: PHASES[name] ?? name, durationMs }));
  return [
    {
      ...EMPTY,
      id: "navigation",
      kind: "navigation",
      name: "Page load",
      more: "",
      fromMs: 0,
      toMs: wholeMs,
      value: formatDuration(wholeMs),
      parts,
      facts: parts.map(({ name, durationMs }) => [name, formatDuration(durationMs)] as const),
    },
  ];
}

/** One whose moment nobody knows is told above the timeline only. */
function vitalRow({
  name,
  value,
  rating,
  offsetMs,
  target,
  diagnosis,
  suggestedFix,
  script,
}: VisitVital): TimelineRow[] {
  if (offsetMs === null) return [];
  return [
    {
      ...EMPTY,
      id: name,
      kind: "vital",
      name: `${VITAL_TITLES[name]} (${name})`,
      more: target,
      fromMs: offsetMs,
      toMs: name === "INP" ? offsetMs + value : offsetMs,
      value: vitalText(name, value),
      isBad: rating === "poor",
      facts: [
        ...(target === "" ? [] : [["Element", target] as const]),
        ...(diagnosis === null ? [] : [["What it is made of", diagnosis] as const]),
        ...(suggestedFix === null ? [] : [["What to do", suggestedFix] as const]),
      ],
      places: script === null ? [] : [{ place: script, note: "longest script" }],
    },
  ];
}

function itemRow(item: VisitItem, id: string): TimelineRow {
  const durationMs = "durationMs" in item ? item.durationMs : 0;
  const base = {
    ...EMPTY,
    id,
    kind: item.type,
    more: "",
    fromMs: Math.max(0, item.offsetMs),
    toMs: Math.max(0, item.offsetMs) + durationMs,
    value: durationMs > 0 ? formatDuration(durationMs) : "",
  };
  switch (item.type) {
    case "request":
      return {
        ...base,
        name: `${item.method} ${pathOf(item.url)}`,
        more: item.statusCode === 0 ? "no answer" : String(item.statusCode),
        isBad: item.statusCode === 0 || item.statusCode >= 500,
        traceId: item.isTraceStored ? item.traceId : null,
        facts: [
          ["Address", item.url],
          ["Status", item.statusCode === 0 ? "no answer came" : String(item.statusCode)],
          ...(item.traceId !== null && !item.isTraceStored
            ? [["Trace", "The server's part of it is not stored in this project."] as const]
            : []),
        ],
      };
    case "resource":
      return {
        ...base,
        name: fileOf(item.url),
        more: [
          item.initiatorType,
          item.transferSizeBytes === null
            ? ""
            : item.transferSizeBytes === 0
              ? "from cache"
              : formatBytes(item.transferSizeBytes),
          item.isRenderBlocking ? "blocks painting" : "",
        ]
          .filter(Boolean)
          .join(", "),
        facts: [["Address", item.url]],
      };
    case "long_frame":
      return {
        ...base,
        name: "Long frame",
        more: item.scripts[0] === undefined ? "" : item.scripts[0].invoker || fileOf(item.scripts[0].url),
        facts: [["The page could not answer for", formatDuration(item.blockingDurationMs)]],
        places: item.scripts.map((script) => ({
          place: script,
          note: [script.invoker, formatDuration(script.durationMs)].filter(Boolean).join(", "),
        })),
      };
    case "error":
      return {
        ...base,
        name: `${item.name}: ${item.message}`,
        more: item.isHandled ? "caught by the site" : "",
        isBad: true,
        fingerprint: item.fingerprint,
        places: item.frames.map((place) => ({ place, note: "" })),
        text: item.stack,
      };
    case "event":
      return {
        ...base,
        name: item.name,
        more: Object.entries(item.attributes)
          .map(([key, value]) => `${key} ${value}`)
          .join(", "),
        facts: Object.entries(item.attributes),
      };
    default:
      return item satisfies never;
  }
}

function pathOf(url: string): string {
  return /^https?:\/\/[^/]+(\/.*)$/.exec(url)?.[1] ?? url;
}
