/** What every read needs: whose rows, of which project, in which time range. */
import { rangeQuery, resolveRange, type Project, type TimeRange } from "@throughline/contract";
import { z } from "zod";
import { DEFAULT_PROJECT, OWN_PROJECT, projectsOfTenant } from "../access/index.ts";
import type { ControlStore } from "../engines/control/index.ts";
import type { ScopedReader, TelemetryStore } from "../engines/telemetry/index.ts";
import { readProjectStatus } from "../insight/index.ts";
import { ProblemError } from "./problem.ts";

export const projectQuery = z.object({ project: z.string().min(1).max(100).optional() });
export const readQuery = projectQuery.extend(rangeQuery.shape);
export type ReadQuery = z.infer<typeof readQuery>;

export interface ReadContext {
  readonly project: Project;
  readonly reader: ScopedReader;
}

export interface RangedReadContext extends ReadContext {
  readonly range: TimeRange;
  readonly nowMs: number;
}

export interface ReadContexts {
  /** All projects that may be read, with what is known of their data. */
  projects(): Promise<Project[]>;
  /**
   * The named project. Without a name the first one that has data, so that a new installation shows itself until the
   * first application is connected.
   * @throws {ProblemError} unknown_project
   */
  read(query: { readonly project?: string | undefined }): Promise<ReadContext>;
  /** @throws {ProblemError} unknown_project, {RangeError400} */
  readRange(query: ReadQuery): Promise<RangedReadContext>;
}

export interface ReadContextOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "scoped">;
  readonly tenantId: string;
}

export function createReadContexts({ control, telemetry, tenantId }: ReadContextOptions): ReadContexts {
  const readerOf = (projectId: string) => telemetry.scoped({ tenantId, projectId });

  async function withStatus(record: { id: string; name: string }): Promise<Project> {
    return { id: record.id, name: record.name, ...(await readProjectStatus(readerOf(record.id))) };
  }

  async function chosen(wanted: string | undefined): Promise<Project> {
    const records = await projectsOfTenant(control, tenantId);
    const record = records.find(({ id }) => id === (wanted ?? DEFAULT_PROJECT));
    if (record === undefined)
      throw new ProblemError(
        "unknown_project",
        `There is no project ${JSON.stringify(wanted ?? DEFAULT_PROJECT)}; there are ${records.map(({ id }) => id).join(", ")}.`,
      );
    const project = await withStatus(record);
    if (wanted !== undefined || project.hasData) return project;
    const own = records.find(({ id }) => id === OWN_PROJECT);
    return own === undefined ? project : await withStatus(own);
  }

  async function read({ project: wanted }: { readonly project?: string | undefined }): Promise<ReadContext> {
    const project = await chosen(wanted);
    return { project, reader: readerOf(project.id) };
  }

  return {
    projects: async () =>
      await Promise.all((await projectsOfTenant(control, tenantId)).map((record) => withStatus(record))),
    read,
    async readRange(query) {
      const nowMs = Date.now();
      const range = resolveRange(query, nowMs);
      return { ...(await read(query)), range, nowMs };
    },
  };
}
