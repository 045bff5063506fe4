/** Errors that nobody caught, and those the site hands over. */
import { record } from "./buffer.ts";
import { currentView } from "./pageView.ts";
import { listen } from "./run.ts";
import { clip } from "./values.ts";

/** Of one page view: an error in an animation loop comes sixty times a second. */
const ERRORS_MAX = 50;

export function watchErrors(): void {
  listen(window, "error", ({ error, message }: ErrorEvent) => {
    // Images and scripts that fail to load send an event of the same name, without a message.
    if (message) recordError(error ?? message, false);
  });
  listen(window, "unhandledrejection", ({ reason }: PromiseRejectionEvent) => recordError(reason, false));
}

export function recordError(thrown: unknown, isHandled: boolean): void {
  if (currentView.errorCount++ >= ERRORS_MAX) return;
  // Anything can be thrown, and errors of another frame are no instances of this one's Error.
  const { name, message, stack } = Object(thrown) as Partial<Error>;
  record({
    type: "error",
    timeMs: Date.now(),
    name: clip(name ?? "Error"),
    message: clip(message ?? thrown, 2048),
    stack: stack && clip(stack, 16_384),
    isHandled,
  });
}
