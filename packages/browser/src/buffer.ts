/** Gathers what the signals see, and makes bodies of it. */
import type { BrowserEvents, BrowserItem, WebVital } from "@throughline/contract";
import { contextOf, currentView, views, type PageView } from "./pageView.ts";
import { isAllowed, options, quietly } from "./run.ts";
import { isSampled } from "./session.ts";
import { beaconAll, BODY_CHARACTERS_MAX, deliver, enqueue } from "./transport.ts";

const FLUSH_INTERVAL_MS = 5000;
/** Of one page view between two flushes. Beyond it the oldest are dropped. */
const ITEMS_MAX = 200;
const VITALS_MAX = 100;

/** A vital without whose page view it was. */
export type MeasuredVital = Omit<WebVital, keyof ReturnType<typeof contextOf>>;

/** By id: web vitals come again with a new value, and only the last one counts. */
const vitals = new Map<string, readonly [view: PageView, vital: MeasuredVital]>();
let timer: ReturnType<typeof setTimeout> | undefined;
/** Signals that hold something back until it is sent, or until the page view ends. */
let sources: ((isLeaving: boolean) => void)[] = [];

export function addSource(source: (isLeaving: boolean) => void): void {
  sources.push(source);
}

/** @param isLeaving the page view ends, or may end without another word */
export function collect(isLeaving: boolean): void {
  for (const source of sources) source(isLeaving);
}

export function record(item: BrowserItem, view = currentView): void {
  if (!options) return;
  view.items = [...view.items.slice(1 - ITEMS_MAX), item];
  schedule();
}

export function recordVital(vital: MeasuredVital, view: PageView): void {
  if (vitals.size < VITALS_MAX) vitals.set(vital.id, [view, vital]);
  schedule();
}

export function schedule(): void {
  timer ??= setTimeout(flush, options?.flushIntervalMs ?? FLUSH_INTERVAL_MS, false);
}

/** Sends all there is, by beacon when the visitor leaves. */
export const flush = quietly((isLeaving: boolean): void => {
  forgetTimer();
  if (!isAllowed || !options) return;
  collect(isLeaving);
  // Half an hour without anything may have ended the session that was drawn.
  const isKept = isSampled();
  const approved: WebVital[] = [];
  const approveVital = quietly((vital: WebVital) => {
    const kept = approve(vital);
    if (kept) approved.push(kept);
  });
  for (const [view, vital] of vitals.values()) approveVital({ ...contextOf(view), ...vital });
  vitals.clear();
  if (isKept) enqueueParts("web-vitals", approved, (parts) => parts);
  for (const view of views) {
    const { items } = view;
    view.items = [];
    if (isKept && items.length > 0) enqueueEvents({ ...contextOf(view), items });
  }
  if (isLeaving) beaconAll();
  void deliver();
});

const enqueueEvents = quietly((events: BrowserEvents) => {
  const approved = approve(events);
  if (approved) enqueueParts("events", approved.items, (items) => ({ ...approved, items }));
});

/** Null when the site does not want it to leave. What throws drops it too: it must not get out by a mistake. */
function approve<Body extends WebVital | BrowserEvents>(body: Body): Body | null {
  return options?.beforeSend ? (options.beforeSend(body) as Body | null) : body;
}

/** Halves what is too much for one body. */
function enqueueParts<Part>(
  path: string,
  parts: readonly Part[],
  wrap: (parts: readonly Part[]) => unknown,
): void {
  const body = JSON.stringify(wrap(parts));
  const half = parts.length >> 1;
  if (half && body.length > BODY_CHARACTERS_MAX) {
    enqueueParts(path, parts.slice(0, half), wrap);
    enqueueParts(path, parts.slice(half), wrap);
  } else if (parts.length > 0) enqueue(path, body);
}

function forgetTimer(): void {
  clearTimeout(timer);
  timer = undefined;
}

export function forgetBuffer(): void {
  forgetTimer();
  vitals.clear();
  sources = [];
}
