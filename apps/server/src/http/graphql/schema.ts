import { buildSchema, GraphQLError, type GraphQLSchema, Kind, type ValueNode } from "graphql";
import { z } from "zod";
import { refuseUndeclaredFields } from "./fieldPermissions.ts";
import { TYPE_DEFS } from "./typeDefs.ts";

const dateTime = z.iso.datetime({ offset: true });

/** @throws when a field of a root has no permission */
export function createSchema(typeDefs = TYPE_DEFS): GraphQLSchema {
  const schema = buildSchema(typeDefs);
  refuseUndeclaredFields(schema);
  const scalar = schema.getType("DateTime");
  if (scalar !== undefined && "parseLiteral" in scalar)
    Object.assign(scalar, {
      serialize: (value: unknown) => (value instanceof Date ? value.toISOString() : value),
      parseValue: toDate,
      parseLiteral: (node: ValueNode) => toDate(node.kind === Kind.STRING ? node.value : undefined),
    });
  return schema;
}

function toDate(value: unknown): Date {
  const parsed = dateTime.safeParse(value);
  if (!parsed.success) throw new GraphQLError("A DateTime is written as 2026-05-31T12:00:00Z.");
  return new Date(parsed.data);
}
