/** What every read needs: whose rows, of which project, in which time range. */
import { rangeQuery, resolveRange, type Project, type TimeRange } from "@throughline/contract";
import { z } from "zod";
import {
  createProjectLists,
  DEFAULT_PROJECT,
  maySeeProject,
  OWN_PROJECT,
  type ProjectLists,
  type ProjectRecord,
  type TenantPrincipal,
} from "../access/index.ts";
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

export interface BoundProject {
  readonly record: ProjectRecord;
  readonly reader: ScopedReader;
}

export interface RangedReadContext extends ReadContext {
  readonly range: TimeRange;
  readonly nowMs: number;
}

export interface ReadContexts {
  /** All projects that the caller may read, with what is known of their data. */
  projects(of: TenantPrincipal): Promise<Project[]>;
  /**
   * The named project, bound: all that a read of telemetry needs of access.
   * @throws {ProblemError} unknown_project
   */
  bound(of: TenantPrincipal, projectId: string): Promise<BoundProject>;
  /**
   * The named project. Without a name the first one that has data, so that a new installation shows itself until the
   * first application is connected. One that the caller may not see does not exist for them.
   * @throws {ProblemError} unknown_project
   */
  read(of: TenantPrincipal, query: { readonly project?: string | undefined }): Promise<ReadContext>;
  /** @throws {ProblemError} unknown_project, {RangeError400} */
  readRange(of: TenantPrincipal, query: ReadQuery): Promise<RangedReadContext>;
}

export interface ReadContextOptions {
  readonly control: ControlStore;
  readonly telemetry: Pick<TelemetryStore, "scoped">;
  /** Those that changes of projects are told to; by default lists of their own, which hear of them after seconds. */
  readonly lists?: ProjectLists;
}

export function createReadContexts(options: ReadContextOptions): ReadContexts {
  const { control, telemetry, lists = createProjectLists(control) } = options;
  const readerOf = (tenantId: string, projectId: string) => telemetry.scoped({ tenantId, projectId });

  async function withStatus(tenantId: string, { id, name }: ProjectRecord): Promise<Project> {
    return { id, name, ...(await readProjectStatus(readerOf(tenantId, id))) };
  }

  async function visible(of: TenantPrincipal): Promise<readonly ProjectRecord[]> {
    const records = await lists.now(of.tenantId);
    return records.filter(({ id }) => maySeeProject(of, id));
  }

  async function bound(of: TenantPrincipal, projectId: string): Promise<BoundProject> {
    const record = maySeeProject(of, projectId) ? await lists.find(of.tenantId, projectId) : null;
    if (record === null) throw unknownProject(projectId, await visible(of));
    return { record, reader: readerOf(of.tenantId, record.id) };
  }

  async function chosen(of: TenantPrincipal, wanted: string | undefined): Promise<Project> {
    if (wanted !== undefined) return await withStatus(of.tenantId, (await bound(of, wanted)).record);
    const records = await visible(of);
    // The usual one first, the product's own last.
    const inOrder = records.toSorted((a, b) => rankOf(a.id) - rankOf(b.id));
    const [usual] = inOrder;
    if (usual === undefined) throw unknownProject(undefined, records);
    for (const record of inOrder) {
      const project = await withStatus(of.tenantId, record);
      if (project.hasData) return project;
    }
    return await withStatus(of.tenantId, usual);
  }

  async function read(of: TenantPrincipal, { project: wanted }: { readonly project?: string | undefined }) {
    const project = await chosen(of, wanted);
    return { project, reader: readerOf(of.tenantId, project.id) };
  }

  return {
    projects: async (of) =>
      await Promise.all((await visible(of)).map((record) => withStatus(of.tenantId, record))),
    bound,
    read,
    async readRange(of, query) {
      const nowMs = Date.now();
      const range = resolveRange(query, nowMs);
      return { ...(await read(of, query)), range, nowMs };
    },
  };
}

function rankOf(projectId: string): number {
  if (projectId === DEFAULT_PROJECT) return 0;
  return projectId === OWN_PROJECT ? 2 : 1;
}

function unknownProject(wanted: string | undefined, records: readonly ProjectRecord[]): ProblemError {
  const there = records.length === 0 ? "none that you may see" : records.map(({ id }) => id).join(", ");
  const what =
    wanted === undefined ? "There is no project yet" : `There is no project ${JSON.stringify(wanted)}`;
  return new ProblemError("unknown_project", `${what}; there are ${there}.`);
}
