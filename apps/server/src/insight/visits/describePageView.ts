/** What happened in one page view, everything at its moment. */
import {
  rateVital,
  type CodePlace,
  type VisitItem,
  type VisitPageView,
  type VisitVital,
} from "@throughline/contract";
import { z } from "zod";
import { diagnose } from "../vitals/diagnose.ts";
import { stackFrames } from "./stackFrames.ts";
import type { Symbolicate } from "./symbolicate.ts";
import type { ErrorRow, EventRow, OriginRow, PageViewRow, VitalRow } from "./visitRows.ts";

export interface ItemRows {
  readonly events: readonly EventRow[];
  readonly vitals: readonly VitalRow[];
  readonly errors: readonly ErrorRow[];
  readonly origins: readonly OriginRow[];
}

export interface Surroundings {
  /** When the document began that the page view is in: what attribution counts its moments from. */
  readonly documentMs: number;
  readonly storedTraces: ReadonlySet<string>;
  readonly symbolicate: Symbolicate;
}

const NO_TRACE = "0".repeat(32);
/** As web-vitals names them, in the order they happen. */
const TTFB_PHASES = [
  "waitingDuration",
  "cacheDuration",
  "dnsDuration",
  "connectionDuration",
  "requestDuration",
] as const;

/** As the decoder wrote them: see ingest/decode/browser/events.ts. */
const resources = z.array(
  z.object({
    url: z.string(),
    initiatorType: z.string(),
    startMs: z.number(),
    durationMs: z.number(),
    transferSizeBytes: z.number().nullable(),
    isRenderBlocking: z.boolean().default(false),
  }),
);
const scripts = z.array(
  z.object({
    sourceUrl: z.string(),
    functionName: z.string(),
    charPosition: z.number(),
    invoker: z.string(),
    durationMs: z.number(),
  }),
);

export async function describePageView(
  view: PageViewRow,
  rows: ItemRows,
  around: Surroundings,
): Promise<VisitPageView> {
  const { pageViewId, startMs, navigationType, title, url, page, referrer, loadDurationMs } = view;
  const vitals = await Promise.all(rows.vitals.map((vital) => describeVital(vital, view, around)));
  const items = (
    await Promise.all([
      ...rows.events.map((event) => describeEvent(event, view, around)),
      ...rows.errors.map(async (error) => [await describeError(error, view, around)]),
    ])
  ).flat();
  const endsMs = [
    loadDurationMs,
    ...items.map((item) => item.offsetMs + ("durationMs" in item ? item.durationMs : 0)),
    ...vitals.map(({ offsetMs }) => offsetMs ?? 0),
  ];
  const ttfb = rows.vitals.find(({ name }) => name === "TTFB")?.attribution ?? {};
  return {
    pageViewId,
    startMs,
    durationMs: Math.max(0, ...endsMs),
    navigationType: navigationType as VisitPageView["navigationType"],
    title,
    url,
    page,
    referrer,
    loadDurationMs: loadDurationMs === 0 ? null : loadDurationMs,
    ...linkOf(view.traceId, around),
    ttfbPhases: TTFB_PHASES.flatMap((name) => {
      const durationMs = numberOf(ttfb, name);
      return durationMs === null ? [] : [{ name, durationMs: Math.max(0, durationMs) }];
    }),
    vitals,
    origins: rows.origins.map(
      ({ origin, isThirdParty, resources: count, scripts: scriptCount, transferSizeBytes }) => ({
        origin,
        isThirdParty: Boolean(isThirdParty),
        resources: count,
        scripts: scriptCount,
        transferSizeBytes,
      }),
    ),
    items: items.toSorted((a, b) => a.offsetMs - b.offsetMs),
  };
}

