/** The product checks its own ledger every minute and says so in its log when it does not add up. */
import type { UnscopedReader } from "../../engines/telemetry/index.ts";
import { auditLedger, type LedgerWindow } from "./ledger.ts";

export interface LedgerAuditOptions {
  readonly reader: UnscopedReader;
  readonly window: () => LedgerWindow;
  readonly log: {
    error(details: object, message: string): void;
    warn(details: object, message: string): void;
  };
}

const EVERY_MS = 60_000;

/** Runs until the returned function is called. */
export function startLedgerAudit({ reader, window, log }: LedgerAuditOptions): () => void {
  const audit = async (): Promise<void> => {
    try {
      const lines = await auditLedger(reader, window());
      if (lines.length > 0) log.error({ lines: lines.slice(0, 20) }, "The ingest ledger does not add up.");
    } catch (err) {
      log.warn({ err }, "The ingest ledger could not be checked.");
    }
  };
  const timer = setInterval(() => void audit(), EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
