/** Page views: the load, returns from the back/forward cache, and changes of the path without a load. */
import type { NavigationType } from "@throughline/contract";
import { addSource, collect, record, schedule } from "./buffer.ts";
import { currentView, enterPageView, navigationEntry } from "./pageView.ts";
import { listen, patch, quietly } from "./run.ts";
import { address, clip, durationMs } from "./values.ts";

export function watchPageViews(): void {
  enter(typeOfLoad(), 0, document.referrer && address(document.referrer));
  addSource(announce);
  listen(window, "load", () => schedule());
  listen(window, "pageshow", ({ persisted, timeStamp }: PageTransitionEvent) => {
    if (persisted) enter("back-forward-cache", timeStamp, currentView.referrer);
  });
  const { navigation } = window as { readonly navigation?: EventTarget };
  if (navigation) listen(navigation, "currententrychange", enterIfMoved);
  else watchHistory();
}

const moved = quietly(enterIfMoved);

function enter(type: NavigationType, startMs: number, referrer: string): void {
  enterPageView(type, startMs, referrer);
  schedule();
}

function enterIfMoved(): void {
  if (address(location.href) === currentView.url) return;
  // With what belongs to the page that is left, before its title is gone.
  collect(true);
  enter("soft-navigation", performance.now(), currentView.url);
}

/** Browsers without the Navigation API. */
function watchHistory(): void {
  listen(window, "popstate", enterIfMoved);
  for (const name of ["pushState", "replaceState"] as const) {
    patch(history, name, (original) => {
      return function (this: History, ...args) {
        original.apply(this, args);
        moved();
      };
    });
  }
}

/** Late, because the title and the end of the load are known late. */
function announce(isLeaving: boolean): void {
  const { isAnnounced, type, referrer, startMs } = currentView;
  const entry = startMs ? undefined : navigationEntry();
  if (isAnnounced || (entry && !entry.loadEventEnd && !isLeaving)) return;
  currentView.isAnnounced = true;
  record({
    type: "page_view",
    timeMs: Math.round(performance.timeOrigin + startMs),
    navigationType: type,
    title: clip(document.title),
    referrer: referrer || undefined,
    loadDurationMs: entry?.loadEventEnd
      ? durationMs(entry.loadEventEnd - (entry.activationStart ?? 0))
      : undefined,
  });
}

/** As web-vitals names it, so that both say the same of one page view. */
function typeOfLoad(): NavigationType {
  const { type = "navigate", activationStart } = navigationEntry() ?? {};
  return activationStart ? "prerender" : (type.replace("_", "-") as NavigationType);
}
