/**
 * Answers of the three OTLP services and their refusals, in both encodings.
 * https://opentelemetry.io/docs/specs/otlp/#otlphttp-response and #failures
 */
import { IngestRefusal, type IngestAnswer, type OtlpSignal, type RefusalKind } from "../types.ts";

/** https://github.com/grpc/grpc/blob/master/doc/statuscodes.md */
export const GRPC = {
  ok: 0,
  invalidArgument: 3,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

interface Codes {
  readonly http: number;
  readonly grpc: number;
}

/**
 * 429 and 503, UNAVAILABLE, and RESOURCE_EXHAUSTED with RetryInfo are what OTLP senders try again; all others they drop.
 * https://opentelemetry.io/docs/specs/otlp/#failures
 */
const CODES: Readonly<Record<RefusalKind, Codes>> = {
  malformed: { http: 400, grpc: GRPC.invalidArgument },
  too_large: { http: 413, grpc: GRPC.resourceExhausted },
  unsupported: { http: 415, grpc: GRPC.unimplemented },
  unauthenticated: { http: 401, grpc: GRPC.unauthenticated },
  forbidden: { http: 403, grpc: GRPC.permissionDenied },
  rate_limited: { http: 429, grpc: GRPC.resourceExhausted },
  quota_exceeded: { http: 429, grpc: GRPC.resourceExhausted },
  overloaded: { http: 429, grpc: GRPC.unavailable },
  disk_full: { http: 503, grpc: GRPC.unavailable },
  shutting_down: { http: 503, grpc: GRPC.unavailable },
};

export interface Failure extends Codes {
  readonly message: string;
  readonly retryAfterSeconds: number | undefined;
}

/** What a sender is told about an error. Anything but a refusal is our defect and says no more than that. */
export function failureOf(error: unknown): Failure {
  if (error instanceof IngestRefusal) {
    // A lone surrogate in a sentence that quotes the sender would break header and UTF-8 encoding.
    const message = error.message.toWellFormed();
    return { ...CODES[error.kind], message, retryAfterSeconds: error.retryAfterSeconds };
  }
  return {
    http: 500,
    grpc: GRPC.internal,
    message: "Throughline failed to take this request; its log says why.",
    retryAfterSeconds: undefined,
  };
}

const REJECTED_FIELD: Readonly<Record<OtlpSignal, string>> = {
  traces: "rejectedSpans",
  logs: "rejectedLogRecords",
  metrics: "rejectedDataPoints",
};

export function answerJson(signal: OtlpSignal, answer: IngestAnswer): string {
  if (answer.refusedCount === 0 && answer.refusalMessage === "") return "{}";
  return JSON.stringify({
    partialSuccess: {
      // int64 is a string in protobuf's JSON
      [REJECTED_FIELD[signal]]: String(answer.refusedCount),
      errorMessage: answer.refusalMessage.toWellFormed(),
    },
  });
}

/** Export{Trace,Logs,Metrics}ServiceResponse: partial_success = 1 { rejected_* = 1, error_message = 2 } in all three. */
export function answerProtobuf(answer: IngestAnswer): Buffer {
  if (answer.refusedCount === 0 && answer.refusalMessage === "") return Buffer.alloc(0);
  const partial = Buffer.concat([varintField(1, answer.refusedCount), textField(2, answer.refusalMessage)]);
  return bytesField(1, partial);
}

const RETRY_INFO_TYPE = "type.googleapis.com/google.rpc.RetryInfo";

export function failureJson(failure: Failure): string {
  const { grpc, message, retryAfterSeconds } = failure;
  const details =
    retryAfterSeconds === undefined
      ? undefined
      : [{ "@type": RETRY_INFO_TYPE, retryDelay: `${retryAfterSeconds}s` }];
  return JSON.stringify({ code: grpc, message, details });
}

/** google.rpc.Status { code = 1, message = 2, details = 3 }, RetryInfo { retry_delay = 1 { seconds = 1 } } in an Any. */
export function failureProtobuf(failure: Failure): Buffer {
  const parts = [varintField(1, failure.grpc), textField(2, failure.message)];
  if (failure.retryAfterSeconds !== undefined) {
    const retryInfo = bytesField(1, varintField(1, failure.retryAfterSeconds));
    parts.push(bytesField(3, Buffer.concat([textField(1, RETRY_INFO_TYPE), bytesField(2, retryInfo)])));
  }
  return Buffer.concat(parts);
}

function varintField(field: number, value: number): Buffer {
  return Buffer.concat([varint(field << 3), varint(value)]);
}

function textField(field: number, value: string): Buffer {
  return bytesField(field, Buffer.from(value, "utf8"));
}

function bytesField(field: number, value: Buffer): Buffer {
  return Buffer.concat([varint((field << 3) | 2), varint(value.length), value]);
}

/** For safe non-negative integers. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}
