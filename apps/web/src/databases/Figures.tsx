import type { DatabaseSnapshot } from "@throughline/contract";
import { Card } from "../ui/Card.tsx";
import {
  formatBytes,
  formatDuration,
  formatNumber,
  formatShare,
  formatShortCount,
  UNKNOWN,
} from "../ui/format.ts";

/** The last look in numbers, and what it could not see. */
export function Figures({ snapshot }: { readonly snapshot: DatabaseSnapshot }) {
  const { figures, connections, replication, gaps, sinceMs } = snapshot;
  const known = (value: number | null, format: (value: number) => string): string =>
    value === null ? UNKNOWN : format(value);
  const entries: readonly (readonly [string, string, string?])[] = [
    [
      "Connections",
      `${known(figures.connections, formatShortCount)} of ${known(figures.connectionsMax, formatShortCount)}`,
      connections.map(({ state, count }) => `${count} ${state}`).join(", "),
    ],
    ["Cache hits", figures.cacheHitRatio === null ? UNKNOWN : `${formatShare(figures.cacheHitRatio)} %`],
    ["Commits", known(figures.commitsPerSecond, (value) => `${formatNumber(value)}/s`)],
    ["Rollbacks", known(figures.rollbacksPerSecond, (value) => `${formatNumber(value)}/s`)],
    ["Deadlocks", known(figures.deadlocks, formatShortCount)],
    [
      "Temporary files",
      known(figures.tempFiles, formatShortCount),
      figures.tempBytes === null || figures.tempBytes === 0 ? "" : formatBytes(figures.tempBytes),
    ],
    ["Size", known(figures.sizeBytes, formatBytes)],
    ...replication.map(
      ({ client, lagMs, lagBytes }) =>
        [`Lag of ${client}`, known(lagMs, formatDuration), known(lagBytes, formatBytes)] as const,
    ),
  ];
  return (
    <Card
      title="Now"
      aside={sinceMs === null ? "rates need a second look" : `rates of the last ${formatDuration(sinceMs)}`}
    >
      <dl class="database-figures">
        {entries.map(([term, value, note]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>
              {value}
              {note === undefined || note === "" ? null : <small>{note}</small>}
            </dd>
          </div>
        ))}
      </dl>
      {gaps.map(({ part, text }) => (
        <p key={part} class="database-said">
          Not seen: {part}. {text}
        </p>
      ))}
    </Card>
  );
}
