/**
 * What a page view loaded: the weight of each origin, and the resources that took longest. Sent when the view ends or
 * the page is hidden; what comes after that is sent as another item, so items of one view add up.
 */
import type { BrowserItem } from "@throughline/contract";
import { addSource, record } from "./buffer.ts";
import { currentView } from "./pageView.ts";
import { observe, options } from "./run.ts";
import { address, durationMs, round } from "./values.ts";

type Resources = Extract<BrowserItem, { readonly type: "resources" }>;

const ORIGINS_MAX = 50;
const LONGEST_MAX = 20;

export function watchResources(): void {
  let origins = new Map<string, Resources["origins"][number]>();
  let longest: Resources["longest"] = [];

  const takeRecords = observe("resource", (each) => {
    const entry = each as PerformanceResourceTiming & { readonly renderBlockingStatus?: string };
    const { initiatorType, startTime, duration, transferSize, decodedBodySize } = entry;
    const url = address(entry.name);
    if (!url || entry.name.includes(`?key=${options?.key}`)) return;
    const { origin, hostname } = new URL(url);
    const sum = origins.get(origin) ?? {
      origin,
      isThirdParty: site(hostname) !== site(location.hostname),
      count: 0,
      transferSizeBytes: 0,
      durationMs: 0,
      scriptCount: 0,
    };
    sum.count++;
    sum.transferSizeBytes += transferSize;
    sum.durationMs = round(sum.durationMs + duration);
    if (initiatorType === "script") sum.scriptCount++;
    if (origins.size < ORIGINS_MAX) origins.set(origin, sum);
    longest.push({
      url,
      initiatorType,
      startMs: durationMs(startTime - currentView.startMs),
      durationMs: durationMs(duration),
      // From a cache nothing is transferred, but a size is told.
      transferSizeBytes: transferSize || decodedBodySize ? transferSize : null,
      isRenderBlocking: entry.renderBlockingStatus === "blocking",
    });
    longest = longest.sort((a, b) => b.durationMs - a.durationMs).slice(0, LONGEST_MAX);
  });

  addSource((isLeaving) => {
    if (!isLeaving) return;
    takeRecords();
    if (longest[0]) {
      record({ type: "resources", timeMs: Date.now(), origins: [...origins.values()], longest });
    }
    origins = new Map();
    longest = [];
  });
}

/**
 * The part of a name that one owner has: two labels, three below co.uk and the like. Without the public suffix list,
 * which is larger than this SDK, sites under a shared suffix (github.io) count as one.
 */
function site(hostname: string): string {
  return /[^.]+\.(com?\.)?[^.]+$/.exec(hostname)?.[0] ?? hostname;
}
