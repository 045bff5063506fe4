/** Everything found that costs requests time, and what was looked for. */
import type { Bottleneck, BottleneckList } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { Onboarding } from "../overview/Onboarding.tsx";
import type { PageProps } from "../page.ts";
import { toEndpoint } from "../paths.ts";
import { Badge } from "../ui/Badge.tsx";
import { Card } from "../ui/Card.tsx";
import { EmptyState } from "../ui/States.tsx";
import { formatShare, formatShortCount } from "../ui/format.ts";
import { evidenceLinks, severityText, subjectHref, typeText } from "./bottleneckText.ts";
import "./bottlenecks.css";

export function BottlenecksPage({ data }: PageProps<BottleneckList>) {
  const { project, bottlenecks, checks } = data.value;
  if (!project.hasData) return <Onboarding project={project} />;
  return (
    <div class="stack">
      {bottlenecks.length === 0 ? (
        <Card title="Bottlenecks">
          <EmptyState title="None found in this range">
            What was looked for, and what could not be, is below.
          </EmptyState>
        </Card>
      ) : (
        bottlenecks.map((each) => <Finding key={each.id} bottleneck={each} />)
      )}
      <Card title="What is looked for">
        <dl class="bottleneck-checks">
          {checks.map(({ type, isChecked, text }) => (
            <div key={type}>
              <dt>
                {typeText(type)} {isChecked ? null : <Badge>not checked</Badge>}
              </dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
        <p class="muted">
          Statements and endpoints are judged over the whole range and over its last 3 minutes; processes and
          pools over its last hour at most.
        </p>
      </Card>
    </div>
  );
}

function Finding({ bottleneck }: { readonly bottleneck: Bottleneck }) {
  const { search } = useApp().view.value;
  const { word, tone } = severityText(bottleneck.severity);
  const { service, affectedEndpoints, shareOfRequestTime, requestsAffected } = bottleneck;
  return (
    <Card
      title={
        <>
          {typeText(bottleneck.type)} <Badge tone={tone}>{word}</Badge>
        </>
      }
      aside={service}
    >
      <div class="bottleneck">
        <a class="bottleneck-subject" href={subjectHref(bottleneck, search)} title={bottleneck.subject}>
          {bottleneck.subject}
        </a>
        <p>
          {bottleneck.description} {bottleneck.impact}
        </p>
        <p>
          <b>What to do</b> {bottleneck.recommendation}
        </p>
        <dl class="bottleneck-facts">
          <div>
            <dt>Of request time</dt>
            <dd>{shareOfRequestTime === null ? "not known" : `${formatShare(shareOfRequestTime)} %`}</dd>
          </div>
          <div>
            <dt>Requests affected</dt>
            <dd>{requestsAffected === null ? "not known" : formatShortCount(requestsAffected)}</dd>
          </div>
          <div>
            <dt>Endpoints it hurts</dt>
            <dd>
              {affectedEndpoints.length === 0
                ? "none that takes requests"
                : affectedEndpoints.map((endpoint) => (
                    <a class="link" key={endpoint.route} href={toEndpoint(endpoint, search)}>
                      {endpoint.route === "" ? "no route" : endpoint.route}
                    </a>
                  ))}
            </dd>
          </div>
          <div>
            <dt>Evidence</dt>
            <dd>
              {evidenceLinks(bottleneck, search).map(({ href, text }) => (
                <a class="link" key={href} href={href}>
                  {text}
                </a>
              ))}
            </dd>
          </div>
        </dl>
      </div>
    </Card>
  );
}
