import type { VitalsPage } from "@throughline/contract";
import { Icon } from "../ui/Icon.tsx";
import { budgetSentence, vitalText } from "./vitalText.ts";

/** What visitors suffer from now, at the top of the page. The element is always there, so that it is said when it comes. */
export function Critical({ vitals: { vitals, criticalIssues } }: { readonly vitals: VitalsPage }) {
  const poor = vitals.filter(({ rating }) => rating === "poor");
  const over = vitals.filter(({ budget, rating }) => budget.state === "over" && rating !== "poor");
  return (
    <div role="status" class="critical-place">
      {criticalIssues > 0 ? (
        <p class="critical">
          <Icon name="alert" />
          <span>
            <b>{criticalIssues === 1 ? "1 critical issue" : `${criticalIssues} critical issues`}:</b>{" "}
            {poor.map(({ name, value }) => `${name} is poor (${vitalText(name, value)})`).join(", ")}.
          </span>
        </p>
      ) : null}
      {over.length > 0 ? (
        <p class="critical critical-over">
          <Icon name="alert" />
          <span>
            <b>Over budget:</b>{" "}
            {over
              .map(
                ({ name, value, budget }) => `${name} ${vitalText(name, value)} (${targetOf(name, budget)})`,
              )
              .join(", ")}
            .
          </span>
        </p>
      ) : null}
    </div>
  );
}

function targetOf(...of: Parameters<typeof budgetSentence>): string {
  const [name, { target }] = of;
  return `target ${vitalText(name, target)}`;
}
