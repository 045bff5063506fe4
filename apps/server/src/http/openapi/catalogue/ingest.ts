import { browserEventsAnswer, webVitalsAnswer } from "@throughline/contract";
import type { RouteDoc, RouteDocs } from "../routeDoc.ts";

const tag = "ingest";
const refused = ["ingest_key_refused", "overloaded", "quota_exceeded", "body_too_large"] as const;

const otlp = (what: string): RouteDoc => ({
  tag,
  summary: `Takes ${what} by OTLP/HTTP, protobuf or JSON, gzip or zstd`,
  answer: "application/json",
  problems: ["unsupported_media_type", ...refused],
});

const vitals: RouteDoc = {
  tag,
  summary: "Takes web vitals of a page view",
  answer: webVitalsAnswer,
  statuses: [200, 202],
  problems: refused,
};
const events: RouteDoc = {
  tag,
  summary: "Takes what else a browser tells of a visit",
  answer: browserEventsAnswer,
  statuses: [200, 202],
  problems: refused,
};

export const INGEST: RouteDocs = {
  "POST /v1/traces": otlp("spans"),
  "POST /v1/metrics": otlp("metrics"),
  "POST /v1/logs": otlp("log records"),
  "POST /api/web-vitals": vitals,
  "POST /api/events": events,
};
