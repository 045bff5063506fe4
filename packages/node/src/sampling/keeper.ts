/**
 * Decides over spans when their part of the trace has ended in this process:
 *
 *   open ── an error, a slow call, older than a slow request, too many spans ──▶ kept whole, weight as it came
 *     └──── its root ended without any of those ──▶ by threshold: its queries by theirs, the rest by that of fast traces
 *
 * Why a trace belongs to one class or the other is seen in the trace itself, so each class is counted right by its weight.
 * While it is open only references are held; what is left out was never encoded.
 */
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { randomnessOf, stateWith, thresholdOf } from "./threshold.ts";

export interface SamplingOptions {
  /** Share of traces without an error or slow call that are kept, 0 to 1. */
  readonly fastTraceRatio: number;
  /** Share of traces whose fast queries are kept, 0 to 1; never more than the traces themselves. */
  readonly fastQueryRatio: number;
  /** From here on a request is slow, in milliseconds. */
  readonly slowRequestMs: number;
  /** From here on a query is slow, in milliseconds. */
  readonly slowQueryMs: number;
}

interface OpenTrace {
  readonly startMs: number;
  /** Roots of this process that have not ended: a service that calls itself has several in one trace. */
  roots: number;
  isKept: boolean;
  held: ReadableSpan[];
}

type Write = (span: ReadableSpan, traceState?: string) => void;

const SPANS_HELD_PER_TRACE = 2000;
const TRACES_OPEN = 10_000;
const SPANS_HELD = 50_000;

export class Keeper {
  /** Spans that were left out on purpose. */
  leftOut = 0;
  private readonly open = new Map<string, OpenTrace>();
  private held = 0;
  private readonly traceThreshold: string;
  private readonly queryThreshold: string;
  private readonly isIdle: boolean;
  private readonly options: SamplingOptions;
  private readonly write: Write;

  constructor(options: SamplingOptions, write: Write) {
    this.options = options;
    this.write = write;
    this.traceThreshold = thresholdOf(options.fastTraceRatio);
    this.queryThreshold = thresholdOf(Math.min(options.fastQueryRatio, options.fastTraceRatio));
    this.isIdle = options.fastTraceRatio >= 1 && options.fastQueryRatio >= 1;
  }

  started(span: ReadableSpan): void {
    if (this.isIdle || !isLocalRoot(span)) return;
    const { traceId } = span.spanContext();
    const known = this.open.get(traceId);
    if (known !== undefined) known.roots++;
    else if (this.open.size < TRACES_OPEN) {
      this.open.set(traceId, { startMs: toMs(span.startTime), roots: 1, isKept: false, held: [] });
    }
  }

  ended(span: ReadableSpan): void {
    if (this.isIdle) {
      this.write(span);
      return;
    }
    const { traceId } = span.spanContext();
    const trace = this.open.get(traceId);
    if (trace === undefined) {
      // It ended after its root, or there was no room for its trace: it is a trace of its own.
      if (this.isNotable(span)) this.write(span);
      else this.writeByThreshold(span);
      return;
    }
    if (!trace.isKept && this.makesKept(span, trace)) this.keep(trace);
    if (trace.isKept) this.write(span);
    else {
      trace.held.push(span);
      this.held++;
    }
    if (isLocalRoot(span) && --trace.roots === 0) {
      this.open.delete(traceId);
      this.held -= trace.held.length;
      for (const each of trace.held) this.writeByThreshold(each);
    }
  }

  /** Writes what is held without waiting for its end: the process is ending. */
  finish(): void {
    for (const trace of this.open.values()) this.keep(trace);
    this.open.clear();
  }

  private keep(trace: OpenTrace): void {
    trace.isKept = true;
    this.held -= trace.held.length;
    for (const each of trace.held) this.write(each);
    trace.held = [];
  }

  private makesKept(span: ReadableSpan, trace: OpenTrace): boolean {
    return (
      this.isNotable(span) ||
      toMs(span.endTime) - trace.startMs >= this.options.slowRequestMs ||
      trace.held.length >= SPANS_HELD_PER_TRACE ||
      this.held >= SPANS_HELD
    );
  }

  private isNotable(span: ReadableSpan): boolean {
    if (span.status.code === SpanStatusCode.ERROR) return true;
    if (span.events.some(({ name }) => name === "exception")) return true;
    const limitMs = isQuery(span) ? this.options.slowQueryMs : this.options.slowRequestMs;
    return toMs(span.duration) >= limitMs;
  }

  private writeByThreshold(span: ReadableSpan): void {
    const { traceId, traceState } = span.spanContext();
    const threshold = isQuery(span) ? this.queryThreshold : this.traceThreshold;
    if (randomnessOf(traceId, traceState) < threshold) this.leftOut++;
    else this.write(span, stateWith(traceState, threshold)?.serialize());
  }
}

function isLocalRoot({ parentSpanContext }: ReadableSpan): boolean {
  return parentSpanContext === undefined || parentSpanContext.isRemote === true;
}

function isQuery({ kind, attributes }: ReadableSpan): boolean {
  return (
    kind === SpanKind.CLIENT &&
    (attributes["db.system.name"] !== undefined || attributes["db.system"] !== undefined)
  );
}

function toMs([seconds, nanos]: readonly [number, number]): number {
  return seconds * 1000 + nanos / 1e6;
}
