/** Reads protobuf by tables of fields, strictly: an unknown field or a wrong length is an error. */
import { REQUESTS, type Field, type Shape } from "../../../apps/server/src/ingest/decode/otlpFields.ts";
import type { OtlpSignal } from "../../../apps/server/src/ingest/types.ts";

export type Message = { [name: string]: unknown };

/** One export request as an object with the names of OTLP/JSON; 64-bit numbers are BigInts, ids hexadecimal. */
export function readOtlp(signal: OtlpSignal, bytes: Uint8Array): Message {
  return readMessage(REQUESTS[signal], Buffer.from(bytes));
}

/** `[{ key, value: AnyValue }]` as an object. */
export function plainAttributes(list: unknown): Record<string, unknown> {
  return Object.fromEntries(
    ((list ?? []) as Message[]).map(({ key, value }) => [String(key), plainValue(value as Message)]),
  );
}

function plainValue(value: Message): unknown {
  if (value["intValue"] !== undefined) return Number(value["intValue"]);
  if (value["arrayValue"] !== undefined) {
    return (((value["arrayValue"] as Message)["values"] ?? []) as Message[]).map(plainValue);
  }
  if (value["kvlistValue"] !== undefined) return plainAttributes((value["kvlistValue"] as Message)["values"]);
  return value["stringValue"] ?? value["boolValue"] ?? value["doubleValue"] ?? value["bytesValue"];
}

function readMessage(shape: Shape, bytes: Buffer): Message {
  const message: Message = {};
  const reader = new Reader(bytes);
  while (reader.at < bytes.length) {
    const tag = Number(reader.varint());
    const field = shape.fields.find(({ number }) => number === tag >>> 3);
    if (field === undefined) throw new Error(`${shape.name} has no field ${tag >>> 3}.`);
    if (field.isRepeated && typeof field.kind === "string") {
      message[field.name] = reader.packed(field);
    } else if (field.isRepeated) {
      const known = (message[field.name] ??= []) as unknown[];
      known.push(readField(reader, field, tag & 7));
    } else {
      if (message[field.name] !== undefined) throw new Error(`${shape.name}.${field.name} comes twice.`);
      message[field.name] = readField(reader, field, tag & 7);
    }
  }
  return message;
}

function readField(reader: Reader, { kind, name, tag }: Field, wireType: number): unknown {
  if ((tag & 7) !== wireType) throw new Error(`${name} has the wire type ${wireType}.`);
  return typeof kind === "string" ? reader.scalar(kind) : readMessage(kind, reader.chunk());
}

class Reader {
  at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes[this.at++];
      if (byte === undefined) throw new Error("A number is cut off.");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  }

  chunk(): Buffer {
    const size = Number(this.varint());
    if (this.at + size > this.bytes.length) throw new Error("A field is longer than its message.");
    const chunk = this.bytes.subarray(this.at, this.at + size);
    this.at += size;
    return chunk;
  }

  packed({ kind }: Field): unknown[] {
    const inner = new Reader(this.chunk());
    const values: unknown[] = [];
    while (inner.at < inner.bytes.length) values.push(inner.scalar(kind as string));
    return values;
  }

  scalar(kind: string): unknown {
    switch (kind) {
      case "string":
        return new TextDecoder("utf-8", { fatal: true }).decode(this.chunk());
      case "bytes":
      case "id":
        return this.chunk().toString("hex");
      case "bool":
        return this.varint() === 1n;
      case "double":
        this.at += 8;
        return this.bytes.readDoubleLE(this.at - 8);
      case "fixed64":
      case "sfixed64":
        this.at += 8;
        return kind === "fixed64"
          ? this.bytes.readBigUInt64LE(this.at - 8)
          : this.bytes.readBigInt64LE(this.at - 8);
      case "fixed32":
        this.at += 4;
        return BigInt(this.bytes.readUInt32LE(this.at - 4));
      default:
        return BigInt.asIntN(64, this.varint());
    }
  }
}
