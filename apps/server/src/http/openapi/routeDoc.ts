/** What the API document says of a route beyond what the route itself declares (permission, parameters, body). */
import type { z } from "zod";
import type { ProblemCode } from "../problem.ts";

export const TAGS = {
  monitoring: "Telemetry: what services did, and how well",
  sites: "Visitors of sites: vitals, visits, budgets",
  databases: "Databases: PostgreSQL servers that are watched",
  operations: "Deployments, changes, dashboards and the product's own state",
  ingest: "Sending telemetry",
  access: "Organisations, members, keys, the audit log",
  account: "Signing in, and one's own account",
} as const;
export type Tag = keyof typeof TAGS;

/** A request that can be sent as it is. Where it names something that does not exist, its answer is a documented problem. */
export interface RouteExample {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RouteDoc {
  readonly tag: Tag;
  readonly summary: string;
  /** Body of a good answer: its shape, or the media type of what is not JSON; null: no body. */
  readonly answer: z.ZodType | string | null;
  /** Good answers have these; 200 unless said. */
  readonly statuses?: readonly number[];
  /** Beyond those that every route of its permission and parameters may answer with. */
  readonly problems?: readonly ProblemCode[];
  readonly example?: RouteExample;
}

/** By method and pattern, `GET /api/overview`. */
export type RouteDocs = Readonly<Record<string, RouteDoc>>;
