/** What each field of the API's roots needs, in the actions of access/roles.ts. One that is not here can't be asked for. */
import type { GraphQLSchema } from "graphql";
import type { ActionName } from "../../access/index.ts";

export const FIELD_PERMISSIONS: Readonly<Record<string, ActionName>> = {
  "Query.performanceOverview": "telemetry:read",
  "Query.slowQueries": "telemetry:read",
  "Query.endpointMetrics": "telemetry:read",
  "Query.resourceUtilization": "telemetry:read",
  "Query.databasePoolMetrics": "telemetry:read",
  "Subscription.performanceOverview": "telemetry:read",
};

/**
 * Fields below a root are parts of its answer and need what it needs: no type leads back to a root.
 * @throws when the schema and the table differ, so that the server does not start
 */
export function refuseUndeclaredFields(schema: GraphQLSchema): void {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const fields = roots.flatMap((type) =>
    type ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );
  const undeclared = fields.filter((field) => !Object.hasOwn(FIELD_PERMISSIONS, field));
  const unknown = Object.keys(FIELD_PERMISSIONS).filter((field) => !fields.includes(field));
  if (undeclared.length + unknown.length > 0)
    throw new Error(
      `GraphQL fields without a permission: ${undeclared.join(", ") || "none"}; permissions without a field: ${unknown.join(", ") || "none"}.`,
    );
}
