import {
  budgetEvents,
  budgetList,
  done,
  sourceMapList,
  sourceMapRow,
  visit,
  visitsPage,
  vitalBreakdown,
  vitalPages,
  vitalsPage,
} from "@throughline/contract";
import { z } from "zod";
import type { RouteDocs } from "../routeDoc.ts";
import { NO_SUCH_ID } from "./noSuchId.ts";

const tag = "sites";
const query = { project: "default", range: "7d" };
const params = { id: NO_SUCH_ID };

export const SITES: RouteDocs = {
  "GET /api/web-vitals": {
    tag,
    summary: "Web vitals of a site or a page, judged against their targets",
    answer: vitalsPage,
    example: { query: { ...query, page: "/checkout" } },
  },
  "GET /api/web-vitals/pages": {
    tag,
    summary: "Web vitals page by page",
    answer: vitalPages,
    example: { query },
  },
  "GET /api/web-vitals/breakdown": {
    tag,
    summary: "Web vitals by device, country, connection and release",
    answer: vitalBreakdown,
    example: { query },
  },
  "GET /api/visits": {
    tag,
    summary: "Visits as browsers told of them",
    answer: visitsPage,
    problems: ["invalid_cursor"],
    example: { query },
  },
  "GET /api/visits/:sessionId": {
    tag,
    summary: "One visit, page view by page view",
    answer: visit,
    problems: ["unknown_visit"],
    example: { params: { sessionId: "no-such-visit" } },
  },
  "GET /api/budgets": {
    tag,
    summary: "Performance budgets and who changed them",
    answer: budgetList,
    example: { query: { project: "default" } },
  },
  "GET /api/budgets/events": {
    tag,
    summary: "When budgets were left and met again",
    answer: budgetEvents,
    example: { query: { project: "default", limit: "20" } },
  },
  "POST /api/budgets": {
    tag,
    summary: "Sets a budget",
    answer: z.object({ id: z.string() }),
    problems: ["invalid_input", "already_exists"],
    example: {
      body: {
        project: "default",
        page: "/checkout",
        device: "mobile",
        metric: "LCP",
        target: 2000,
        ownerId: null,
        note: "",
      },
    },
  },
  "PATCH /api/budgets/:id": {
    tag,
    summary: "Changes a budget",
    answer: done,
    problems: ["invalid_input", "unknown_budget", "already_exists"],
    example: { params, body: { target: 2500 } },
  },
  "DELETE /api/budgets/:id": {
    tag,
    summary: "Deletes a budget",
    answer: done,
    problems: ["unknown_budget"],
    example: { params },
  },
  "GET /api/source-maps": { tag, summary: "Source maps of sites", answer: sourceMapList },
  "POST /api/source-maps": {
    tag,
    summary: "Takes a source map, with which places in a bundle become places in its sources",
    answer: sourceMapRow,
    statuses: [201],
    problems: ["invalid_input", "unknown_project", "body_too_large"],
    example: {
      body: {
        project: "default",
        release: "1.4.0",
        fileUrl: "/assets/app.js",
        map: { version: 3, sources: ["app.ts"], names: [], mappings: "AAAA" },
      },
    },
  },
  "DELETE /api/source-maps/:id": {
    tag,
    summary: "Deletes a source map",
    answer: done,
    problems: ["unknown_source_map"],
    example: { params },
  },
};
