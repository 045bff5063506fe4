import type { Project } from "@throughline/contract";
import { useRef } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { refreshProjects } from "../data/projects.ts";
import { toHelp } from "../paths.ts";
import { ButtonLink } from "../ui/Button.tsx";
import { OWN_PROJECT } from "./ownProject.ts";
import "./onboarding.css";

const ASK_EVERY_MS = 5000;

/** Said while the product shows itself because nothing else has sent data yet. */
export function ObservingItself({
  project,
  isChosen,
}: {
  readonly project: Project;
  readonly isChosen: boolean;
}) {
  const { search } = useApp().view.value;
  if (project.id !== OWN_PROJECT || isChosen) return null;
  return (
    <aside class="banner">
      <p>
        <b>Throughline is observing itself</b> until your first data arrives. All numbers below are real.
      </p>
      <ButtonLink href={toHelp(search)} kind="primary">
        Connect an app
      </ButtonLink>
    </aside>
  );
}

/**
 * While the product shows itself, each live event is a reason to look whether another project has data by now: then the
 * page is fetched again, and shows that project. Returns what to call on an event.
 */
export function useFirstData(project: Project): () => void {
  const app = useApp();
  const askedAtMs = useRef(0);
  return () => {
    const isWaiting = project.id === OWN_PROJECT && !app.view.value.search.has("project");
    if (!isWaiting || Date.now() - askedAtMs.current < ASK_EVERY_MS) return;
    askedAtMs.current = Date.now();
    void refreshProjects(app).then(async (projects) => {
      if (projects.some(({ id, hasData }) => id !== OWN_PROJECT && hasData)) await app.refetch();
    });
  };
}
