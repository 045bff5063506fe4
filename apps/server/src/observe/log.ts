/** The process's log: JSON lines (readable ones on a terminal), and the same records into project `throughline`. */
import { logs, SeverityNumber } from "@opentelemetry/api";
import { Writable } from "node:stream";
import pino, { type Logger } from "pino";
import pretty from "pino-pretty";
import type { Config } from "../config/index.ts";

/** Never written down: whoever reads logs must not be able to send or read telemetry. */
const REDACTED = ["authorization", "cookie", "set-cookie", "x-throughline-key"].flatMap((header) => [
  `req.headers["${header}"]`,
  `headers["${header}"]`,
  `res.headers["${header}"]`,
]);

const SEVERITY: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  10: [SeverityNumber.TRACE, "TRACE"],
  20: [SeverityNumber.DEBUG, "DEBUG"],
  30: [SeverityNumber.INFO, "INFO"],
  40: [SeverityNumber.WARN, "WARN"],
  50: [SeverityNumber.ERROR, "ERROR"],
  60: [SeverityNumber.FATAL, "FATAL"],
};

export function createLog(level: Config["logLevel"], isTerminal: boolean): Logger {
  const out = isTerminal
    ? pretty({ colorize: true, translateTime: "SYS:HH:MM:ss", ignore: "pid,hostname", sync: true })
    : pino.destination({ fd: 1, sync: false });
  return pino(
    { level, redact: { paths: REDACTED, censor: "[redacted]" }, base: null },
    pino.multistream([
      { level: "trace", stream: out },
      { level: "trace", stream: telemetryStream() },
    ]),
  );
}

/** Every line as an OpenTelemetry log record; the one active span's ids are added by the SDK. */
function telemetryStream(): Writable {
  return new Writable({
    write(line: Buffer, _encoding, done) {
      const parsed: unknown = JSON.parse(line.toString("utf8"));
      if (typeof parsed === "object" && parsed !== null) emit({ ...parsed });
      done();
    },
  });
}

function emit({ level, time, msg, err, ...rest }: Record<string, unknown>): void {
  const [severityNumber, severityText] = SEVERITY[Number(level)] ?? [SeverityNumber.UNSPECIFIED, ""];
  const attributes: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    attributes[name] = typeof value === "string" ? value : JSON.stringify(value);
  }
  if (typeof err === "object" && err !== null) {
    const { type, message, stack } = { type: "", message: "", stack: "", ...err };
    Object.assign(attributes, {
      "exception.type": String(type),
      "exception.message": String(message),
      "exception.stacktrace": String(stack),
    });
  } else if (err !== undefined && err !== null) {
    // Somebody threw what is no error.
    attributes["exception.message"] = String(err);
  }
  logs.getLogger("throughline.log").emit({
    timestamp: Number(time),
    severityNumber,
    severityText,
    body: String(msg ?? ""),
    attributes,
  });
}
