import type { QuotaKind } from "@throughline/contract";

export const KIND_TEXT: Readonly<Record<QuotaKind, string>> = {
  spans: "Spans",
  logs: "Logs",
  points: "Metric points",
  events: "Events",
};
