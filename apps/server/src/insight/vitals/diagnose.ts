/**
 * What the slowest visits have in common, in words: composed from the attribution that browsers reported, with what to do
 * about it. Says nothing where nothing was reported. Names of attribution are those of web-vitals 6.
 */
import type { VitalName } from "@throughline/contract";
import type { SlowView } from "./readSlowest.ts";

export interface Diagnosis {
  readonly diagnosis: string;
  readonly suggestedFix: string;
  /** Stable: what fix playbooks are found by. */
  readonly causeId: string;
}

export type Finding = Diagnosis | { readonly reason: string };

export const NO_ATTRIBUTION =
  "The browsers of the slowest quarter reported no attribution: use the attribution build of web-vitals, as @throughline/browser does.";

interface Part {
  /** In the attribution. */
  readonly name: string;
  readonly causeId: string;
  readonly text: string;
  readonly fix: (what: string) => string;
}

const LCP_PARTS: readonly Part[] = [
  {
    name: "timeToFirstByte",
    causeId: "lcp.time_to_first_byte",
    text: "waiting for the first byte of the page",
    fix: () =>
      "Make the page's answer faster (see TTFB): cache it near visitors, and shorten what the server waits for",
  },
  {
    name: "resourceLoadDelay",
    causeId: "lcp.resource_load_delay",
    text: "the browser not yet loading it",
    fix: (what) =>
      `Let the browser find ${what} in the HTML: an <img> with fetchpriority="high" or <link rel="preload">, and no loading="lazy"`,
  },
  {
    name: "resourceLoadDuration",
    causeId: "lcp.resource_load_duration",
    text: "loading it",
    fix: (what) =>
      `Make ${what} smaller and nearer: AVIF or WebP in the size it is shown at (srcset), served from a cache`,
  },
  {
    name: "elementRenderDelay",
    causeId: "lcp.element_render_delay",
    text: "not painting it although it is there",
    fix: (what) =>
      `Paint ${what} without waiting for scripts: render it on the server, and defer scripts and style sheets that block`,
  },
];

const INP_PARTS: readonly Part[] = [
  {
    name: "inputDelay",
    causeId: "inp.input_delay",
    text: "waiting for the page to be free",
    fix: (what) =>
      `Split the work that runs before ${what} is served: break long tasks up, and load less script at start`,
  },
  {
    name: "processingDuration",
    causeId: "inp.processing_duration",
    text: "running its event handlers",
    fix: (what) =>
      `Do less in the handlers of ${what}: show the change first, and put the rest behind await scheduler.yield()`,
  },
  {
    name: "presentationDelay",
    causeId: "inp.presentation_delay",
    text: "painting the result",
    fix: (what) =>
      `Change less of the page when ${what} is used: fewer elements, and content-visibility for what is out of sight`,
  },
];

const TTFB_PARTS: readonly Part[] = [
  {
    name: "waitingDuration",
    causeId: "ttfb.waiting_duration",
    text: "redirects and waiting before the request",
    fix: () => "Link to the final address: each redirect costs a round trip",
  },
  {
    name: "cacheDuration",
    causeId: "ttfb.cache_duration",
    text: "the service worker or the browser's cache",
    fix: () => "Make the service worker answer navigations at once, or use navigation preload",
  },
  {
    name: "dnsDuration",
    causeId: "ttfb.dns_duration",
    text: "looking up the name",
    fix: () =>
      "Serve the page from the name visitors are on already, and use a faster DNS with a longer time to live",
  },
  {
    name: "connectionDuration",
    causeId: "ttfb.connection_duration",
    text: "connecting",
    fix: () => "Bring the first hop nearer to visitors (a CDN), with TLS 1.3 and HTTP/3",
  },
  {
    name: "requestDuration",
    causeId: "ttfb.request_duration",
    text: "the server's answer",
    fix: () =>
      "Open the traces of these visits: what the server waits for is there. Cache what can be cached",
  },
];

const FCP_PARTS: readonly Part[] = [
  {
    name: "timeToFirstByte",
    causeId: "fcp.time_to_first_byte",
    text: "waiting for the first byte of the page",
    fix: () => "Make the page's answer faster (see TTFB)",
  },
  {
    name: "firstByteToFCP",
    causeId: "fcp.first_byte_to_fcp",
    text: "scripts, styles and fonts before anything is painted",
    fix: () =>
      "Let nothing block the first paint: inline critical styles, defer scripts, and use font-display: swap",
  },
];

/** @param views of one vital, the slowest quarter */
export function diagnose(metric: VitalName, views: readonly SlowView[]): Finding {
  const reported = views.filter(({ attribution }) => Object.keys(attribution).length > 0);
  if (reported.length === 0) return { reason: NO_ATTRIBUTION };
  const found = byMetric(metric, reported);
  return found ?? { reason: "The attribution of the slowest quarter names neither an element nor a phase." };
}

function byMetric(metric: VitalName, views: readonly SlowView[]): Diagnosis | null {
  switch (metric) {
    case "LCP":
      return ofLcp(views);
    case "INP":
      return ofInp(views);
    case "CLS":
      return ofCls(views);
    case "FCP":
      return ofPhases("Until the first content", FCP_PARTS, views);
    case "TTFB":
      return ofPhases("Until the first byte", TTFB_PARTS, views);
    default:
      return metric satisfies never;
  }
}