async function describeVital(
  { name, value, attribution }: VitalRow,
  view: PageViewRow,
  around: Surroundings,
): Promise<VisitVital> {
  const found = diagnose(name, [
    { metric: name, value, path: view.url, release: view.release, traceId: view.traceId, attribution },
  ]);
  const told = "diagnosis" in found ? found : null;
  const scriptUrl = attribution["longestScriptUrl"] ?? "";
  const target =
    attribution["interactionTarget"] ?? attribution["largestShiftTarget"] ?? attribution["target"] ?? "";
  return {
    name,
    value,
    rating: rateVital(name, value),
    offsetMs: momentOf({ name, value, attribution }, view, around),
    target,
    diagnosis: told?.diagnosis ?? null,
    suggestedFix: told?.suggestedFix ?? null,
    script:
      scriptUrl === ""
        ? null
        : await scriptPlace(around.symbolicate, view.release, {
            url: scriptUrl,
            functionName: attribution["longestScriptFunctionName"] ?? "",
            charPosition: numberOf(attribution, "longestScriptCharPosition") ?? -1,
          }),
  };
}

/** Paints and the first byte are told from the page view's start, interactions and shifts from the document's. */
function momentOf(
  { name, value, attribution }: Pick<VitalRow, "name" | "value" | "attribution">,
  { startMs }: PageViewRow,
  { documentMs }: Surroundings,
): number | null {
  if (name === "LCP" || name === "FCP" || name === "TTFB") return value;
  const atMs = numberOf(attribution, name === "INP" ? "interactionTime" : "largestShiftTime");
  return atMs === null ? null : Math.max(0, documentMs + atMs - startMs);
}

async function describeEvent(event: EventRow, view: PageViewRow, around: Surroundings): Promise<VisitItem[]> {
  const offsetMs = event.timeMs - view.startMs;
  const { durationMs, name, url, statusCode, attributes } = event;
  switch (event.type) {
    case "event":
      return [{ type: "event", offsetMs, name, attributes }];
    case "request":
      return [
        {
          type: "request",
          offsetMs,
          durationMs,
          method: name.split(" ", 1)[0] ?? "",
          url,
          statusCode,
          ...linkOf(event.traceId, around),
        },
      ];
    case "resources":
      return parsed(resources, event.detail).map(({ startMs, ...resource }) => ({
        type: "resource",
        offsetMs: startMs,
        ...resource,
      }));
    case "long_animation_frame": {
      const places = parsed(scripts, event.detail).map(
        async ({ sourceUrl, invoker, durationMs: ms, ...script }) => ({
          ...(await scriptPlace(around.symbolicate, view.release, { url: sourceUrl, ...script })),
          invoker,
          durationMs: ms,
        }),
      );
      return [
        {
          type: "long_frame",
          offsetMs,
          durationMs,
          blockingDurationMs: event.blockingMs,
          scripts: await Promise.all(places),
        },
      ];
    }
    default:
      return event.type satisfies never;
  }
}

async function describeError(error: ErrorRow, view: PageViewRow, around: Surroundings): Promise<VisitItem> {
  const { name, message, stack, isHandled, timeMs, fingerprint } = error;
  const frames = stackFrames(stack).map(async (frame): Promise<CodePlace> => {
    const { line, column } = frame;
    return { ...frame, original: await around.symbolicate(view.release, frame.url, { line, column }) };
  });
  return {
    type: "error",
    offsetMs: timeMs - view.startMs,
    name,
    message,
    isHandled: Boolean(isHandled),
    fingerprint,
    stack,
    frames: await Promise.all(frames),
  };
}

async function scriptPlace(
  symbolicate: Symbolicate,
  release: string,
  script: { readonly url: string; readonly functionName: string; readonly charPosition: number },
): Promise<CodePlace> {
  const { url, functionName, charPosition } = script;
  return {
    url,
    functionName,
    line: null,
    column: null,
    original: charPosition < 0 ? null : await symbolicate(release, url, { charPosition }),
  };
}

function linkOf(
  traceId: string,
  { storedTraces }: Surroundings,
): { traceId: string | null; isTraceStored: boolean } {
  return traceId === NO_TRACE
    ? { traceId: null, isTraceStored: false }
    : { traceId, isTraceStored: storedTraces.has(traceId) };
}

function numberOf(attribution: Readonly<Record<string, string>>, name: string): number | null {
  const value = Number(attribution[name] ?? Number.NaN);
  return Number.isFinite(value) ? value : null;
}

/** Empty for what an older version may have stored differently. */
function parsed<Item>(shape: z.ZodType<Item[]>, json: string): Item[] {
  if (json === "") return [];
  const found = shape.safeParse(JSON.parse(json));
  return found.success ? found.data : [];
}
