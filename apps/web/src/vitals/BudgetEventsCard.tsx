import type { BudgetEvent } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toVitals } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { formatCount, formatShare } from "../ui/format.ts";
import { Time } from "../ui/Time.tsx";
import { vitalText } from "./vitalText.ts";

/** Breaches and recoveries with what was seen, newest first. */
export function BudgetEventsCard({ events }: { readonly events: readonly BudgetEvent[] }) {
  const { search } = useApp().view.value;
  return (
    <Card
      title="Breaches and recoveries"
      aside={<span class="muted">of the last 24 h at the time each</span>}
    >
      {events.length === 0 ? (
        <p class="card-text muted">
          None so far. A page is over its budget once the whole 95 % interval of its p75 over 24 hours is
          above the target, from 200 page views on; it recovers when all of it is within.
        </p>
      ) : (
        <ol class="budget-events">
          {events.map(({ id, kind, atMs, page, device, metric, target, p75, low, high, n, overCount }) => (
            <li key={id}>
              <Badge tone={kind === "breach" ? "bad" : "good"}>{kind}</Badge>
              <span>
                <b>{metric}</b>{" "}
                {page === "" ? (
                  "of the whole site"
                ) : (
                  <>
                    of{" "}
                    <a class="link" href={toVitals({ page, ...(device === null ? {} : { device }) }, search)}>
                      {page}
                    </a>
                  </>
                )}
                {device === null ? "" : ` on ${device}`}: {vitalText(metric, p75)} ({vitalText(metric, low)}{" "}
                to {vitalText(metric, high)}), target {vitalText(metric, target)};{" "}
                {formatShare(overCount / n)} % of {formatCount(n)} page views above it
              </span>
              <Time ms={atMs} precision="minute" />
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}
