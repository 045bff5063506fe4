/**
 * For plain HTML: `<script defer src="…/throughline.js" data-key="tl_ingest_…">` starts by itself and leaves
 * `window.throughline` behind. The endpoint is where the script came from, unless `data-endpoint` names another.
 */
import { captureException, init, shutdown, track } from "./index.ts";
import type { Options } from "./options.ts";

const api = { init, track, captureException, shutdown };
declare global {
  interface Window {
    throughline?: typeof api;
  }
}
window.throughline = api;

const script = document.currentScript as HTMLScriptElement | null;
// data-release, data-environment, data-sample-rate: what can be written in HTML has the names of the options.
const { key, ...others } = script?.dataset ?? {};
if (script && key) init({ key, endpoint: new URL(script.src).origin, ...(others as Partial<Options>) });
