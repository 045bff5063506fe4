/** How the shop's pages are measured: one script tag, a few events, and the link from a page to its trace. */
import { context, isSpanContextValid, trace } from "@opentelemetry/api";
import { type Html, html, raw } from "./html.ts";

/** Where the browser SDK comes from, and the key that may send for this shop; neither: pages are not measured. */
const { SHOP_BROWSER_SCRIPT = "", SHOP_BROWSER_KEY = "", SHOP_RELEASE = "" } = process.env;

const isMeasured = SHOP_BROWSER_SCRIPT !== "" && SHOP_BROWSER_KEY !== "";

export function sdkTag(): Html {
  if (!isMeasured) return raw("");
  return html`<script
    defer
    src="${SHOP_BROWSER_SCRIPT}"
    data-key="${SHOP_BROWSER_KEY}"
    data-release="${SHOP_RELEASE}"
    data-environment="demo"
  ></script>`;
}

/** Deferred scripts have run by then. */
export function tracked(name: string, attributes: Record<string, string | number>): Html {
  if (!isMeasured) return raw("");
  const call = JSON.stringify([name, attributes]).replaceAll("<", "\\u003c");
  return raw(
    `<script>addEventListener("DOMContentLoaded", () => window.throughline?.track(...${call}))</script>`,
  );
}

/** Names the trace of this request to the browser that shows the page. https://www.w3.org/TR/server-timing/ */
export function serverTiming(): Record<string, string> {
  const span = trace.getSpan(context.active())?.spanContext();
  if (span === undefined || !isSpanContextValid(span)) return {};
  return { "server-timing": `traceparent;desc="00-${span.traceId}-${span.spanId}-0${span.traceFlags & 1}"` };
}
