/**
 * One span as protobuf, field numbers of
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto
 */
import { SpanStatusCode, type Link, type SpanContext } from "@opentelemetry/api";
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace";
import { writeAttributes } from "./anyValue.ts";
import { BYTES, FIXED32, FIXED64, VARINT, type ByteWriter } from "./byteWriter.ts";

const SPAN = {
  traceId: (1 << 3) | BYTES,
  spanId: (2 << 3) | BYTES,
  traceState: (3 << 3) | BYTES,
  parentSpanId: (4 << 3) | BYTES,
  name: (5 << 3) | BYTES,
  kind: (6 << 3) | VARINT,
  start: (7 << 3) | FIXED64,
  end: (8 << 3) | FIXED64,
  attributes: (9 << 3) | BYTES,
  droppedAttributes: (10 << 3) | VARINT,
  events: (11 << 3) | BYTES,
  droppedEvents: (12 << 3) | VARINT,
  links: (13 << 3) | BYTES,
  droppedLinks: (14 << 3) | VARINT,
  status: (15 << 3) | BYTES,
} as const;
/** Field 16, `flags`: its tag takes two bytes. */
const SPAN_FLAGS = [((16 << 3) & 0x7f) | FIXED32 | 0x80, 1] as const;
const EVENT = {
  time: (1 << 3) | FIXED64,
  name: (2 << 3) | BYTES,
  attributes: (3 << 3) | BYTES,
  dropped: (4 << 3) | VARINT,
} as const;
const LINK = {
  traceId: (1 << 3) | BYTES,
  spanId: (2 << 3) | BYTES,
  traceState: (3 << 3) | BYTES,
  attributes: (4 << 3) | BYTES,
  dropped: (5 << 3) | VARINT,
  flags: (6 << 3) | FIXED32,
} as const;
const STATUS = { message: (2 << 3) | BYTES, code: (3 << 3) | VARINT } as const;

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
/** Ids, times, kind, flags and their tags. */
const FIXED_PART = 160;
const ID_LIMIT = 32;

/** Writes `tag length span`. `traceState` replaces the span's own when it is given. */
export function writeSpan(out: ByteWriter, tag: number, span: ReadableSpan, traceState?: string): void {
  const spanContext = span.spanContext();
  const { parentSpanContext: parent, startTime, endTime } = span;
  out.reserve(FIXED_PART);
  out.byte(tag);
  const start = out.open();
  writeIds(out, spanContext, SPAN.traceId, SPAN.spanId);
  if (parent !== undefined) writeId(out, SPAN.parentSpanId, parent.spanId);
  // The API counts from internal = 0, protobuf from 1.
  out.byte(SPAN.kind);
  out.byte(span.kind + 1);
  out.byte(SPAN.start);
  out.nanoseconds(startTime[0], startTime[1]);
  out.byte(SPAN.end);
  out.nanoseconds(endTime[0], endTime[1]);
  out.byte(SPAN_FLAGS[0]);
  out.byte(SPAN_FLAGS[1]);
  out.fixed32(spanContext.traceFlags | HAS_IS_REMOTE | (parent?.isRemote === true ? IS_REMOTE : 0));
  out.byte(SPAN.name);
  out.text(span.name);
  const state = traceState ?? spanContext.traceState?.serialize() ?? "";
  if (state !== "") writeText(out, SPAN.traceState, state);
  writeAttributes(out, SPAN.attributes, span.attributes);
  for (const event of span.events) writeEvent(out, event);
  for (const link of span.links) writeLink(out, link);
  writeDropped(out, SPAN.droppedAttributes, span.droppedAttributesCount);
  writeDropped(out, SPAN.droppedEvents, span.droppedEventsCount);
  writeDropped(out, SPAN.droppedLinks, span.droppedLinksCount);
  writeStatus(out, span);
  out.close(start);
}

function writeIds(
  out: ByteWriter,
  { traceId, spanId }: SpanContext,
  traceTag: number,
  spanTag: number,
): void {
  writeId(out, traceTag, traceId);
  writeId(out, spanTag, spanId);
}

/** An id of a wrong length, which a link may carry, stays one field of a wrong length and spoils nothing else. */
function writeId(out: ByteWriter, tag: number, id: string): void {
  const text = id.length > ID_LIMIT ? id.slice(0, ID_LIMIT) : id;
  out.byte(tag);
  out.byte(text.length >>> 1);
  out.hex(text);
}

function writeText(out: ByteWriter, tag: number, text: string): void {
  out.reserve(8);
  out.byte(tag);
  out.text(text);
}

function writeDropped(out: ByteWriter, tag: number, count = 0): void {
  if (count === 0) return;
  out.reserve(12);
  out.byte(tag);
  out.varint(count);
}

function writeStatus(out: ByteWriter, { status }: ReadableSpan): void {
  if (status.code === SpanStatusCode.UNSET) return;
  out.reserve(12);
  out.byte(SPAN.status);
  const start = out.open();
  out.byte(STATUS.code);
  out.byte(status.code);
  if (status.message !== undefined && status.message !== "") writeText(out, STATUS.message, status.message);
  out.close(start);
}

function writeEvent(out: ByteWriter, event: TimedEvent): void {
  out.reserve(FIXED_PART);
  out.byte(SPAN.events);
  const start = out.open();
  out.byte(EVENT.time);
  out.nanoseconds(event.time[0], event.time[1]);
  out.byte(EVENT.name);
  out.text(event.name);
  if (event.attributes !== undefined) writeAttributes(out, EVENT.attributes, event.attributes);
  writeDropped(out, EVENT.dropped, event.droppedAttributesCount);
  out.close(start);
}

function writeLink(out: ByteWriter, link: Link): void {
  const { context } = link;
  out.reserve(FIXED_PART);
  out.byte(SPAN.links);
  const start = out.open();
  writeIds(out, context, LINK.traceId, LINK.spanId);
  out.byte(LINK.flags);
  out.fixed32(context.traceFlags | HAS_IS_REMOTE | (context.isRemote === true ? IS_REMOTE : 0));
  const state = context.traceState?.serialize() ?? "";
  if (state !== "") writeText(out, LINK.traceState, state);
  if (link.attributes !== undefined) writeAttributes(out, LINK.attributes, link.attributes);
  writeDropped(out, LINK.dropped, link.droppedAttributesCount);
  out.close(start);
}
