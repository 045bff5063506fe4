import type { Project, ProjectList } from "@throughline/contract";
import { fetchApi } from "./api.ts";
import type { AppState } from "./appState.ts";

/** Asks again which projects there are and which have data. @returns them as they are now; as before when it failed */
export async function refreshProjects({ projects }: AppState): Promise<readonly Project[]> {
  const { data, problem } = await fetchApi("/api/projects");
  if (problem === null) projects.value = (data as ProjectList).projects;
  return projects.value;
}
