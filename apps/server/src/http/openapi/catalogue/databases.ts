import { databaseCheck, databaseList, databasePage, done } from "@throughline/contract";
import { z } from "zod";
import type { RouteDocs } from "../routeDoc.ts";
import { NO_SUCH_ID } from "./noSuchId.ts";

const tag = "databases";
const params = { id: NO_SUCH_ID };
const problems = ["unknown_database"] as const;

export const DATABASES: RouteDocs = {
  "GET /api/databases": {
    tag,
    summary: "PostgreSQL servers that are watched, and the product's own",
    answer: databaseList,
    example: { query: { project: "default" } },
  },
  "GET /api/databases/:id": {
    tag,
    summary: "One server: activity, locks, statements, tables, plans with advice",
    answer: databasePage,
    problems,
    example: { params, query: { range: "6h" } },
  },
  "POST /api/databases": {
    tag,
    summary: "Registers a server; its password is kept encrypted and never answered",
    answer: z.object({ id: z.string() }),
    problems: ["unknown_project", "invalid_input"],
    example: {
      body: {
        project: "default",
        name: "shop",
        host: "db.example.com",
        database: "shop",
        username: "throughline",
        password: "an example",
        isEnabled: false,
      },
    },
  },
  "PATCH /api/databases/:id": {
    tag,
    summary: "Changes a registration; another address needs the password again",
    answer: done,
    problems: ["unknown_database", "invalid_input"],
    example: { params, body: { everySeconds: 120 } },
  },
  "DELETE /api/databases/:id": {
    tag,
    summary: "Stops watching a server and forgets what was seen",
    answer: done,
    problems,
    example: { params },
  },
  "POST /api/databases/:id/check": {
    tag,
    summary: "Connects now and says what is missing, with the SQL that mends it",
    answer: databaseCheck,
    problems,
    example: { params },
  },
};
