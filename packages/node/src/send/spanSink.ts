/** OpenTelemetry's span processor: each span is bytes as soon as it may leave, and nothing of it is kept. */
import { TraceFlags } from "@opentelemetry/api";
import type { Resource } from "@opentelemetry/resources";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import { TraceRequest } from "../encode/traceRequest.ts";
import { Keeper, type SamplingOptions } from "../sampling/keeper.ts";
import type { OtlpSender } from "./sender.ts";

const BATCH_BYTES = 512 * 1024;

export interface SpanSinkOptions {
  readonly resource: Resource;
  readonly sampling: SamplingOptions;
  /** How long spans gather, in milliseconds. */
  readonly delayMs: number;
  /** So many are sent at once at most. */
  readonly batchSpans: number;
  /** Hears of a span that could not be encoded. */
  readonly warn: (text: string) => void;
}

export class SpanSink implements SpanProcessor {
  private readonly request = new TraceRequest();
  private readonly keeper: Keeper;
  private readonly sender: OtlpSender;
  private readonly options: SpanSinkOptions;
  private timer: NodeJS.Timeout | undefined;
  private isShut = false;

  constructor(sender: OtlpSender, options: SpanSinkOptions) {
    this.sender = sender;
    this.options = options;
    this.keeper = new Keeper(options.sampling, (span, traceState) => this.write(span, traceState));
  }

  onStart(span: ReadableSpan): void {
    this.keeper.started(span);
  }

  onEnd(span: ReadableSpan): void {
    if (this.isShut || (span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
    this.keeper.ended(span);
  }

  /** Hands what is encoded to the sender now. */
  cut(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { count } = this.request;
    if (count > 0) this.sender.add("traces", this.request.take(this.options.resource), count);
  }

  /** As `cut`, and with the spans of traces that have not ended. */
  finish(): void {
    this.keeper.finish();
    this.cut();
  }

  async forceFlush(): Promise<void> {
    this.cut();
    await this.sender.flush();
  }

  async shutdown(): Promise<void> {
    this.finish();
    this.isShut = true;
    await this.sender.flush();
  }

  private write(span: ReadableSpan, traceState?: string): void {
    try {
      this.request.add(span, traceState);
    } catch (error) {
      this.options.warn(`The span "${span.name}" could not be encoded and is left out: ${String(error)}.`);
      return;
    }
    if (this.request.count >= this.options.batchSpans || this.request.sizeBytes >= BATCH_BYTES) this.cut();
    else this.timer ??= setTimeout(() => this.cut(), this.options.delayMs).unref();
  }
}
