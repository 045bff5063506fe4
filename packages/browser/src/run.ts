/** What is running, and the ways of watching that end with it. */
import type { Options } from "./options.ts";

/** Undefined: nothing is measured. */
export let options: Options | undefined;
/** Whether the visitor agreed, where the site asks. */
export let isAllowed = false;
let ended: AbortController;

export function begin(given: Options): void {
  options = given;
  isAllowed = !given.consent;
  ended = new AbortController();
}

export function allow(): void {
  isAllowed = true;
}

export function end(): void {
  options = undefined;
  ended?.abort();
}

/** The page must not notice that it is watched: what goes wrong here stays here. */
export function quietly<Args extends unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      work(...args);
    } catch {
      // Losing a measurement is better than disturbing the page.
    }
  };
}

export function listen(target: EventTarget, type: string, react: (event: never) => void): void {
  target.addEventListener(type, quietly(react) as EventListener, { capture: true, signal: ended.signal });
}

/** Puts a function of ours before one of the page's, until the end; one that was put before ours meanwhile stays. */
export function patch<T extends object, Name extends keyof T>(
  owner: T,
  name: Name,
  wrap: (original: T[Name]) => T[Name],
): void {
  const original = owner[name];
  const ours = (owner[name] = wrap(original));
  ended.signal.addEventListener("abort", () => {
    if (owner[name] === ours) owner[name] = original;
  });
}

/** Returns a function that hands over what the browser has not delivered yet. */
export function observe(type: string, see: (entry: PerformanceEntry) => void): () => void {
  // Asking for a type that is not known writes a warning into the page's console.
  if (!globalThis.PerformanceObserver?.supportedEntryTypes?.includes(type)) return () => undefined;
  const seeAll = quietly((entries: PerformanceEntryList) => entries.forEach(see));
  const observer = new PerformanceObserver((list) => seeAll(list.getEntries()));
  observer.observe({ type, buffered: true });
  ended.signal.addEventListener("abort", () => observer.disconnect());
  return () => seeAll(observer.takeRecords());
}
