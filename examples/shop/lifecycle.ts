/** How every process of the shop starts, says that it is ready, and ends. */
import { flushTelemetry } from "./instrument.ts";

const STOP_WITHIN_MS = 8_000;

/** Tells the parent that work can begin. */
export function announceReady(port?: number): void {
  process.send?.({ ready: true, port });
}

/** Ends the process after `close`, with the telemetry that was still waiting; also when the parent is gone. */
export function stopWith(close: () => Promise<void>): void {
  let isStopping = false;
  const stop = () => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    close()
      .then(flushTelemetry)
      .then(
        () => process.exit(0),
        (error: unknown) => {
          process.stderr.write(
            `${process.env.OTEL_SERVICE_NAME ?? "shop"}: stopping failed: ${String(error)}\n`,
          );
          process.exit(1);
        },
      );
  };
  process.on("SIGTERM", stop);
  // Ctrl-C reaches the whole group of processes; the parent decides who stops when.
  process.on("SIGINT", () => {});
  process.on("disconnect", stop);
}
