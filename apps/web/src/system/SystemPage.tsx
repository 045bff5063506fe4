/** The product's own health: what is wrong and what to do first, then how it works. */
import type { SystemPage as SystemData } from "@throughline/contract";
import { useLive } from "../data/live.ts";
import type { PageProps } from "../page.ts";
import { toPerformance } from "../paths.ts";
import { StatusDot, type Tone } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { Age } from "../ui/Time.tsx";
import { Findings } from "./Findings.tsx";
import { IngestChart } from "./IngestChart.tsx";
import { LedgerTable } from "./LedgerTable.tsx";
import { OwnTraces } from "./OwnTraces.tsx";
import { QueryTable } from "./QueryTable.tsx";
import { SystemFacts } from "./SystemFacts.tsx";
import { StoredTables } from "./StoredTables.tsx";
import "./system.css";

const STATUS: Readonly<Record<SystemData["status"], readonly [Tone, string]>> = {
  ok: ["good", "All is well"],
  degraded: ["warn", "Something needs a look"],
  down: ["bad", "Data is not stored or can't be read"],
};

export function SystemPage({ data, update, search }: PageProps<SystemData>) {
  const system = data.value;
  useLive({ topics: ["system"], project: "throughline" }, { system: (event) => update(() => event) });
  const [tone, text] = STATUS[system.status];
  return (
    <div class="stack">
      <p class="system-status">
        <StatusDot tone={tone} /> <b>{text}</b>
        <span class="muted">
          version {system.version}, started <Age ms={system.startedAtMs} />,{" "}
          <a class="link underlined" href={toPerformance(search)}>
            speed of these pages
          </a>
        </span>
      </p>
      <Findings findings={system.findings} />
      <SystemFacts system={system} />
      <IngestChart history={system.history} fetchedAtMs={system.fetchedAtMs} />
      <Card title="Ingest ledger, last hour" isFlush aside="received = stored + waiting + refused">
        <LedgerTable rows={system.ledger} />
      </Card>
      <div class="two">
        <Card title="Questions to the telemetry store" isFlush aside="since the start">
          <QueryTable queries={system.queries} />
        </Card>
        <Card title="Own slowest requests, last hour">
          <OwnTraces traces={system.ownTraces} />
        </Card>
      </div>
      <Card title="Stored tables" isFlush>
        <StoredTables tables={system.tables} />
      </Card>
    </div>
  );
}
