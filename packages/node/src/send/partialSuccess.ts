/** What the server says it refused: Export…ServiceResponse { partial_success = 1 { rejected = 1, error_message = 2 } }. */
export interface PartialSuccess {
  readonly refusedCount: number;
  readonly message: string;
}

const NOTHING: PartialSuccess = { refusedCount: 0, message: "" };

/** An answer that is not protobuf counts as one without a refusal: it was a 2xx. */
export function readPartialSuccess(body: Uint8Array): PartialSuccess {
  const inner = fieldsOf(body).get(1);
  if (!(inner instanceof Uint8Array)) return NOTHING;
  const fields = fieldsOf(inner);
  const count = fields.get(1);
  const message = fields.get(2);
  return {
    refusedCount: typeof count === "number" ? count : 0,
    message: message instanceof Uint8Array ? Buffer.from(message).toString() : "",
  };
}

/** Varints and byte fields of one message by number; stops at what it does not understand. */
function fieldsOf(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const fields = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    if (wireType === 0) fields.set(tag >>> 3, varint());
    else if (wireType === 2) {
      const size = varint();
      fields.set(tag >>> 3, bytes.subarray(at, at + size));
      at += size;
    } else break;
  }
  return fields;
}
