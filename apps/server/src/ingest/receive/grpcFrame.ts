/** gRPC's message framing: one byte of flags, four of length, the message. */
import { IngestRefusal } from "../types.ts";

export const FRAME_HEADER_BYTES = 5;

/** The one message of a unary call. Rejects what is no frame, or more than one, as the sender's mistake. */
export function decodeFrame(body: Uint8Array): { isCompressed: boolean; message: Uint8Array } {
  if (body.byteLength < FRAME_HEADER_BYTES) throw malformed("holds no message");
  const view = new DataView(body.buffer, body.byteOffset, FRAME_HEADER_BYTES);
  const flag = view.getUint8(0);
  const sizeBytes = view.getUint32(1);
  if (flag > 1) throw malformed(`has the unknown frame flag ${flag}`);
  if (FRAME_HEADER_BYTES + sizeBytes !== body.byteLength) {
    throw malformed(`announces ${sizeBytes} bytes and carries ${body.byteLength - FRAME_HEADER_BYTES}`);
  }
  return { isCompressed: flag === 1, message: body.slice(FRAME_HEADER_BYTES) };
}

export function encodeFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(FRAME_HEADER_BYTES + message.byteLength);
  frame.writeUInt32BE(message.byteLength, 1);
  frame.set(message, FRAME_HEADER_BYTES);
  return frame;
}

/** `grpc-message` is printable ASCII; everything else is percent-encoded UTF-8. */
export function percentEncoded(message: string): string {
  return Array.from(Buffer.from(message, "utf8"), (byte) =>
    byte >= 0x20 && byte <= 0x7e && byte !== 0x25
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

function malformed(what: string): IngestRefusal {
  return new IngestRefusal("malformed", `The gRPC request ${what}.`);
}
