/** What a site decides about its measurements. */
import type { BrowserEvents, WebVital } from "@throughline/contract";

export interface Options {
  /** A browser key of the project (Settings, Keys): write-only, and bound to the site's origins. */
  readonly key: string;
  /** Where Throughline answers, `https://obs.example.com`. The page's own origin when left out. */
  readonly endpoint?: string;
  /** `service.version` of the site; what vitals are compared by. */
  readonly release?: string;
  readonly environment?: string;
  /** Share of sessions that are measured, 0 to 1. A session is measured whole or not at all. Default 1. */
  readonly sampleRate?: number;
  /**
   * Origins whose requests carry `traceparent`: an origin word for word, or a pattern of it. Default: the page's own.
   * Other origins must allow the header (Access-Control-Allow-Headers), or the browser refuses the request.
   */
  readonly traceOrigins?: readonly (string | RegExp)[];
  /** Measure nobody who sends Do-Not-Track or Global Privacy Control. Default true. */
  readonly respectPrivacySignals?: boolean;
  /**
   * Asked once. Until it says yes nothing is sent, nothing is stored and no request is marked; what was seen waits in
   * memory. When it says no, all of it is forgotten and measuring ends.
   */
  readonly consent?: () => boolean | PromiseLike<boolean>;
  /**
   * Last word on what leaves the page: each vital, and each page view's events with their context. What it returns is
   * sent; null or an error drops it.
   */
  readonly beforeSend?: (body: WebVital | BrowserEvents) => WebVital | BrowserEvents | null;
  /** How long events are gathered before they are sent, milliseconds. Default 5000; a page that is left sends at once. */
  readonly flushIntervalMs?: number;
}

/** Values of an attribute: others are written as text, those without a value are left out. */
export type AttributeValue = string | number | boolean;
