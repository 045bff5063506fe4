import type { Bottleneck, BottleneckSeverity } from "@throughline/contract";
import { traceIdOrNull } from "../routes.ts";
import { affected, type Definition, megabytes, requestNsOf, type WindowFacts } from "./facts.ts";

export const PAYLOAD_BYTES_MIN = 500_000;
export const PAYLOAD_REQUESTS_MIN = 10;

export const largePayloadDefinition: Definition = {
  type: "LARGE_PAYLOAD",
  text: `An endpoint with at least ${PAYLOAD_REQUESTS_MIN} requests whose answers or requests have ${PAYLOAD_BYTES_MIN / 1000} kB and more on average.`,
};

export function largePayloads({ endpoints, when }: WindowFacts): Bottleneck[] {
  return endpoints.flatMap((each): Bottleneck[] => {
    const { service, route, requests, requestBytes, responseBytes } = each;
    if (requests < PAYLOAD_REQUESTS_MIN) return [];
    const isResponse = responseBytes >= requestBytes;
    const bytes = Math.max(responseBytes, requestBytes) / requests;
    if (bytes < PAYLOAD_BYTES_MIN) return [];
    const requestNs = requestNsOf(service, endpoints);
    return [
      {
        id: `LARGE_PAYLOAD ${service} ${route}`,
        type: "LARGE_PAYLOAD",
        severity: severityOf(bytes),
        service,
        subject: route,
        description: `${isResponse ? "Answers" : "Requests"} of ${megabytes(bytes)} on average over ${requests} requests ${when}.`,
        impact: `${megabytes(bytes * requests)} in all; a phone at 10 Mbit/s needs ${(bytes / 1.25e6).toFixed(1)} s for one.`,
        recommendation: isResponse
          ? "Send what the caller shows: page the list, leave out fields, and compress. Files belong on a file server or CDN."
          : "Let callers send less at a time, or upload files straight to a file store.",
        shareOfRequestTime: requestNs === 0 ? null : each.totalNs / requestNs,
        requestsAffected: requests,
        affectedEndpoints: affected(service, [route]),
        evidence: {
          traceId: traceIdOrNull(each.slowestTraceId),
          queryHash: null,
          instance: null,
          plan: null,
        },
      },
    ];
  });
}

function severityOf(bytes: number): BottleneckSeverity {
  if (bytes >= 10e6) return "CRITICAL";
  if (bytes >= 2.5e6) return "HIGH";
  return bytes >= 1e6 ? "MEDIUM" : "LOW";
}
