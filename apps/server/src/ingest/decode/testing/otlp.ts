/** OTLP messages through protobufjs: the independent encoder and decoder of the tests and the benchmark. */
import protobuf from "protobufjs";
import type { OtlpSignal } from "../../types.ts";

const root = protobuf.loadSync(new URL("./otlp.proto", import.meta.url).pathname);

export const REQUEST_TYPES: Readonly<Record<OtlpSignal, protobuf.Type>> = {
  traces: root.lookupType("ExportTraceServiceRequest"),
  logs: root.lookupType("ExportLogsServiceRequest"),
  metrics: root.lookupType("ExportMetricsServiceRequest"),
};

/** Encodes a plain object with camelCase fields; 64-bit integers as decimal strings or numbers, ids as Buffers. */
export function encodeRequest(signal: OtlpSignal, message: object): Uint8Array {
  const type = REQUEST_TYPES[signal];
  return type.encode(type.fromObject(message)).finish();
}

export type Value =
  | { stringValue: string }
  | { boolValue: boolean }
  | { intValue: number | string }
  | { doubleValue: number }
  | { arrayValue: { values: Value[] } }
  | { kvlistValue: { values: KeyValue[] } }
  | { bytesValue: Uint8Array }
  | Record<string, never>;

export interface KeyValue {
  readonly key: string;
  readonly value: Value;
}

/** Attributes from a plain object: strings, integers, other numbers and booleans by their kind. */
export function attributes(values: Readonly<Record<string, string | number | boolean>>): KeyValue[] {
  return Object.entries(values).map(([key, value]) => ({ key, value: valueOf(value) }));
}

function valueOf(value: string | number | boolean): Value {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isInteger(value) ? { intValue: value } : { doubleValue: value };
}

/** Seeded random numbers in [0, 1): the same sequence for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 4_294_967_296;
  };
}
