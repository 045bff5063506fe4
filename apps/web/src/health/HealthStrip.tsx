import type { Health } from "@throughline/contract";
import { Badge } from "../ui/Badge.tsx";
import { HealthParts, HealthWhy, TrendMark } from "./HealthScore.tsx";
import { comparedText, statusText } from "./healthText.ts";
import "./health.css";

/** The project's health on one line: the score, its parts, and why. */
export function HealthStrip({
  health,
  rangeText,
}: {
  readonly health: Health;
  /** "24 h": what the trend compares with is the same length before. */
  readonly rangeText: string;
}) {
  const { score, status } = health;
  return (
    <section class="health-strip" aria-label="Health">
      <div class="health-score">
        <h2>Health</h2>
        {score === null || status === null ? (
          <p class="health-number">
            <b>–</b>
          </p>
        ) : (
          <p class="health-number">
            <b>{Math.round(score)}</b> <span>/ 100</span>{" "}
            <Badge tone={statusText(status).tone}>{statusText(status).word}</Badge>{" "}
            <TrendMark health={health} />
          </p>
        )}
        <p class="muted">{health.reason ?? comparedText(health, rangeText)}</p>
      </div>
      <HealthParts health={health} hasText={false} />
      <HealthWhy health={health} name="this project" rangeText={rangeText}>
        Why?
      </HealthWhy>
    </section>
  );
}
