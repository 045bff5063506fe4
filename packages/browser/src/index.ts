/**
 * @throughline/browser: what real users see. `init` once, early; everything else is optional. Nothing here throws, and
 * on a server nothing here does anything.
 */
import { flush, forgetBuffer } from "./buffer.ts";
import { recordError, watchErrors } from "./errors.ts";
import { recordEvent } from "./events.ts";
import { watchLongFrames } from "./longFrames.ts";
import type { AttributeValue, Options } from "./options.ts";
import { forgetPageViews } from "./pageView.ts";
import { watchRequests } from "./requests.ts";
import { watchResources } from "./resources.ts";
import { allow, begin, end, listen, options, quietly } from "./run.ts";
import { isSampled } from "./session.ts";
import { deliver, forgetQueue } from "./transport.ts";
import { watchPageViews } from "./watchPageViews.ts";
import { watchVitals } from "./vitals.ts";

export type { AttributeValue, Options } from "./options.ts";

/** Marks the window, so that a second copy of the SDK (a script tag beside an import) measures nothing twice. */
declare global {
  interface Window {
    __throughline?: boolean;
  }
}

/** Starts measuring. A second call does nothing; after `shutdown` it starts again. */
export const init: (options: Options) => void = quietly((given) => {
  if (window.__throughline) return;
  const { doNotTrack, globalPrivacyControl } = navigator as Navigator & {
    readonly doNotTrack?: string | null;
    readonly globalPrivacyControl?: boolean;
  };
  const isObjected = doNotTrack === "1" || globalPrivacyControl;
  if (isObjected && given.respectPrivacySignals !== false) return;
  window.__throughline = true;
  begin(given);
  // A page that is rendered ahead may never be seen.
  if ((document as { readonly prerendering?: boolean }).prerendering)
    listen(document, "prerenderingchange", start);
  else start();
});

function start(): void {
  const { consent } = options ?? {};
  if (!isSampled()) return shutdown();
  watchErrors();
  watchRequests();
  watchPageViews();
  watchResources();
  watchLongFrames();
  watchVitals();
  // After web-vitals' own listener, which is on the window and says the last values.
  listen(document, "visibilitychange", () => document.visibilityState === "hidden" && flush(true));
  listen(window, "pagehide", () => flush(true));
  listen(window, "online", deliver);
  if (consent) {
    void Promise.resolve()
      .then(consent)
      .then((isGiven) => {
        if (!isGiven) return shutdown();
        allow();
        flush(false);
      })
      .catch(shutdown);
  }
}

/**
 * Records what a visitor did: `track("order", { revenue: 12.5, currency: "EUR" })`.
 * Names are lower-case letters, digits, dots and underscores, at most 64; at most 32 attributes.
 */
export const track: (name: string, attributes?: Readonly<Record<string, AttributeValue>>) => void = quietly(
  (name, attributes = {}) => {
    if (options) recordEvent(name, attributes);
  },
);

/** Records an error that the site caught. Takes anything that can be thrown. */
export const captureException: (error: unknown) => void = quietly((error) => {
  if (options) recordError(error, true);
});

/** Sends what there is, stops measuring and gives back what was patched. */
export const shutdown: () => void = quietly(() => {
  flush(true);
  end();
  forgetBuffer();
  forgetPageViews();
  forgetQueue();
  window.__throughline = false;
});
