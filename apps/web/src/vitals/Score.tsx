/** One number for all vitals, and how it came about. */
import type { VitalsPage } from "@throughline/contract";
import { VITAL_THRESHOLDS, VITAL_WEIGHTS } from "@throughline/contract/vitalConstants";
import { useState } from "preact/hooks";
import { Button } from "../ui/Button.tsx";
import { Card } from "../ui/Card.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { formatShare, UNKNOWN } from "../ui/format.ts";
import { Table, type Column } from "../ui/Table.tsx";
import { vitalText } from "./vitalText.ts";

type ScoredVital = VitalsPage["score"]["vitals"][number];

/** As Lighthouse colours its own. */
const GOOD_SCORE = 90;
const POOR_SCORE = 50;

export function toneOfScore(score: number | null): "good" | "warn" | "bad" | "muted" {
  if (score === null) return "muted";
  return score >= GOOD_SCORE ? "good" : score >= POOR_SCORE ? "warn" : "bad";
}

export function Score({ vitals }: { readonly vitals: VitalsPage }) {
  const [isOpen, setOpen] = useState(false);
  const { score } = vitals.score;
  return (
    <Card
      title="Overall score"
      class="score"
      aside={
        <Button kind="quiet" onClick={() => setOpen(true)}>
          How it is computed
        </Button>
      }
    >
      <p class="score-value">
        <b class={toneOfScore(score)}>{score ?? UNKNOWN}</b> <span>of 100</span>
      </p>
      <p class="muted">
        {score === null
          ? "Not enough data: it takes 200 page views each of vitals that make up half of its weight."
          : "From what visitors measured: 90 and more is good, under 50 poor."}
      </p>
      {isOpen ? <Formula vitals={vitals} onClose={() => setOpen(false)} /> : null}
    </Card>
  );
}

const COLUMNS = (vitals: VitalsPage): readonly Column<ScoredVital>[] => [
  { id: "name", head: "Vital", isMain: true, cell: ({ name }) => name },
  {
    id: "p75",
    head: "p75",
    align: "end",
    cell: ({ name }) => {
      const found = vitals.vitals.find((vital) => vital.name === name);
      return found === undefined ? UNKNOWN : vitalText(name, found.value);
    },
  },
  {
    id: "score",
    head: "Score",
    align: "end",
    cell: ({ score }) => (score === null ? "under 200 views" : score),
  },
  { id: "weight", head: "Weight", align: "end", cell: ({ weight }) => `${formatShare(weight)} %` },
];

function Formula({ vitals, onClose }: { readonly vitals: VitalsPage; readonly onClose: () => void }) {
  const weights = Object.entries(VITAL_WEIGHTS).map(([name, weight]) => `${name} ${formatShare(weight)}`);
  const { LCP } = VITAL_THRESHOLDS;
  return (
    <Dialog title="How the score is computed" onClose={onClose}>
      <div class="form">
        <p>
          Each vital is scored by its p75 as Lighthouse does: 90 at the published “good” threshold, 50 at the
          “poor” one (for LCP {vitalText("LCP", LCP.good)} and {vitalText("LCP", LCP.poor)}), along a
          log-normal curve:
        </p>
        <p>
          <code>score = 100 · Φ(−1.2816 · ln(p75 / poor) / ln(poor / good))</code>
        </p>
        <p>
          The overall score is their mean with the weights {weights.join(", ")} %. The weight of a vital that
          is not known is shared by the others.
        </p>
        <Table
          caption="Scores of the vitals"
          columns={COLUMNS(vitals)}
          rows={vitals.score.vitals}
          rowKey={({ name }) => name}
        />
        <div class="form-buttons">
          <Button onClick={onClose}>Close</Button>
        </div>
      </div>
    </Dialog>
  );
}
