/** What a server gets that renders the same code: the same names, doing nothing. */
import type * as browser from "./index.ts";

export type { AttributeValue, Options } from "./options.ts";

export const init: typeof browser.init = () => undefined;
export const track: typeof browser.track = () => undefined;
export const captureException: typeof browser.captureException = () => undefined;
export const shutdown: typeof browser.shutdown = () => undefined;
