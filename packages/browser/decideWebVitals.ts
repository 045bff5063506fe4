/**
 * What web-vitals leaves to whoever uses it, and what this SDK never asks of it, decided here instead of in every
 * browser: a sixth of the size. The version is pinned, and the build fails when one of these is not found in it.
 */
import type { Plugin } from "vite";

type Decision = readonly [file: string, pattern: RegExp, by: string];

const METRICS = ["CLS", "FCP", "INP", "LCP", "TTFB"] as const;

/** Options that are never given, or always. */
const OPTIONS: readonly Decision[] = [
  ...METRICS.map(
    (name) => [`modules/on${name}.js`, /opts\.reportAllChanges/g, name === "INP" ? "true" : "false"] as const,
  ),
  ...["CLS", "INP", "LCP"].flatMap((name): readonly Decision[] => [
    [`attribution/on${name}.js`, /opts\.generateTarget\?\.\(\w+\) \?\? /g, ""],
    [`attribution/on${name}.js`, / {4}opts = Object\.assign\(\{\}, opts\);/, ""],
  ]),
  ["attribution/onINP.js", /opts\.includeProcessedEventEntries/g, "false"],
  ["attribution/onINP.js", /handleLoAFEntries, opts\)/, "handleLoAFEntries)"],
  ["attribution/onLCP.js", /opts\.resourceBufferSize != undefined/g, "false"],
  [
    "modules/onINP.js",
    /\.\.\.opts,\s+durationThreshold: opts\.durationThreshold \?\? /g,
    "durationThreshold: ",
  ],
  ["modules/onFCP.js", /handleSoftNavEntries, opts\)/, "handleSoftNavEntries)"],
  ["lib/softNavs.js", /&&\s+opts &&\s+opts\.reportSoftNavs/, ""],
  // Each metric is asked for once, so its manager is the only one of its class.
  ["lib/initUnique.js", /\{\s+let classInstances[^]*\n\}/, "{ return ClassObj._only ??= new ClassObj(); }"],
];

/** What the SDK does itself, or drops. */
const UNUSED: readonly Decision[] = [
  // The server rates: its thresholds can change, those in a page that was deployed long ago can't. Nobody reads deltas.
  ["lib/bindReporter.js", /delta = [^;]+;/, ""],
  ["lib/bindReporter.js", /delta \|\| prevValue === undefined/, "metric.value !== prevValue"],
  ["lib/bindReporter.js", /metric\.delta = delta;\s+metric\.rating = [^;]+;/, ""],
  ...METRICS.map((name) => [`modules/on${name}.js`, new RegExp(`${name}Thresholds, `, "g"), ""] as const),
  ["lib/bindReporter.js", /metric, thresholds, reportAllChanges/, "metric, reportAllChanges"],
  ["lib/initMetric.js", /rating: 'good',/, ""],
  ["lib/initMetric.js", /delta: 0,/, ""],
  ["lib/initMetric.js", /navigationURL: [^,]+,/, ""],
  ["lib/initMetric.js", /navigationURL, /, ""],
  ...METRICS.map(
    (name) => [`modules/on${name}.js`, /(entry\.name|metric\.navigationURL|navigationURL), /g, ""] as const,
  ),
  ["lib/generateUniqueID.js", /return `[^;]+;/, "return `${Date.now()}-${Math.random()}`;"],
  // A soft navigation has no first byte; the 0 that is reported for it would better every percentile.
  ["modules/onTTFB.js", /checkSoftNavsEnabled\(opts\)/, "false"],
  // Only the attribution of FCP reads it, which is not used.
  [
    "modules/onFCP.js",
    /if \(fcpEntryManager\._softNavigationEntryMap && entry\.navigationId\) \{[^}]+\}/,
    "",
  ],
  ["modules/onFCP.js", /const fcpEntryManager = [^;]+;/, ""],
  // The SDK begins when a page that was rendered ahead is shown.
  ["lib/whenActivated.js", /document\.prerendering/, "false"],
  ["modules/onTTFB.js", /document\.prerendering/, "false"],
  ["lib/initMetric.js", /document\.prerendering \|\| /, ""],
  ["lib/getVisibilityWatcher.js", /!document\.prerendering/g, "true"],
  ["lib/getVisibilityWatcher.js", /\w+EventListener\('prerenderingchange', onVisibilityUpdate, true\);/g, ""],
  ["lib/getVisibilityWatcher.js", /event\.type === 'visibilitychange'/g, "true"],
  // What comes after the first interaction is not reported anyway.
  ["modules/onLCP.js", /if \(!softNavsEnabled\) \{\s+po\.[^}]+\}[^}]+\}\s+\}/, ""],
  // What runs once needs no cancelling, and setTimeout takes no options.
  ["lib/whenIdleOrHidden.js", /const timeout = [^;]+;/, ""],
  ["lib/whenIdleOrHidden.js", /timeout: timeout/, "timeout: 1000"],
  ["lib/whenIdleOrHidden.js", /const cIC = [^;]+;/, ""],
  ["lib/whenIdleOrHidden.js", /onHidden = \(\) => \{[^}]+\}/, "onHidden = wrappedCb"],
  ["lib/whenIdleOrHidden.js", /let idleHandle = -1;/, ""],
  ["lib/whenIdleOrHidden.js", /idleHandle = rIC/, "rIC"],
  // Entries and nodes of the page never leave it.
  ["attribution/onLCP.js", /attribution\.lcpEntry = lcpEntry;/, ""],
  ["attribution/onLCP.js", /if \(lcpResourceEntry\) \{[^}]+\}/, ""],
  [
    "attribution/onLCP.js",
    /elementRenderDelay: metric\.value - lcpResponseEnd,\s+navigationEntry,/,
    "elementRenderDelay: metric.value - lcpResponseEnd,",
  ],
  ["attribution/onCLS.js", /largestShiftSource: largestSource,\s+largestShiftEntry: largestEntry,/, ""],
  ["attribution/onINP.js", /processedEventEntries: \[\],\s+longAnimationFrameEntries: \[\],/, ""],
  ["attribution/onINP.js", /const processedEventEntries = [^;]+;\s+\}\);/, ""],
  ["attribution/onINP.js", /processedEventEntries: processedEventEntries,/, ""],
  ["attribution/onINP.js", /longestScript: undefined,[^}]+\}/, "}"],
];

/** A Vite plugin. */
export function decideWebVitals(): Plugin {
  return {
    name: "decide-web-vitals",
    transform(code, id) {
      if (!id.includes("/web-vitals/")) return null;
      code = code.replaceAll(/^ *(\/\/|\/?\*).*\n/gm, "");
      for (const [file, pattern, by] of [...OPTIONS, ...UNUSED]) {
        if (!id.endsWith(file)) continue;
        if (code.search(pattern) === -1) throw new Error(`web-vitals changed: no ${pattern} in ${id}.`);
        code = code.replace(pattern, by);
      }
      return { code, map: null };
    },
  };
}
