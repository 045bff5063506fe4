/** OpenTelemetry's tracer API over spans that are made to be encoded once. */
import {
  context as contexts,
  INVALID_SPAN_CONTEXT,
  isSpanContextValid,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  type TracerOptions,
  type TracerProvider,
} from "@opentelemetry/api";
import { isTracingSuppressed } from "@opentelemetry/core";
import { RandomIdGenerator, SamplingDecision, type Sampler } from "@opentelemetry/sdk-trace";
import { NextRequests } from "./nextRequests.ts";
import { RecordedSpan, type TracerShared } from "./recordedSpan.ts";

export interface LeanTracerOptions extends Omit<TracerShared, "scope"> {
  readonly sampler: Sampler;
}

/** Tracers by name and version; an application that makes endless ones gets new ones, and none is remembered beyond this. */
const TRACERS_REMEMBERED = 200;
const ids = new RandomIdGenerator();

export class LeanTracerProvider implements TracerProvider {
  private readonly options: LeanTracerOptions;
  private readonly tracers = new Map<string, LeanTracer>();
  private readonly requests = new NextRequests();

  constructor(options: LeanTracerOptions) {
    const { started, ended } = options.listener;
    this.options = {
      ...options,
      listener: {
        started,
        ended: (span) => {
          this.requests.ended(span);
          ended(span);
        },
      },
    };
  }

  getTracer(name: string, version?: string, { schemaUrl }: TracerOptions = {}): Tracer {
    const key = JSON.stringify([name, version, schemaUrl]);
    const known = this.tracers.get(key);
    if (known !== undefined) return known;
    const tracer = new LeanTracer(this.options, this.requests, {
      ...this.options,
      scope: { name, version, schemaUrl },
    });
    if (this.tracers.size < TRACERS_REMEMBERED) this.tracers.set(key, tracer);
    return tracer;
  }
}

class LeanTracer implements Tracer {
  private readonly sampler: Sampler;
  private readonly requests: NextRequests;
  private readonly shared: TracerShared;

  constructor({ sampler }: LeanTracerOptions, requests: NextRequests, shared: TracerShared) {
    this.sampler = sampler;
    this.requests = requests;
    this.shared = shared;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contexts.active()): Span {
    if (isTracingSuppressed(context)) return trace.wrapSpanContext(INVALID_SPAN_CONTEXT);
    const within = options.root === true ? trace.deleteSpan(context) : context;
    const found = trace.getSpanContext(within);
    const parent = found !== undefined && isSpanContextValid(found) ? found : undefined;
    const traceId = parent?.traceId ?? ids.generateTraceId();
    const { attributes = {}, links = [] } = options;
    const kind = this.requests.kindOf(options.kind ?? SpanKind.INTERNAL, traceId, attributes);
    const sampled = this.sampler.shouldSample(within, traceId, name, kind, attributes, links);
    const isSampled = sampled.decision === SamplingDecision.RECORD_AND_SAMPLED;
    const spanContext = {
      traceId,
      spanId: ids.generateSpanId(),
      traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      traceState: sampled.traceState ?? parent?.traceState,
    };
    if (sampled.decision === SamplingDecision.NOT_RECORD) return trace.wrapSpanContext(spanContext);
    const span = new RecordedSpan(this.shared, name, kind, spanContext, parent, options.startTime);
    span.setAttributes(attributes);
    if (sampled.attributes !== undefined) span.setAttributes(sampled.attributes);
    if (links.length > 0) span.addLinks(links);
    this.requests.started(span, within);
    this.shared.listener.started(span);
    return span;
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, fn: F): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(
    name: string,
    options: SpanOptions,
    context: Context,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: unknown[]): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = (rest.length > 1 ? rest[0] : undefined) as SpanOptions | undefined;
    const context = (rest.length > 2 ? rest[1] : undefined) as Context | undefined;
    const outer = context ?? contexts.active();
    const span = this.startSpan(name, options, outer);
    return contexts.with(trace.setSpan(outer, span), fn as (span: Span) => ReturnType<F>, undefined, span);
  }
}
