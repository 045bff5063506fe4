/**
 * What a route may ask for. In this first version everybody on this machine may read everything and nobody else may
 * read anything; sign-in and roles replace `accessPlugin.ts`, not these names.
 */
export const PERMISSIONS = {
  public: "Open to everybody: no tenant's data.",
  "ingest:write": "Send telemetry: the route finds out its sender itself (authenticateSender).",
  "telemetry:read": "Read traces, logs, metrics, errors and everything made of them.",
  "system:read": "Read the product's own health.",
} as const;

export type Permission = keyof typeof PERMISSIONS;

declare module "fastify" {
  interface FastifyContextConfig {
    /** Every route declares one: `{ config: { permission: "telemetry:read" } }`. */
    permission?: Permission;
  }
}
