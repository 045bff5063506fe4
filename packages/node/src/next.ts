/** For Next.js's `instrumentation.ts`: `export { register } from "@throughline/node/next";` */
import type { StartOptions } from "./start.ts";

/** Starts in the Node runtime of Next.js; does nothing in its edge runtime, where there is no Node. */
export async function register(options: StartOptions = {}): Promise<void> {
  // Next.js puts the runtime's name here when it builds, and so leaves all of this out of what runs at the edge.
  if (process.env.NEXT_RUNTIME !== "edge") {
    const { start } = await import("./start.ts");
    start(options);
  }
}
