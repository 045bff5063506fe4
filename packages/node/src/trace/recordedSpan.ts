/**
 * A span that is recorded: OpenTelemetry's, without what its SDK does for exporters that keep objects around. Attributes are
 * checked when they are encoded, not when they are set.
 */
import {
  SpanStatusCode,
  type Attributes,
  type AttributeValue,
  type Exception,
  type HrTime,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
} from "@opentelemetry/api";
import { isTimeInput, timeInputToHrTime, type InstrumentationScope } from "@opentelemetry/core";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan, TimedEvent } from "@opentelemetry/sdk-trace";
import { monotonicNow, toHrTime } from "./clock.ts";

export interface Limits {
  readonly attributeValueLength: number;
  readonly attributeCount: number;
  readonly eventCount: number;
  readonly linkCount: number;
}

export interface SpanListener {
  readonly started: (span: RecordedSpan) => void;
  readonly ended: (span: RecordedSpan) => void;
}

/** What all spans of one tracer share. */
export interface TracerShared {
  readonly resource: Resource;
  readonly scope: InstrumentationScope;
  readonly limits: Limits;
  readonly listener: SpanListener;
}

export class RecordedSpan implements Span, ReadableSpan {
  name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext: SpanContext | undefined;
  readonly attributes: Attributes = {};
  readonly links: Link[] = [];
  readonly events: TimedEvent[] = [];
  readonly startTime: HrTime;
  endTime: HrTime = [0, 0];
  duration: HrTime = [-1, -1];
  status: SpanStatus = { code: SpanStatusCode.UNSET };
  ended = false;
  droppedAttributesCount = 0;
  droppedEventsCount = 0;
  droppedLinksCount = 0;
  private readonly shared: TracerShared;
  private readonly context: SpanContext;
  /** NaN when the start was given: then its end is no matter of this process's clock. */
  private readonly startMs: number;
  private attributeCount = 0;

  constructor(
    shared: TracerShared,
    name: string,
    kind: SpanKind,
    context: SpanContext,
    parent: SpanContext | undefined,
    startTime: TimeInput | undefined,
  ) {
    this.shared = shared;
    this.name = name;
    this.kind = kind;
    this.context = context;
    this.parentSpanContext = parent;
    this.startMs = startTime === undefined ? monotonicNow() : Number.NaN;
    this.startTime = startTime === undefined ? toHrTime(this.startMs) : timeInputToHrTime(startTime);
  }

  get resource(): Resource {
    return this.shared.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.shared.scope;
  }

  spanContext(): SpanContext {
    return this.context;
  }

  isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.ended || value === undefined || value === null || key === "") return this;
    const { limits } = this.shared;
    if (this.attributes[key] === undefined) {
      if (this.attributeCount >= limits.attributeCount) {
        this.droppedAttributesCount++;
        return this;
      }
      this.attributeCount++;
    }
    this.attributes[key] =
      typeof value === "object" || typeof value === "string" ? own(value, limits) : value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes) if (Object.hasOwn(attributes, key)) this.setAttribute(key, attributes[key]);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.ended) return this;
    if (this.events.length >= this.shared.limits.eventCount) {
      this.droppedEventsCount++;
      return this;
    }
    const isTime = isTimeInput(attributesOrTime);
    const at = isTime ? attributesOrTime : time;
    const attributes = isTime ? {} : this.ownAll(attributesOrTime as Attributes | undefined);
    const eventTime = at === undefined ? toHrTime(monotonicNow()) : timeInputToHrTime(at);
    this.events.push({ name, time: eventTime, attributes, droppedAttributesCount: 0 });
    return this;
  }

  addLink(link: Link): this {
    if (this.ended) return this;
    if (this.links.length >= this.shared.limits.linkCount) this.droppedLinksCount++;
    else this.links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    // "Ok" is final and "unset" says nothing: https://opentelemetry.io/docs/specs/otel/trace/api/#set-status
    if (this.ended || status.code === SpanStatusCode.UNSET || this.status.code === SpanStatusCode.OK)
      return this;
    const hasMessage = status.code === SpanStatusCode.ERROR && typeof status.message === "string";
    this.status = hasMessage ? { code: status.code, message: status.message } : { code: status.code };
    return this;
  }

  updateName(name: string): this {
    if (!this.ended) this.name = name;
    return this;
  }

  private ownAll(attributes: Attributes = {}): Attributes {
    const { limits } = this.shared;
    const copy: Attributes = {};
    for (const key of Object.keys(attributes)) {
      const value = attributes[key];
      if (value !== undefined) copy[key] = own(value, limits);
    }
    return copy;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const attributes: Attributes = {};
    if (typeof exception === "string") attributes["exception.message"] = exception;
    else {
      const type = exception.code ?? exception.name;
      if (type !== undefined) attributes["exception.type"] = String(type);
      if (exception.message !== undefined) attributes["exception.message"] = exception.message;
      if (exception.stack !== undefined) attributes["exception.stacktrace"] = exception.stack;
    }
    this.addEvent("exception", attributes, time);
  }

  end(endTime?: TimeInput): void {
    if (this.ended) return;
    const [seconds, nanos] = this.startTime;
    if (endTime === undefined && !Number.isNaN(this.startMs)) this.endTime = toHrTime(monotonicNow());
    else this.endTime = timeInputToHrTime(endTime ?? Date.now());
    const elapsed = (this.endTime[0] - seconds) * 1e9 + this.endTime[1] - nanos;
    // A clock that went back must not make a negative duration.
    if (elapsed < 0) this.endTime = [seconds, nanos];
    const kept = Math.max(elapsed, 0);
    this.duration = [Math.floor(kept / 1e9), kept % 1e9];
    this.ended = true;
    this.shared.listener.ended(this);
  }
}

/** Lists are copied, as their owner may change them; texts are cut to the limit. */
function own(value: AttributeValue, { attributeValueLength }: Limits): AttributeValue {
  if (typeof value === "string")
    return value.length > attributeValueLength ? value.slice(0, attributeValueLength) : value;
  return Array.isArray(value) ? ([...(value as unknown[])] as AttributeValue) : value;
}
