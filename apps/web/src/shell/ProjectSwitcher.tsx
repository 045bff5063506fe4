import type { Project } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toProject } from "../paths.ts";
import { Icon } from "../ui/Icon.tsx";
import { StatusDot } from "../ui/Badge.tsx";
import { Age } from "../ui/Time.tsx";

/** Links to the projects' overviews, in a native popover: Escape and a click outside close it. */
export function ProjectSwitcher() {
  const { projects, data, view } = useApp();
  const current =
    shownProject(data.value) ?? projects.value.find(({ id }) => id === view.value.search.get("project"));
  if (projects.value.length === 0) return null;
  const label = current?.name ?? "Projects";
  return (
    <div class="switcher">
      <button
        type="button"
        class="shell-button switcher-button"
        popovertarget="projects"
        aria-label={`Project: ${label}`}
      >
        <Icon name="project" />
        <span>{label}</span>
        <Icon name="chevron" />
      </button>
      <div id="projects" popover="auto" class="menu">
        <p class="menu-title">Projects</p>
        {projects.value.map((project) => (
          <a
            key={project.id}
            class="menu-item"
            href={toProject(project.id, view.value.search)}
            aria-current={project.id === current?.id ? "true" : undefined}
          >
            <StatusDot tone={project.hasData ? "good" : "neutral"} />
            <span>{project.name}</span>
            <small class="muted">
              {project.lastSeenMs === null ? "no data yet" : <Age ms={project.lastSeenMs} />}
            </small>
          </a>
        ))}
      </div>
    </div>
  );
}

/** Most pages say whose data they show. */
export function shownProject(data: unknown): Project | null {
  if (typeof data !== "object" || data === null || !("project" in data)) return null;
  const { project } = data;
  return typeof project === "object" && project !== null && "id" in project && "name" in project
    ? (project as Project)
    : null;
}
