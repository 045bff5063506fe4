/** OpenTelemetry's log processor: records gather for a moment and leave together. */
import { ProtobufLogsSerializer } from "@opentelemetry/otlp-transformer";
import type { LogRecordProcessor, ReadWriteLogRecord } from "@opentelemetry/sdk-logs";
import type { OtlpSender } from "./sender.ts";

const BATCH_RECORDS = 512;

export class LogSink implements LogRecordProcessor {
  private records: ReadWriteLogRecord[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly sender: OtlpSender;
  private readonly delayMs: number;
  private readonly warn: (text: string) => void;

  constructor(sender: OtlpSender, delayMs: number, warn: (text: string) => void) {
    this.sender = sender;
    this.delayMs = delayMs;
    this.warn = warn;
  }

  onEmit(record: ReadWriteLogRecord): void {
    this.records.push(record);
    if (this.records.length >= BATCH_RECORDS) this.cut();
    else this.timer ??= setTimeout(() => this.cut(), this.delayMs).unref();
  }

  /** Hands what gathered to the sender now. */
  cut(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const { records } = this;
    if (records.length === 0) return;
    this.records = [];
    try {
      const body = ProtobufLogsSerializer.serializeRequest(records);
      if (body !== undefined) this.sender.add("logs", body, records.length);
    } catch (error) {
      this.warn(`${records.length} log records could not be encoded and are left out: ${String(error)}.`);
    }
  }

  async forceFlush(): Promise<void> {
    this.cut();
    await this.sender.flush();
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
  }
}
