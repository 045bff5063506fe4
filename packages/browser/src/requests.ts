/**
 * Requests of the page by fetch and XMLHttpRequest, marked with `traceparent` where the site allows it, so that the
 * server's trace begins in the browser. What the page gives to both and gets from them stays as it is without us.
 */
import { record } from "./buffer.ts";
import { currentView } from "./pageView.ts";
import { isAllowed, options, patch, quietly } from "./run.ts";
import { address, clip, durationMs, randomHex } from "./values.ts";

const HEADER = "traceparent";

export function watchRequests(): void {
  patch(window, "fetch", measuringFetch);
  watchXhr();
}

function measuringFetch(original: typeof fetch): typeof fetch {
  // The page gets this promise and no other: a handler on the original would hide its rejection from the page.
  return async (input, init) => {
    let finish: Finish | undefined;
    quietly(() => {
      // What no Request can be made of is fetch's to refuse, in its own way.
      const request = new Request(input, init);
      // From here on it holds the body; its headers are ours to change, those of the page are not.
      input = request;
      init = undefined;
      const { headers, method, url } = request;
      finish = begin(method, url, headers.has(HEADER), (value) => headers.set(HEADER, value));
    })();
    try {
      const response = await original(input, init);
      finish?.(response.status);
      return response;
    } catch (error) {
      finish?.(0);
      throw error;
    }
  };
}

/** As soon as it is opened: from then on it takes headers, and `send` can be left alone. */
function watchXhr(): void {
  patch(XMLHttpRequest.prototype, "open", (original) => {
    return function (this: XMLHttpRequest, ...args: [string, string]) {
      original.apply(this, args as unknown as Parameters<typeof original>);
      quietly(() => {
        const finish = begin(args[0], args[1], false, (value) => this.setRequestHeader(HEADER, value));
        this.addEventListener("loadend", () => finish(this.status), { once: true });
      })();
    };
  });
}

type Finish = (statusCode: number) => void;

/** Marks the request where that is allowed. Returns what writes it down, with its status: 0 when there was no answer. */
function begin(
  method: string,
  asked: string,
  hasOwnHeader: boolean,
  mark: (traceparent: string) => void,
): Finish {
  const startMs = performance.now();
  const timeMs = Date.now();
  const view = currentView;
  const url = address(asked);
  const { origin } = new URL(asked, location.href);
  const isTraced = (options?.traceOrigins ?? [location.origin]).some((each) =>
    each instanceof RegExp ? each.test(origin) : each === origin,
  );
  const context =
    isAllowed && isTraced && !hasOwnHeader ? { traceId: randomHex(32), spanId: randomHex(16) } : undefined;
  // Sessions that are not sampled run no SDK, so what it starts is sampled.
  if (context) mark(`00-${context.traceId}-${context.spanId}-01`);
  return quietly((statusCode) => {
    const span = { timeMs, durationMs: durationMs(performance.now() - startMs), ...context, url, statusCode };
    if (url) record({ type: "request", method: clip(method, 16).toUpperCase(), ...span }, view);
  });
}
