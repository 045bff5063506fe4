/** `/graphql`: questions by POST, persisted ones by GET as well, and `/graphql/stream` for subscriptions over SSE. */
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { execute, type ExecutionResult, GraphQLError, OperationTypeNode } from "graphql";
import { createHandler } from "graphql-sse/lib/use/fastify";
import { z } from "zod";
import { tenantPrincipalOf } from "../../access/index.ts";
import { ProblemError, PROBLEMS, toProblem } from "../problem.ts";
import { DOCUMENT_LIMITS } from "./limits.ts";
import { createPreparer, DocumentError, type GraphqlBody, graphqlBody, type Operation } from "./prepare.ts";
import { createQuestions, type GraphqlContext, type QuestionOptions } from "./questions.ts";
import { createSchema } from "./schema.ts";

const STREAMS_MAX = 500;
/** The least of what fields need; each field is checked by itself. */
const PERMISSION = "telemetry:read";

const json = (name: string) =>
  z
    .string()
    .max(DOCUMENT_LIMITS.bodyBytesMax)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: "custom", message: `${name} must be JSON` });
        return z.NEVER;
      }
    });
/** Only documents that are known already: an address is written into logs. */
const persistedQuery = z.object({
  operationName: z.string().max(200).optional(),
  variables: json("variables").pipe(z.record(z.string(), z.unknown())).optional(),
  extensions: json("extensions").pipe(graphqlBody.shape.extensions.unwrap().unwrap()),
});

export const graphqlRoutes: FastifyPluginAsyncZod<QuestionOptions> = async (app, options) => {
  const schema = createSchema();
  const prepare = createPreparer(schema);
  const { Query, Subscription } = createQuestions(options);
  const streams = new Set<AbortController>();
  app.addHook("onSend", async (_request, reply) => {
    reply.header("cache-control", "no-store");
  });

  function prepared(request: FastifyRequest, body: GraphqlBody): Operation {
    const { tenantId, kind } = tenantPrincipalOf(request);
    return prepare(body, { tenantId, mayIntrospect: kind !== "api-key" });
  }

  async function answer(request: FastifyRequest, reply: FastifyReply, body: GraphqlBody) {
    try {
      const operation = prepared(request, body);
      if (operation.kind !== OperationTypeNode.QUERY)
        throw new DocumentError([
          new GraphQLError("Subscriptions are taken at /graphql/stream.", {
            extensions: { code: "invalid_query" },
          }),
        ]);
      const result = await execute({
        schema,
        document: operation.document,
        operationName: operation.operationName,
        variableValues: operation.variables,
        rootValue: Query,
        contextValue: contextOf(request, new AbortController().signal),
      });
      return withProblems(request, result);
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error;
      reply.code(error.status);
      return { errors: error.errors };
    }
  }

  app.post(
    "/graphql",
    {
      bodyLimit: DOCUMENT_LIMITS.bodyBytesMax,
      config: { permission: PERMISSION, rateLimit: "read" },
      schema: { body: graphqlBody },
    },
    (request, reply) => answer(request, reply, request.body),
  );

  app.get(
    "/graphql",
    { config: { permission: PERMISSION, rateLimit: "read" }, schema: { querystring: persistedQuery } },
    (request, reply) => answer(request, reply, request.query),
  );

  const handle = createHandler<GraphqlContext & Record<PropertyKey, unknown>>({
    schema,
    onSubscribe: (request, params) => {
      try {
        const body = graphqlBody.parse({ ...params, extensions: undefined });
        const operation = prepared(request.raw, body);
        if (operation.kind !== OperationTypeNode.SUBSCRIPTION)
          throw new DocumentError([
            new GraphQLError("Questions are taken at /graphql, subscriptions here.", {
              extensions: { code: "invalid_query" },
            }),
          ]);
        const { document, operationName, variables } = operation;
        const ending = new AbortController();
        streams.add(ending);
        request.context.reply.raw.once("close", () => {
          streams.delete(ending);
          ending.abort();
        });
        return {
          schema,
          document,
          operationName: operationName ?? undefined,
          variableValues: variables ?? undefined,
          rootValue: Subscription,
          contextValue: contextOf(request.raw, ending.signal),
        };
      } catch (error) {
        const errors = error instanceof DocumentError ? error.errors : [errorOf(request.raw, error)];
        const status =
          error instanceof DocumentError ? 400 : toProblem(error).code === "internal" ? 500 : 400;
        return [
          JSON.stringify({ errors }),
          { status, statusText: "Refused", headers: { "content-type": "application/json; charset=utf-8" } },
        ];
      }
    },
    onOperation: (_context, request, _args, result) =>
      "errors" in result ? withProblems(request.raw, result) : undefined,
    onNext: (_context, request, result) => withProblems(request.raw, result as ExecutionResult),
  });

  const stream = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    if (streams.size >= STREAMS_MAX)
      throw new ProblemError("too_many_connections", `${STREAMS_MAX} subscriptions are open already.`, {
        retryAfterSeconds: 30,
      });
    reply.header("cache-control", "no-cache, no-transform").header("x-accel-buffering", "no");
    reply.header("x-content-type-options", "nosniff");
    reply.hijack();
    try {
      await handle(request, reply);
    } catch (err) {
      request.log.error({ err }, "A subscription ended unexpectedly.");
      reply.raw.destroy();
    }
  };
  const long = { permission: PERMISSION, rateLimit: "live", isLongLived: true } as const;
  app.post(
    "/graphql/stream",
    { bodyLimit: DOCUMENT_LIMITS.bodyBytesMax, config: long, schema: { body: graphqlBody } },
    stream,
  );
  app.get(
    "/graphql/stream",
    {
      config: long,
      exposeHeadRoute: false,
      schema: { querystring: z.object({ query: z.string().max(DOCUMENT_LIMITS.bodyBytesMax) }) },
    },
    stream,
  );
  // Before the server waits for open requests, which these are.
  app.addHook("preClose", async () => {
    for (const ending of streams) ending.abort();
  });
};

const contextOf = (
  request: FastifyRequest,
  ended: AbortSignal,
): GraphqlContext & Record<PropertyKey, unknown> => ({ request, ended });

function withProblems(request: FastifyRequest, result: ExecutionResult): ExecutionResult {
  if (result.errors === undefined) return result;
  return {
    ...result,
    errors: result.errors.map((error) => {
      if (error.originalError === undefined && error.extensions.code !== undefined) return error;
      return errorOf(request, error.originalError ?? error, error);
    }),
  };
}

/** Coercion of arguments fails without an original error: that is the caller's fault. */
function errorOf(request: FastifyRequest, thrown: unknown, at?: GraphQLError): GraphQLError {
  const isCallers = thrown instanceof GraphQLError;
  const problem = isCallers ? new ProblemError("invalid_query", thrown.message) : toProblem(thrown);
  if (problem.code === "internal") request.log.error({ err: thrown }, "A GraphQL field failed unexpectedly.");
  return new GraphQLError(problem.message, {
    nodes: at?.nodes,
    path: at?.path,
    extensions: {
      code: problem.code,
      status: PROBLEMS[problem.code].status,
      ...(problem.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: problem.retryAfterSeconds }),
    },
  });
}
