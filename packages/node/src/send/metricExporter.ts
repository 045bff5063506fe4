/** Metrics on the same way out as spans. */
import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { ProtobufMetricsSerializer } from "@opentelemetry/otlp-transformer";
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import type { OtlpSender } from "./sender.ts";

export class MetricExporter implements PushMetricExporter {
  private readonly sender: OtlpSender;

  constructor(sender: OtlpSender) {
    this.sender = sender;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    try {
      const points = metrics.scopeMetrics
        .flatMap((scope) => scope.metrics)
        .reduce((sum, metric) => sum + metric.dataPoints.length, 0);
      const body = points === 0 ? undefined : ProtobufMetricsSerializer.serializeRequest(metrics);
      if (body !== undefined) this.sender.add("metrics", body, points);
      done({ code: ExportResultCode.SUCCESS });
    } catch (error) {
      done({
        code: ExportResultCode.FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      });
    }
  }

  selectAggregationTemporality(): AggregationTemporality {
    return AggregationTemporality.CUMULATIVE;
  }

  async forceFlush(): Promise<void> {
    await this.sender.flush();
  }

  async shutdown(): Promise<void> {
    await this.sender.flush();
  }
}
