import type { RouteOptions } from "fastify";
import { isAction } from "../../access/roles.ts";
import type { ProblemCode } from "../problem.ts";
import type { RouteDoc } from "./routeDoc.ts";

const ALWAYS: readonly ProblemCode[] = ["rate_limited", "internal", "store_unavailable"];
const OF_CALLERS: readonly ProblemCode[] = ["sign_in_required", "setup_required", "forbidden", "too_busy"];
const OF_ORGANISATIONS: readonly ProblemCode[] = ["key_refused", "unknown_organisation"];
const OF_CHANGES: readonly ProblemCode[] = [
  "cross_site",
  "unknown_host",
  "body_too_large",
  "unsupported_media_type",
];

/** Every code that a route may refuse with: by its permission, its method and its parameters, and its own. */
export function problemsOf(doc: RouteDoc, route: RouteOptions): ProblemCode[] {
  const permission = route.config?.permission ?? "public";
  const { querystring, params, body } = route.schema ?? {};
  const isChange = ![route.method].flat().includes("GET");
  const takes = (name: string): boolean =>
    typeof querystring === "object" && querystring !== null && "shape" in querystring
      ? Object.hasOwn(querystring.shape as object, name)
      : false;
  const codes: readonly (readonly ProblemCode[])[] = [
    ALWAYS,
    permission === "public" || permission === "ingest:write" ? [] : OF_CALLERS,
    isAction(permission) ? OF_ORGANISATIONS : [],
    isChange && permission !== "ingest:write" ? OF_CHANGES : [],
    querystring !== undefined || params !== undefined || body !== undefined ? ["invalid_query"] : [],
    takes("range") ? ["invalid_range", "query_timeout"] : [],
    takes("project") ? ["unknown_project"] : [],
    doc.problems ?? [],
  ];
  return [...new Set(codes.flat())];
}
