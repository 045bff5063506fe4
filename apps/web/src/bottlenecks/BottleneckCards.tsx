/** The worst few on the overview. */
import type { Bottleneck } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toBottlenecks } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { severityText, subjectHref, typeText } from "./bottleneckText.ts";
import "./bottlenecks.css";

export function BottleneckCards({ bottlenecks }: { readonly bottlenecks: readonly Bottleneck[] }) {
  const { search } = useApp().view.value;
  return (
    <Card
      title="Bottlenecks"
      aside={
        <a class="link" href={toBottlenecks(search)}>
          {bottlenecks.length === 0 ? "What is looked for" : "All, with advice"}
        </a>
      }
    >
      {bottlenecks.length === 0 ? (
        <p class="card-empty">None found in this range.</p>
      ) : (
        <ul class="bottleneck-cards">
          {bottlenecks.map((each) => {
            const { word, tone } = severityText(each.severity);
            return (
              <li key={each.id}>
                <p class="bottleneck-kind">
                  <b>{typeText(each.type)}</b> <Badge tone={tone}>{word}</Badge>
                </p>
                <a class="bottleneck-subject" href={subjectHref(each, search)} title={each.subject}>
                  {each.subject}
                </a>
                <small>{each.service}</small>
                <p>{each.description}</p>
                <p class="muted">{each.impact}</p>
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
