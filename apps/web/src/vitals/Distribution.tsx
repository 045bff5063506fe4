import type { VitalReading } from "@throughline/contract";
import { formatShare } from "../ui/format.ts";

/** Shares of good, middling and poor page views: a bar, and the same in words. */
export function Distribution({ of }: { readonly of: VitalReading["distribution"] }) {
  const { good, needsImprovement, poor } = of;
  const total = good + needsImprovement + poor;
  const parts = [
    { name: "good", count: good, tone: "good" },
    { name: "needs improvement", count: needsImprovement, tone: "warn" },
    { name: "poor", count: poor, tone: "bad" },
  ];
  let before = 0;
  return (
    <div class="distribution">
      <svg class="distribution-bar" aria-hidden="true">
        {parts.map(({ name, count, tone }) => {
          const x = (before / total) * 100;
          before += count;
          return (
            <rect
              key={name}
              class={`tone-${tone}`}
              x={`${x}%`}
              width={`${(count / total) * 100}%`}
              height="100%"
            />
          );
        })}
      </svg>
      <ul class="distribution-legend">
        {parts.map(({ name, count, tone }) => (
          <li key={name}>
            <i class={`tone-${tone}`} aria-hidden="true" />
            {name} <b>{formatShare(count / total)} %</b>
          </li>
        ))}
      </ul>
    </div>
  );
}
