import type { Project } from "@throughline/contract";
import { OWN_PROJECT } from "./ownProject.ts";
import { Connect } from "../help/Connect.tsx";
import { Card } from "../ui/Card.tsx";
import { useApp } from "../data/appState.ts";
import { toHelp } from "../paths.ts";
import "./onboarding.css";

/** A project without data: how to send some. */
export function Onboarding({ project }: { readonly project: Project }) {
  const { search } = useApp().view.value;
  return (
    <div class="stack">
      <Card title={project.id === OWN_PROJECT ? "No data yet" : `${project.name} has no data yet`}>
        <p class="onboarding-lead">
          Point any OpenTelemetry SDK at this address and this page fills by itself, usually within a second
          of the first request. Only traces are needed for response times, rates and errors; logs and metrics
          join them.
        </p>
        <Connect projectId={project.id} />
        <p class="muted">
          Something else?{" "}
          <a href={toHelp(search)}>More ways to connect, and what to do when nothing arrives.</a>
        </p>
      </Card>
    </div>
  );
}
