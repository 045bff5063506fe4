/** Web vitals with what they are made of. */
import type { VitalAttribution } from "@throughline/contract";
import { onCLS } from "web-vitals/attribution/onCLS.js";
import { onINP } from "web-vitals/attribution/onINP.js";
import { onLCP } from "web-vitals/attribution/onLCP.js";
import type { INPAttribution, Metric, MetricWithAttribution } from "web-vitals/attribution";
import { onFCP } from "web-vitals/onFCP.js";
import { onTTFB } from "web-vitals/onTTFB.js";
import { recordVital } from "./buffer.ts";
import { pageViewFrom } from "./pageView.ts";
import { options, quietly } from "./run.ts";
import { address, clip, round } from "./values.ts";

/** web-vitals can't be stopped: it is started once, and what it says while nothing runs is dropped. */
let isStarted = false;

export function watchVitals(): void {
  if (isStarted) return;
  isStarted = true;
  const report = quietly(reportVital);
  // How they report, and of what navigations, is decided in decideWebVitals.ts.
  for (const on of [onCLS, onFCP, onLCP, onTTFB]) on(report);
  // web-vitals takes interactions in when the browser is idle, and a page that is left before is asked for its INP before
  // that. So every value is heard; of those that were not sent yet only the last one is.
  onINP(report);
}

function reportVital(metric: Metric | MetricWithAttribution): void {
  const { name, value, id, navigationType, navigationStartTime = 0 } = metric;
  if (!options) return;
  const vital = {
    name,
    value: round(value),
    id,
    navigationType,
    timestamp: Date.now(),
    attribution: flatten("attribution" in metric ? metric.attribution : phases(metric)),
  };
  // Of the navigation that was measured, not of where the visitor is by now.
  recordVital(vital, pageViewFrom(navigationStartTime));
}

/**
 * What web-vitals' attribution says of TTFB, in a fraction of its code. FCP has nothing of its own to say: it is its
 * page view's TTFB and what comes after. What is not a number is left out by `flatten`.
 */
function phases({ value, entries }: Metric): object {
  const entry = (entries[0] ?? {}) as PerformanceNavigationTiming;
  const { workerStart, fetchStart, domainLookupStart, connectStart, connectEnd, activationStart = 0 } = entry;
  const start = Math.max(workerStart || fetchStart, activationStart);
  return {
    waitingDuration: start - activationStart,
    cacheDuration: Math.max(domainLookupStart, start) - start,
    dnsDuration: connectStart - domainLookupStart,
    connectionDuration: connectEnd - connectStart,
    requestDuration: value + activationStart - connectEnd,
  };
}

/** Texts and numbers under their own names; entries and nodes of the page are left behind, but for the longest script. */
function flatten(attribution: object): VitalAttribution {
  const flat: VitalAttribution = {};
  const { entry, subpart, intersectingDuration } =
    (attribution as Partial<INPAttribution>).longestScript ?? {};
  const all: object = {
    ...attribution,
    longestScriptUrl: entry?.sourceURL,
    longestScriptFunctionName: entry?.sourceFunctionName,
    longestScriptCharPosition: entry?.sourceCharPosition,
    longestScriptInvoker: entry?.invoker,
    longestScriptSubpart: subpart,
    longestScriptDuration: intersectingDuration,
  };
  for (const [name, value] of Object.entries(all)) {
    if (typeof value === "string") flat[name] = /url$/i.test(name) ? address(value) : clip(value, 2048);
    else if (Number.isFinite(value)) flat[name] = round(value);
  }
  return flat;
}
