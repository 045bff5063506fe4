/** By field of the running schema's roots: the least document that asks for it. */
import {
  buildClientSchema,
  getIntrospectionQuery,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  isEnumType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
  type IntrospectionQuery,
} from "graphql";

export interface LeastDocument {
  /** `Query.slowQueries`. */
  readonly field: string;
  readonly query: string;
}

/**
 * @param ask answers a document as JSON: `{ data }`
 * @returns makes the documents, about a project
 */
export async function leastDocuments(
  ask: (query: string) => Promise<string>,
): Promise<(projectId: string) => readonly LeastDocument[]> {
  const { data } = JSON.parse(await ask(getIntrospectionQuery())) as { data: IntrospectionQuery };
  const schema = buildClientSchema(data);
  const roots = [
    [schema.getQueryType(), "query"],
    [schema.getMutationType(), "mutation"],
    [schema.getSubscriptionType(), "subscription"],
  ] as const;
  return (projectId) =>
    roots.flatMap(([type, kind]) =>
      Object.values(type?.getFields() ?? {}).map((field) => ({
        field: `${type?.name}.${field.name}`,
        query: `${kind} { ${field.name}${argumentsOf(field.args, projectId)}${selectionOf(field)} }`,
      })),
    );
}

function argumentsOf(args: readonly GraphQLArgument[], projectId: string): string {
  const given = args.flatMap((arg) => {
    if (arg.name === "facilityId") return [`facilityId: ${JSON.stringify(projectId)}`];
    return isRequiredArgument(arg) ? [`${arg.name}: ${valueOf(arg)}`] : [];
  });
  return given.length === 0 ? "" : `(${given.join(", ")})`;
}

function valueOf({ name, type }: GraphQLArgument): string {
  const named = getNamedType(type);
  const value = isEnumType(named)
    ? named.getValues()[0]?.name
    : { Int: "1", String: '"1m"', ID: '"x"' }[named.name];
  if (value === undefined) throw new Error(`What is a value of ${name}: ${named.name}?`);
  return value;
}

/** Its first part that is no object. */
function selectionOf(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type);
  if (!isObjectType(type)) return "";
  const leaf = Object.values(type.getFields()).find((part) => isLeafType(getNamedType(part.type)));
  if (leaf === undefined) throw new Error(`${type.name} has no part that is no object.`);
  return ` { ${leaf.name} }`;
}
