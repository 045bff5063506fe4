/**
 * The OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1): parameters and bodies are the zod schemas that the
 * routes check requests with; answers and sentences come from the catalogue.
 */
import { problem } from "@throughline/contract";
import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema, RouteOptions } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { isAction, PERMISSIONS, type Permission, ROLES, roleMay } from "../../access/roles.ts";
import { PROBLEMS, type ProblemCode } from "../problem.ts";
import { ROUTE_DOCS } from "./catalogue/index.ts";
import { problemsOf } from "./problemsOf.ts";
import { reachableShapes } from "./reachable.ts";
import { type RouteDoc, TAGS } from "./routeDoc.ts";
import { schemaRegistry } from "./schemas.ts";

declare module "fastify" {
  interface FastifyInstance {
    /** Made once, when it is first asked for: all routes are known then. */
    openApiDocument(): Readonly<Record<string, unknown>>;
  }
}

const PROBLEM_TYPE = "application/problem+json";
const DESCRIPTION = `Everything the pages show and do. Sign in with a cookie, or send an API key: \`authorization: Bearer tl_api_…\`.
Refusals are RFC 9457 problem details; \`code\` is stable. Times are milliseconds since the epoch, durations milliseconds.`;

const toJsonSchema = createJsonSchemaTransform({ schemaRegistry });

/** Pages and files are no part of the API. */
export function isDocumented(url: string): boolean {
  return /^\/(api|v1|graphql)\b/.test(url) || ["/livez", "/readyz", "/startupz"].includes(url);
}

async function plugin(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.1",
      info: { title: "Throughline", version: "1", description: DESCRIPTION },
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          apiKey: {
            type: "http",
            scheme: "bearer",
            description: "An API key with the scope of the permission",
          },
          session: { type: "apiKey", in: "cookie", name: "tl_session_token" },
        },
      },
    },
    exposeHeadRoutes: false,
    convertConstToEnum: false,
    transform: (given) => {
      const { route, url } = given;
      const doc = docOf(route);
      if (doc === undefined || !isDocumented(url)) return { url, schema: { hide: true } };
      // Only the document has them: what is answered is not checked again while it is sent.
      const schema = { ...given.schema, response: answersOf(doc, route) } as FastifySchema;
      return toJsonSchema({ ...given, schema: { ...schema, ...wordsOf(doc, route) } as FastifySchema });
    },
    transformObject: createJsonSchemaTransformObject({ schemaRegistry }),
  });
  let document: Readonly<Record<string, unknown>> | null = null;
  app.decorate("openApiDocument", () => (document ??= finished(app.swagger() as unknown as OpenApi)));
}

export const openApi = fastifyPlugin(plugin, { name: "open-api" });

function docOf(route: RouteOptions): RouteDoc | undefined {
  const [method] = [route.method].flat();
  return ROUTE_DOCS[`${method} ${route.url}`];
}

function wordsOf(doc: RouteDoc, route: RouteOptions): object {
  const permission = route.config?.permission ?? "public";
  const isOpen = permission === "public" || permission === "ingest:write";
  return {
    summary: doc.summary,
    description: `Permission: \`${permission}\`. ${whoMay(permission)}`,
    tags: [doc.tag],
    operationId: operationIdOf(`${[route.method].flat()[0]} ${route.url}`),
    security: isOpen ? [] : isAction(permission) ? [{ session: [] }, { apiKey: [] }] : [{ session: [] }],
    "x-permission": permission,
  };
}

function whoMay(permission: Permission): string {
  const roles = isAction(permission)
    ? ROLES.filter((role) => roleMay(role, permission, true)).join(", ")
    : "";
  return `${PERMISSIONS[permission]}${roles === "" ? "" : ` (${roles})`}`;
}

function operationIdOf(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+(.)/g, (_all, next: string) => next.toUpperCase())
    .replaceAll(/[^a-zA-Z0-9]/g, "");
}

interface Answer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType }>>;
}

function answersOf(doc: RouteDoc, route: RouteOptions): Readonly<Record<string, Answer>> {
  const good = (doc.statuses ?? [200]).map((status) => [status, goodAnswer(doc)] as const);
  const refused = Object.entries(Object.groupBy(problemsOf(doc, route), (code) => PROBLEMS[code].status)).map(
    ([status, codes]) => [status, refusal(codes ?? [])] as const,
  );
  return Object.fromEntries([
    ...refused,
    ...good.map(([status, answer]) => [String(status), answer] as const),
  ]);
}

function goodAnswer({ answer }: RouteDoc): Answer {
  if (answer === null)
    return { description: "Goes on elsewhere", content: { "text/plain": { schema: z.string() } } };
  if (typeof answer === "string") return { description: "Good", content: { [answer]: { schema: z.any() } } };
  return { description: "Good", content: { "application/json": { schema: answer } } };
}

function refusal(codes: readonly ProblemCode[]): Answer {
  return {
    description: codes.map((code) => `\`${code}\` ${PROBLEMS[code].title}`).join("; "),
    content: { [PROBLEM_TYPE]: { schema: problem } },
  };
}

export interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  parameters?: { name: string; in: string; required?: boolean; schema: object; example?: unknown }[];
  requestBody?: { content: Record<string, { schema: object; example?: unknown }> };
  readonly responses: Record<
    string,
    { description: string; content?: Record<string, { schema: Record<string, unknown> }> }
  >;
  readonly "x-permission": Permission;
}
export interface OpenApi extends Record<string, unknown> {
  readonly paths: Record<string, Record<string, Operation>>;
}

function finished(document: OpenApi): OpenApi {
  const components = document.components as { readonly schemas?: Readonly<Record<string, unknown>> };
  const shapes = components.schemas ?? {};
  const used = reachableShapes(document.paths, shapes);
  const schemas = Object.fromEntries(Object.entries(shapes).filter(([name]) => used.has(name)));
  return withExamples({ ...document, components: { ...components, schemas } });
}

/** Of routes' own words: whatever they are called with stands beside the parameter it is for. */
function withExamples(document: OpenApi): OpenApi {
  for (const [name, { example }] of Object.entries(ROUTE_DOCS)) {
    const [method = "", url = ""] = name.split(" ");
    const operation = document.paths[url.replaceAll(/:(\w+)/g, "{$1}")]?.[method.toLowerCase()];
    if (operation === undefined || example === undefined) continue;
    const values: Readonly<Record<string, string>> = { ...example.params, ...example.query };
    for (const parameter of operation.parameters ?? [])
      if (values[parameter.name] !== undefined) parameter.example = values[parameter.name];
    const content = operation.requestBody?.content["application/json"];
    if (content !== undefined && example.body !== undefined) content.example = example.body;
  }
  return document;
}
