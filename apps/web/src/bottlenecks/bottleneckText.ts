import type { Bottleneck, BottleneckSeverity, BottleneckType } from "@throughline/contract";
import { toDatabase, toEndpoint, toQuery, toResources, toTrace } from "../paths.ts";
import type { Tone } from "../ui/Badge.tsx";

const TYPES: Readonly<Record<BottleneckType, string>> = {
  SLOW_QUERY: "Slow query",
  HIGH_CPU: "High CPU",
  MEMORY_LEAK: "Memory leak",
  CONNECTION_POOL_EXHAUSTION: "Connection pool exhausted",
  N_PLUS_ONE_QUERY: "N+1 query",
  UNINDEXED_QUERY: "Missing index",
  LARGE_PAYLOAD: "Large payload",
};

const SEVERITIES: Readonly<Record<BottleneckSeverity, { readonly word: string; readonly tone: Tone }>> = {
  CRITICAL: { word: "critical", tone: "bad" },
  HIGH: { word: "high", tone: "bad" },
  MEDIUM: { word: "medium", tone: "warn" },
  LOW: { word: "low", tone: "neutral" },
};

export const typeText = (type: BottleneckType): string => TYPES[type];
export const severityText = (severity: BottleneckSeverity) => SEVERITIES[severity];

/** Where the thing itself is shown: its statement, its endpoint or its process. */
export function subjectHref(
  { type, service, subject, evidence }: Bottleneck,
  search: URLSearchParams,
): string {
  if (evidence.queryHash !== null) return toQuery(evidence.queryHash, search);
  if (type === "LARGE_PAYLOAD") return toEndpoint({ service, route: subject }, search);
  return toResources({ service, instance: evidence.instance ?? "" }, search);
}

export function evidenceLinks(
  bottleneck: Bottleneck,
  search: URLSearchParams,
): { readonly href: string; readonly text: string }[] {
  const { evidence, service } = bottleneck;
  const { traceId, queryHash, instance, plan } = evidence;
  return [
    ...(traceId === null ? [] : [{ href: toTrace(traceId, search), text: "A trace that shows it" }]),
    ...(queryHash === null ? [] : [{ href: toQuery(queryHash, search), text: "The statement" }]),
    ...(plan === null
      ? []
      : [
          {
            href: toDatabase(plan.databaseId, search, "plans", plan.statementId),
            text: `Its plan in ${plan.databaseName}`,
          },
        ]),
    ...(instance === null ? [] : [{ href: toResources({ service, instance }, search), text: "Its charts" }]),
  ];
}
