/** Whose page view something belongs to: a load, a return from the back/forward cache or a soft navigation. */
import type {
  BrowserEvents,
  BrowserItem,
  ConnectionType,
  DeviceType,
  NavigationType,
} from "@throughline/contract";
import { options } from "./run.ts";
import { sessionId } from "./session.ts";
import { address, randomHex } from "./values.ts";

export interface PageView {
  readonly id: string;
  readonly url: string;
  readonly type: NavigationType;
  /** After the document's time origin. */
  readonly startMs: number;
  readonly referrer: string;
  /** Not sent yet. */
  items: BrowserItem[];
  errorCount: number;
  isAnnounced?: boolean;
}

/** A page may live for days; a vital of a page view that is no longer known goes to the newest one. */
const VIEWS_MAX = 50;
export let views: PageView[] = [];
export let currentView: PageView;
let deviceType: DeviceType;

export function enterPageView(type: NavigationType, startMs: number, referrer: string): void {
  const { userAgent, maxTouchPoints } = navigator;
  // An iPad says it is a Mac, and no Mac has a touch screen. Asked now: a page that is left may no longer be told.
  const isTablet = /Android/.test(userAgent) || (/Mac/.test(userAgent) && maxTouchPoints > 1);
  deviceType = /Mobi/.test(userAgent) ? "mobile" : isTablet ? "tablet" : "desktop";
  currentView = {
    id: randomHex(16),
    url: address(location.href),
    type,
    startMs,
    referrer,
    items: [],
    errorCount: 0,
  };
  views = [...views.slice(1 - VIEWS_MAX), currentView];
}

export function forgetPageViews(): void {
  views = [];
}

/** The page view that began with, or soon after the click of, a navigation at that time. */
export function pageViewFrom(startMs: number): PageView {
  return views.find((view) => view.startMs >= startMs) ?? currentView;
}

/** What is sent once with all that happened in a page view. */
export function contextOf(view: PageView): Omit<BrowserEvents, "items"> {
  const { connection } = navigator as Navigator & {
    readonly connection?: { readonly effectiveType?: ConnectionType };
  };
  return {
    sessionId: sessionId(),
    pageViewId: view.id,
    pageUrl: view.url,
    deviceType,
    connectionType: connection?.effectiveType,
    release: options?.release,
    environment: options?.environment,
    // Of the request that brought the document; a soft navigation and a return bring none.
    traceId: view.startMs ? undefined : traceIdOfDocument(),
  };
}

export function navigationEntry(): PerformanceNavigationTiming | undefined {
  return performance.getEntriesByType("navigation")[0] as PerformanceNavigationTiming | undefined;
}

/** https://www.w3.org/TR/trace-context/#traceparent-header */
function traceIdOfDocument(): string | undefined {
  const told = navigationEntry()?.serverTiming?.find(({ name }) => name === "traceparent")?.description;
  const written = document.querySelector<HTMLMetaElement>("meta[name=traceparent]")?.content;
  return /-([\da-f]{32})-/.exec(`${told} ${written}`)?.[1];
}
