import { done, errorList, errorPage, releaseDiff, releaseList } from "@throughline/contract";
import type { RouteDocs } from "../routeDoc.ts";

const tag = "monitoring";
const params = { fingerprint: "1" };
const range = { project: "default", range: "7d" };

export const ERRORS: RouteDocs = {
  "GET /api/errors": {
    tag,
    summary: "Errors by fingerprint, with what people decided about them",
    answer: errorList,
    problems: ["invalid_cursor"],
    example: { query: { ...range, state: "unresolved" } },
  },
  "GET /api/errors/:fingerprint": {
    tag,
    summary: "One error: its course, releases, places, occurrences and history",
    answer: errorPage,
    problems: ["unknown_error"],
    example: { params, query: range },
  },
  "POST /api/errors/:fingerprint/state": {
    tag,
    summary: "Resolves, ignores or reopens an error",
    answer: done,
    problems: ["unknown_error", "invalid_input"],
    example: { params, body: { status: "resolved", project: "default", release: "1.4.0" } },
  },
  "PUT /api/errors/:fingerprint/owner": {
    tag,
    summary: "Gives an error to a member, or to nobody",
    answer: done,
    problems: ["unknown_error", "invalid_input"],
    example: { params, body: { project: "default", ownerId: null } },
  },
  "GET /api/releases": {
    tag,
    summary: "Releases of services, by when they were first seen",
    answer: releaseList,
    example: { query: { project: "default" } },
  },
  "GET /api/releases/diff": {
    tag,
    summary: "What is new, gone, bigger and slower in release b against release a",
    answer: releaseDiff,
    problems: ["unknown_release"],
    example: { query: { project: "default", service: "web", a: "1.3.0", b: "1.4.0" } },
  },
};
