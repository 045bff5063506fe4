/** An ExportTraceServiceRequest that grows while spans end: one buffer a scope, joined when it is sent. */
import type { InstrumentationScope } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { writeAttributes } from "./anyValue.ts";
import { BYTES, ByteWriter } from "./byteWriter.ts";
import { writeSpan } from "./span.ts";

const RESOURCE_SPANS = (1 << 3) | BYTES;
const RESOURCE = (1 << 3) | BYTES;
const RESOURCE_ATTRIBUTES = (1 << 3) | BYTES;
const SCOPE_SPANS = (2 << 3) | BYTES;
const SCOPE = (1 << 3) | BYTES;
const SCOPE_SPAN = (2 << 3) | BYTES;
const SCOPE_NAME = (1 << 3) | BYTES;
const SCOPE_VERSION = (2 << 3) | BYTES;
const SCHEMA_URL = (3 << 3) | BYTES;
/** Idle scopes beyond this are forgotten: an application may make a tracer for every request. */
const SCOPES_REMEMBERED = 100;

interface ScopePart {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly spans: ByteWriter;
}

export class TraceRequest {
  /** Spans that were added since the last `take`. */
  count = 0;
  /** Their bytes, without those of resource and scopes. */
  sizeBytes = 0;
  private readonly scopes = new Map<InstrumentationScope, ScopePart>();
  private resource: Buffer | undefined;

  add(span: ReadableSpan, traceState?: string): void {
    const scope = span.instrumentationScope;
    const { spans } = this.scopes.get(scope) ?? this.addScope(scope);
    const before = spans.size;
    try {
      writeSpan(spans, SCOPE_SPAN, span, traceState);
    } catch (error) {
      // An attribute with a getter that throws, say: half a span must not spoil the others.
      spans.size = before;
      throw error;
    }
    this.count++;
    this.sizeBytes += spans.size - before;
  }

  /** The whole request as bytes; starts the next one. Resource attributes that are still looked up must be settled. */
  take(resource: Resource): Buffer {
    this.resource ??= encodeResource(resource);
    const parts: Buffer[] = [];
    const written: ByteWriter[] = [];
    let size = this.resource.length;
    for (const [scope, { head, tail, spans }] of this.scopes) {
      if (spans.size === 0) {
        if (this.scopes.size > SCOPES_REMEMBERED) this.scopes.delete(scope);
        continue;
      }
      const lead = prefix(SCOPE_SPANS, head.length + spans.size + tail.length);
      parts.push(lead, head, spans.written(), tail);
      written.push(spans);
      size += lead.length + head.length + tail.length;
    }
    size += this.sizeBytes;
    this.count = 0;
    this.sizeBytes = 0;
    const whole = Buffer.concat([prefix(RESOURCE_SPANS, size), this.resource, ...parts]);
    for (const spans of written) spans.size = 0;
    return whole;
  }

  private addScope(scope: InstrumentationScope): ScopePart {
    const part = {
      head: encodeScope(scope),
      tail: encodeText(SCHEMA_URL, scope.schemaUrl),
      spans: new ByteWriter(),
    };
    this.scopes.set(scope, part);
    return part;
  }
}

function encodeScope({ name, version }: InstrumentationScope): Buffer {
  const body = Buffer.concat([encodeText(SCOPE_NAME, name), encodeText(SCOPE_VERSION, version)]);
  return Buffer.concat([prefix(SCOPE, body.length), body]);
}

function encodeResource({ attributes }: Resource): Buffer {
  const out = new ByteWriter();
  writeAttributes(out, RESOURCE_ATTRIBUTES, attributes);
  const body = out.take();
  return Buffer.concat([prefix(RESOURCE, body.length), body]);
}

function encodeText(tag: number, text: string | undefined): Buffer {
  if (text === undefined || text === "") return Buffer.alloc(0);
  const out = new ByteWriter();
  out.byte(tag);
  out.text(text);
  return out.take();
}

function prefix(tag: number, length: number): Buffer {
  const out = new ByteWriter();
  out.byte(tag);
  out.varint(length);
  return out.take();
}
