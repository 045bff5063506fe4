/** Deployments and releases as charts mark them: each leads to what changed around it. */
import type { Marker } from "@throughline/contract";
import { toChanges } from "../paths.ts";
import type { ChartMarker } from "../ui/chart/TimeChart.tsx";

export function chartMarkers(markers: readonly Marker[], keep: URLSearchParams): ChartMarker[] {
  return markers.map(({ id, timeMs, label, service, status }) => ({
    id,
    timeMs,
    label,
    href: toChanges({ metric: "p95", service, at: String(timeMs) }, keep),
    tone: status === "failed" ? "bad" : status === "started" || status === "cancelled" ? "muted" : "accent",
  }));
}
