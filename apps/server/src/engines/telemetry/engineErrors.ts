/** From an engine's error number and text to a TelemetryError whose message says what to do. */
import { TelemetryError, type TelemetryErrorCode } from "./store.ts";

/** https://github.com/ClickHouse/ClickHouse/blob/master/src/Common/ErrorCodes.cpp */
const CODES: Readonly<Record<number, TelemetryErrorCode>> = {
  159: "timeout", // TIMEOUT_EXCEEDED
  160: "timeout", // TOO_SLOW
  241: "memory", // MEMORY_LIMIT_EXCEEDED
  173: "memory", // CANNOT_ALLOCATE_MEMORY
  243: "disk_full", // NOT_ENOUGH_SPACE
  202: "unavailable", // TOO_MANY_SIMULTANEOUS_QUERIES
  203: "unavailable", // NO_FREE_CONNECTION
  209: "unavailable", // SOCKET_TIMEOUT
  210: "unavailable", // NETWORK_ERROR
  198: "unavailable", // DNS_ERROR
  236: "unavailable", // ABORTED
  242: "unavailable", // TABLE_IS_READ_ONLY
  252: "unavailable", // TOO_MANY_PARTS
  279: "unavailable", // ALL_CONNECTION_TRIES_FAILED
  285: "unavailable", // TOO_FEW_LIVE_REPLICAS
  319: "unavailable", // UNKNOWN_STATUS_OF_INSERT
  425: "unavailable", // SYSTEM_ERROR
  516: "unavailable", // AUTHENTICATION_FAILED
  999: "unavailable", // KEEPER_EXCEPTION
  439: "unavailable", // CANNOT_SCHEDULE_TASK
  394: "closed", // QUERY_WAS_CANCELLED: we only cancel when closing
};

const SENTENCES: Readonly<Record<TelemetryErrorCode, (what: string) => string>> = {
  timeout: (what) => `${what} took too long and was stopped: choose a shorter time range or fewer series.`,
  memory: (what) =>
    `${what} needed more memory than it may use: choose a shorter time range or fewer series.`,
  disk_full: (what) => `${what} failed because the disk of the telemetry store is full: free some space.`,
  unavailable: (what) => `${what} failed because the telemetry store can't answer now: try again.`,
  statement: (what) => `${what} was refused by the engine.`,
  closed: (what) => `${what} was ended because the telemetry store is closing.`,
};

/** @param what begins the sentence: `Query "overview.kpis"`, `Loading spans`. */
export function engineError(
  what: string,
  code: number | undefined,
  text: string,
  cause: unknown,
): TelemetryError {
  const kind = kindOf(code, text);
  const detail = firstSentence(text);
  return new TelemetryError(
    kind,
    detail === "" ? SENTENCES[kind](what) : `${SENTENCES[kind](what)} (${detail})`,
    cause,
  );
}

function kindOf(code: number | undefined, text: string): TelemetryErrorCode {
  // The system's own error arrives under many numbers (CANNOT_WRITE_TO_FILE_DESCRIPTOR, POCO_EXCEPTION, …).
  if (/No space left on device|errno: 28\b|Disk quota exceeded/.test(text)) return "disk_full";
  return (code === undefined ? undefined : CODES[code]) ?? "statement";
}

/** The engine's text without its number, stack and version. */
function firstSentence(text: string): string {
  const line = text.split("\n")[0] ?? "";
  return line
    .replace(/^Code: \d+\. (DB::)?(Exception: )?/, "")
    .slice(0, 400)
    .trim();
}