function ofLcp(views: readonly SlowView[]): Diagnosis | null {
  const element = mostFrequent(views, ({ target }) => target);
  const same =
    element === null ? views : views.filter(({ attribution }) => attribution["target"] === element.value);
  const resource = mostFrequent(same, ({ url }) => url);
  const part = largestPart(LCP_PARTS, same);
  if (element === null && resource === null && part === null) return null;
  const what = resource === null ? (element?.value ?? "the element") : fileOf(resource.value);
  const subject = element === null ? "" : `The largest element is ${element.value}${shareOf(element, views)}`;
  return {
    diagnosis: sentences([
      subject +
        (resource === null ? "" : `${subject === "" ? "It loads" : ", which loads"} ${resource.value}`),
      part === null ? "" : `Most of the time goes into ${part.part.text}: ${part.text}`,
    ]),
    suggestedFix: sentences([part?.part.fix(what) ?? `Look at how ${what} is loaded`]),
    causeId: part?.part.causeId ?? "lcp.element",
  };
}

function ofInp(views: readonly SlowView[]): Diagnosis | null {
  const target = mostFrequent(views, ({ interactionTarget, target: short }) => interactionTarget ?? short);
  const same =
    target === null
      ? views
      : views.filter(
          ({ attribution }) => (attribution["interactionTarget"] ?? attribution["target"]) === target.value,
        );
  const script = mostFrequent(same, ({ longestScriptUrl }) => longestScriptUrl);
  const invoker = mostFrequent(same, ({ longestScriptInvoker }) => longestScriptInvoker);
  const part = largestPart(INP_PARTS, same);
  if (target === null && script === null && part === null) return null;
  const what = target?.value ?? "it";
  const scriptText =
    script === null
      ? ""
      : `The longest script is ${script.value}${invoker === null ? "" : `, called by ${invoker.value}`}${shareOf(script, same)}`;
  return {
    diagnosis: sentences([
      target === null ? "" : `The slow interaction is with ${target.value}${shareOf(target, views)}`,
      part === null ? "" : `Most of the time goes into ${part.part.text}: ${part.text}`,
      scriptText,
    ]),
    suggestedFix: sentences([
      part?.part.fix(what) ?? `Look at what runs when ${what} is used`,
      script === null ? "" : `Start in ${fileOf(script.value)}`,
    ]),
    causeId: part?.part.causeId ?? "inp.interaction",
  };
}

function ofCls(views: readonly SlowView[]): Diagnosis | null {
  const source = mostFrequent(views, ({ largestShiftTarget, target }) => largestShiftTarget ?? target);
  if (source === null) return null;
  const same = views.filter(
    ({ attribution }) => (attribution["largestShiftTarget"] ?? attribution["target"]) === source.value,
  );
  const shift = median(numbersOf(same, "largestShiftValue"));
  const state = mostFrequent(same, ({ loadState }) => loadState);
  return {
    diagnosis: sentences([
      `${source.value} is what moves most${shareOf(source, views)}`,
      shift === null ? "" : `Its largest shift is ${shift.toFixed(3)}`,
      state === null ? "" : `It happens while the page is in the state "${state.value}"`,
    ]),
    suggestedFix: sentences([
      `Keep the place of ${source.value} free before it comes: width and height or aspect-ratio for media, min-height for what is loaded later, and nothing put in above it`,
    ]),
    causeId: "cls.largest_shift",
  };
}

function ofPhases(until: string, parts: readonly Part[], views: readonly SlowView[]): Diagnosis | null {
  const part = largestPart(parts, views);
  if (part === null) return null;
  return {
    diagnosis: sentences([`${until}, most of the time goes into ${part.part.text}: ${part.text}`]),
    suggestedFix: sentences([part.part.fix("the page")]),
    causeId: part.part.causeId,
  };
}

interface Frequent {
  readonly value: string;
  readonly views: number;
}

/** Of equally frequent ones the first in the alphabet, so that the answer does not change by itself. */
function mostFrequent(
  views: readonly SlowView[],
  pick: (attribution: SlowView["attribution"]) => string | undefined,
): Frequent | null {
  const counts = new Map<string, number>();
  for (const { attribution } of views) {
    const value = pick(attribution);
    if (value !== undefined && value !== "") counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const [first] = [...counts].sort(([a, left], [b, right]) => right - left || (a < b ? -1 : 1));
  return first === undefined ? null : { value: first[0], views: first[1] };
}

/** Of a single visit there is nothing to say. */
function shareOf({ views }: Frequent, of: readonly SlowView[]): string {
  return of.length === 1 ? "" : ` (${views} of the ${of.length} slowest visits looked at)`;
}

/** The part with the largest median, and how large. */
function largestPart(
  parts: readonly Part[],
  views: readonly SlowView[],
): { part: Part; text: string } | null {
  const medians = parts.flatMap((part) => {
    const ms = median(numbersOf(views, part.name));
    return ms === null ? [] : [{ part, ms }];
  });
  const wholeMs = medians.reduce((sum, { ms }) => sum + ms, 0);
  const [largest] = medians.toSorted((a, b) => b.ms - a.ms);
  if (largest === undefined || wholeMs === 0) return null;
  const percent = Math.round((largest.ms / wholeMs) * 100);
  return {
    part: largest.part,
    text: `${Math.round(largest.ms)} of ${Math.round(wholeMs)} ms (${percent} %)`,
  };
}

function numbersOf(views: readonly SlowView[], name: string): number[] {
  return views.flatMap(({ attribution }) => {
    const value = Number(attribution[name] ?? Number.NaN);
    return Number.isFinite(value) && value >= 0 ? [value] : [];
  });
}

function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}

function fileOf(address: string): string {
  return address.split(/[?#]/, 1)[0]?.split("/").at(-1) || address;
}

function sentences(parts: readonly string[]): string {
  return parts
    .filter((part) => part !== "")
    .map((part) => `${part}.`)
    .join(" ");
}
