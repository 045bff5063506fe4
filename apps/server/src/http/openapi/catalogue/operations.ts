import {
  dashboardAggregate,
  deploymentAnswer,
  deploymentPage,
  markerPage,
  ownPerformance,
  systemPage,
} from "@throughline/contract";
import type { RouteDocs } from "../routeDoc.ts";

const tag = "operations";
const query = { project: "default", range: "7d" };

export const OPERATIONS: RouteDocs = {
  "GET /api/deployments": {
    tag,
    summary: "Deployments, newest first",
    answer: deploymentPage,
    problems: ["invalid_cursor"],
    example: { query },
  },
  "POST /api/deployments": {
    tag,
    summary: "Records a deployment; the same id again updates it",
    answer: deploymentAnswer,
    statuses: [200, 201],
    problems: ["unknown_project", "invalid_input"],
    example: {
      body: {
        id: "build-512",
        project: "default",
        service: "web",
        release: "1.4.0",
        environment: "production",
        gitSha: "0a1b2c3d4e5f",
        status: "succeeded",
        startedAt: "2026-11-20T10:00:00Z",
        finishedAt: "2026-11-20T10:04:30Z",
      },
    },
  },
  "PATCH /api/deployments/:id": {
    tag,
    summary: "Says how a deployment went on",
    answer: deploymentAnswer,
    problems: ["unknown_project", "unknown_deployment", "invalid_input"],
    example: { params: { id: "no-such-build" }, body: { project: "default", status: "failed" } },
  },
  "GET /api/markers": {
    tag,
    summary: "Moments that charts mark: deployments and first-seen releases",
    answer: markerPage,
    example: { query },
  },
  "GET /api/admin/dashboard/aggregate": {
    tag,
    summary: "Everything a dashboard opens with; a source that fails is null and fails nothing else",
    answer: dashboardAggregate,
    example: { query: { project: "default" } },
  },
  "GET /api/admin/dashboard/stream": {
    tag,
    summary: "Server-sent events of what open pages watch",
    answer: "text/event-stream",
    problems: ["too_many_connections"],
    example: { query: { project: "default", topics: "overview", range: "1h" } },
  },
  "GET /api/system": { tag, summary: "The product's own health", answer: systemPage },
  "GET /api/system/performance": {
    tag,
    summary: "How fast the product's own pages are",
    answer: ownPerformance,
  },
};
