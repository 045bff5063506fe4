/**
 * Exporters that hand the product's own telemetry to its own ingest: same journal, same tables, project `throughline`.
 * No HTTP, and no span is made of it, so that telemetry about telemetry can't grow.
 */
import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import {
  ProtobufLogsSerializer,
  ProtobufMetricsSerializer,
  ProtobufTraceSerializer,
  type ISerializer,
} from "@opentelemetry/otlp-transformer";
import type { LogRecordExporter } from "@opentelemetry/sdk-logs";
import type { PushMetricExporter } from "@opentelemetry/sdk-metrics";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import type { Ingest, Sender, Signal } from "../ingest/index.ts";

export interface OwnExporters {
  readonly traces: SpanExporter;
  readonly logs: LogRecordExporter;
  readonly metrics: PushMetricExporter;
}

export function createOwnExporters(ingest: Pick<Ingest, "accept">, sender: Sender): OwnExporters {
  async function send<Request>(
    signal: Signal,
    serializer: ISerializer<Request, unknown>,
    request: Request,
  ): Promise<ExportResult> {
    try {
      const body = serializer.serializeRequest(request);
      if (body === undefined) throw new Error(`The ${signal} could not be serialised.`);
      await ingest.accept({
        signal,
        encoding: "protobuf",
        compression: "identity",
        sender,
        body,
        receivedAtMs: Date.now(),
      });
      return { code: ExportResultCode.SUCCESS };
    } catch (error) {
      return {
        code: ExportResultCode.FAILED,
        error: error instanceof Error ? error : new Error(String(error)),
      };
    }
  }

  const end = { shutdown: async () => {}, forceFlush: async () => {} };
  return {
    traces: {
      ...end,
      export: (spans, done) => void send("traces", ProtobufTraceSerializer, spans).then(done),
    },
    logs: {
      ...end,
      export: (records, done) => void send("logs", ProtobufLogsSerializer, records).then(done),
    },
    metrics: {
      ...end,
      export: (metrics, done) => void send("metrics", ProtobufMetricsSerializer, metrics).then(done),
    },
  };
}
