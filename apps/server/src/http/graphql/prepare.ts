/** From a request's text to an operation that may be executed: parsed, within limits, valid. */
import { createHash } from "node:crypto";
import {
  type DocumentNode,
  getOperationAST,
  GraphQLError,
  type GraphQLSchema,
  NoSchemaIntrospectionCustomRule,
  type OperationTypeNode,
  parse,
  specifiedRules,
  validate,
} from "graphql";
import { z } from "zod";
import { DOCUMENT_LIMITS, withinLimits } from "./limits.ts";

export const graphqlBody = z.object({
  query: z.string().max(DOCUMENT_LIMITS.bodyBytesMax).optional(),
  operationName: z.string().max(200).nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  extensions: z
    .object({
      persistedQuery: z
        .object({ version: z.literal(1), sha256Hash: z.string().regex(/^[0-9a-f]{64}$/) })
        .optional(),
    })
    .nullish(),
});
export type GraphqlBody = z.infer<typeof graphqlBody>;

export interface Operation {
  readonly document: DocumentNode;
  readonly kind: OperationTypeNode;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>> | null;
}

/** What is wrong with a document; its answer has `status`. */
export class DocumentError extends Error {
  readonly errors: readonly GraphQLError[];
  readonly status: number;
  constructor(errors: readonly GraphQLError[], status = 400) {
    super(errors.map(({ message }) => message).join(" "));
    this.name = "DocumentError";
    this.errors = errors;
    this.status = status;
  }
}

/** Of all organisations together; the oldest is forgotten first. */
const PERSISTED_MAX = 500;
const ERRORS_MAX = 10;

export interface Caller {
  readonly tenantId: string;
  /** Signed-in people may ask what the schema is. */
  readonly mayIntrospect: boolean;
}

export function createPreparer(schema: GraphQLSchema) {
  /** By organisation and hash: https://www.apollographql.com/docs/apollo-server/performance/apq */
  const persisted = new Map<string, string>();

  function textOf({ query, extensions }: GraphqlBody, { tenantId }: Caller): string {
    const hash = extensions?.persistedQuery?.sha256Hash;
    if (query !== undefined) {
      if (hash !== undefined && createHash("sha256").update(query).digest("hex") !== hash)
        throw refusal("The hash is not that of the document.", "invalid_query");
      return query;
    }
    if (hash === undefined) throw refusal("Send a document as 'query'.", "invalid_query");
    const known = persisted.get(`${tenantId} ${hash}`);
    // In the words and with the status that clients of the protocol look for.
    if (known === undefined) throw refusal("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND", 200);
    return known;
  }

  /** @throws {DocumentError} */
  return function prepare(body: GraphqlBody, caller: Caller): Operation {
    const text = textOf(body, caller);
    const document = parsed(text);
    // First the limits alone: other rules take long on a document made to be large.
    const rules = caller.mayIntrospect
      ? specifiedRules
      : [...specifiedRules, NoSchemaIntrospectionCustomRule];
    const excesses = validate(schema, document, [withinLimits]);
    const problems =
      excesses.length > 0 ? excesses : validate(schema, document, rules, { maxErrors: ERRORS_MAX });
    if (problems.length > 0) throw new DocumentError(problems.map((problem) => withCode(problem)));
    const operation = getOperationAST(document, body.operationName);
    if (!operation) throw refusal("'operationName' must name an operation of the document.", "invalid_query");
    const hash = body.extensions?.persistedQuery?.sha256Hash;
    if (hash !== undefined) remember(`${caller.tenantId} ${hash}`, text);
    return {
      document,
      kind: operation.operation,
      operationName: body.operationName ?? null,
      variables: body.variables ?? null,
    };
  };

  function remember(key: string, text: string): void {
    persisted.delete(key);
    persisted.set(key, text);
    const [oldest] = persisted.keys();
    if (persisted.size > PERSISTED_MAX && oldest !== undefined) persisted.delete(oldest);
  }
}

function parsed(text: string): DocumentNode {
  try {
    return parse(text, { maxTokens: DOCUMENT_LIMITS.tokensMax, noLocation: false });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const isLarge = /more tha[tn] \d+ tokens/.test(error.message);
    throw new DocumentError([withCode(error, isLarge ? "document_too_large" : undefined)]);
  }
}

function refusal(message: string, code: string, status = 400): DocumentError {
  return new DocumentError([new GraphQLError(message, { extensions: { code } })], status);
}

function withCode(error: GraphQLError, code: unknown = error.extensions.code): GraphQLError {
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    extensions: { code: typeof code === "string" ? code : "invalid_query" },
  });
}
