/** Four panels of facts: what comes in, what waits, the two stores, the process. */
import type { SystemPage } from "@throughline/contract";
import type { ComponentChildren } from "preact";
import { Card } from "../ui/Card.tsx";
import { Age } from "../ui/Time.tsx";
import { formatBytes, formatCount, formatDuration, formatNumber, formatShare } from "../ui/format.ts";

const SIGNALS = [
  ["traces", "Spans"],
  ["logs", "Log lines"],
  ["metrics", "Metric points"],
] as const;

const BREAKER_STATES = {
  closed: "answers",
  open: "given up on",
  "half-open": "tried again",
} as const;

export function SystemFacts({ system }: { readonly system: SystemPage }) {
  const { ingest, telemetry, control, process } = system;
  const refused = Object.entries(ingest.refusedTotal);
  return (
    <div class="facts">
      <Card title="Ingest" aside={ingest.state}>
        <dl>
          {SIGNALS.map(([signal, label]) => (
            <Fact key={signal} label={label}>
              {formatNumber(ingest.ratePerSecond[signal] ?? 0)}/s
              <small>{formatCount(ingest.acceptedTotal[signal] ?? 0)} since the start</small>
            </Fact>
          ))}
          <Fact label="Acknowledged in">
            {formatDuration(ingest.ackP50Ms)}
            <small>p99 {formatDuration(ingest.ackP99Ms)}</small>
          </Fact>
          <Fact label="Refused">
            {formatCount(refused.reduce((sum, [, count]) => sum + count, 0))}
            <small>{refused.map(([reason, count]) => `${reason} ${formatCount(count)}`).join(", ")}</small>
          </Fact>
        </dl>
      </Card>
      <Card title="Journal" aside={`${formatCount(ingest.journalSegments)} segments`}>
        <dl>
          <Fact label="Waiting">
            {formatBytes(ingest.journalBytes)}
            <small>
              {formatShare(ingest.journalBytes / ingest.journalLimitBytes)} % of{" "}
              {formatBytes(ingest.journalLimitBytes)}
            </small>
          </Fact>
          <Fact label="Oldest waiting row">
            {ingest.oldestUnstoredAgeMs === null ? "none" : formatDuration(ingest.oldestUnstoredAgeMs)}
          </Fact>
          <Fact label="Last stored">
            {ingest.lastStoredAtMs === null ? "nothing yet" : <Age ms={ingest.lastStoredAtMs} />}
          </Fact>
          <Fact label="Set aside">{formatCount(ingest.quarantinedSegments)}</Fact>
          <Fact label="Folded into (other)">{formatCount(ingest.overflowedTotal)}</Fact>
        </dl>
      </Card>
      {(system.breakers ?? []).length > 0 && (
        <Card title="Outside services">
          <dl>
            {system.breakers?.map(({ service, state, sinceMs, trips }) => (
              <Fact key={service} label={service}>
                {BREAKER_STATES[state]}
                <small>
                  {sinceMs === null ? "" : <Age ms={sinceMs} />}
                  {trips > 0 && ` · given up on ${formatCount(trips)} times`}
                </small>
              </Fact>
            ))}
          </dl>
        </Card>
      )}
      <Card title="Stores" aside={telemetry.ok && control.ok ? "both answer" : "not answering"}>
        <dl>
          <Fact label="Telemetry">
            {telemetry.backend}
            <small>{telemetry.version}</small>
          </Fact>
          <Fact label="Memory">
            {formatBytes(telemetry.memoryBytes)}
            <small>of {formatBytes(telemetry.memoryLimitBytes)}</small>
          </Fact>
          <Fact label="On disk">
            {formatBytes(telemetry.diskBytes)}
            <small>
              {formatCount(telemetry.rows)} rows, {formatCount(telemetry.activeParts)} parts
            </small>
          </Fact>
          <Fact label="Control">
            {control.backend}
            <small>{control.version}</small>
          </Fact>
          <Fact label="Answers in">
            {formatDuration(control.latencyMs)}
            <small>{formatBytes(control.diskBytes)}</small>
          </Fact>
        </dl>
      </Card>
      <Card title="Process" aside={`up ${formatDuration(process.uptimeSeconds * 1000)}`}>
        <dl>
          <Fact label="Memory">
            {formatBytes(process.rssBytes)}
            <small>JavaScript {formatBytes(process.heapUsedBytes)}</small>
          </Fact>
          <Fact label="Processor">
            {formatNumber(process.cpuRatio * 100)} %<small>of one core; {process.cores} there</small>
          </Fact>
          <Fact label="Event loop delay p99">{formatDuration(process.eventLoopDelayP99Ms)}</Fact>
          <Fact label="Free disk">{formatBytes(process.diskFreeBytes)}</Fact>
          <Fact label="Open live pages">
            {formatCount(system.live.connections)}
            <small>{formatCount(system.live.eventsPerMinute)} events/min</small>
          </Fact>
        </dl>
      </Card>
    </div>
  );
}

function Fact({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}
