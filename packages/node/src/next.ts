/** For Next.js's `instrumentation.ts`: `export { register } from "@throughline/node/next";` */
import type { StartOptions } from "./start.ts";

/** Starts in the Node runtime of Next.js; does nothing in its edge runtime, where there is no Node. */
export async function register(options: StartOptions = {}): Promise<void> {
  const runtime = process.env["NEXT_RUNTIME"];
  if (runtime !== undefined && runtime !== "nodejs") return;
  const { start } = await import("./start.ts");
  start(options);
}
