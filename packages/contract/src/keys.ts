/** Ingest keys and API keys on the wire. Times are milliseconds since the epoch. */
import { z } from "zod";
import { days, name, projectId, why } from "./accessFields.ts";

const keyState = z.enum(["active", "expiring", "expired", "revoked", "without-maker"]);
export type KeyState = z.infer<typeof keyState>;

const keyFields = {
  id: z.string(),
  name: z.string(),
  /** Its first characters. */
  prefix: z.string(),
  state: keyState,
  createdAtMs: z.number(),
  createdBy: z.string(),
  lastUsedAtMs: z.number().nullable(),
  expiresAtMs: z.number().nullable(),
  revokedAtMs: z.number().nullable(),
  /** Id of the key it took over from. */
  replaces: z.string().nullable(),
};

export const ingestKey = z.object({
  ...keyFields,
  projectId: z.string(),
  kind: z.enum(["server", "browser"]),
  allowedOrigins: z.array(z.string()),
});
export type IngestKey = z.infer<typeof ingestKey>;
/** `GET /api/ingest-keys` */
export const ingestKeyList = z.object({ keys: z.array(ingestKey) });
export type IngestKeyList = z.infer<typeof ingestKeyList>;

/** `https://shop.example`, `https://*.shop.example` or `http://localhost:5173`: no path. */
export const siteOrigin = z
  .string()
  .trim()
  .toLowerCase()
  .max(300)
  .regex(/^https?:\/\/(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:\d{1,5})?$|^https?:\/\/\[[0-9a-f:]+\](:\d{1,5})?$/, {
    error: "must be an origin such as https://shop.example or https://*.shop.example, without a path",
  });

/** `POST /api/ingest-keys` */
export const newIngestKey = z
  .object({
    name,
    projectId,
    kind: z.enum(["server", "browser"]),
    allowedOrigins: z.array(siteOrigin).max(100).default([]),
    expiresInDays: days.nullable().default(null),
  })
  .refine((input) => input.kind === "server" || input.allowedOrigins.length > 0, {
    error: "a browser key needs the sites that may send with it",
    path: ["allowedOrigins"],
  });
/** `PATCH /api/ingest-keys/:id` */
export const ingestKeyChange = z.object({
  name: name.optional(),
  allowedOrigins: z.array(siteOrigin).max(100).optional(),
});
/** `POST /api/{ingest,api}-keys/:id/rotate`: how long the old key works beside the new one. */
export const keyRotation = z.object({
  overlapHours: z
    .number()
    .min(0)
    .max(24 * 90)
    .default(24),
  why: why.optional(),
});
/** `DELETE /api/{ingest,api}-keys/:id` */
export const keyRevocation = z.object({ why: why.optional() });
/** Answer of creating or rotating a key; the key itself is shown this once. */
export const createdKey = z.object({ id: z.string(), key: z.string(), prefix: z.string() });
export type CreatedKey = z.infer<typeof createdKey>;

export const apiKey = z.object({
  ...keyFields,
  scopes: z.array(z.string()),
  projectIds: z.array(z.string()).nullable(),
  isYours: z.boolean(),
});
export type ApiKey = z.infer<typeof apiKey>;
/** `GET /api/api-keys`: one's own, or everybody's for those who may manage them. */
export const apiKeyList = z.object({ keys: z.array(apiKey) });
export type ApiKeyList = z.infer<typeof apiKeyList>;
/** `POST /api/api-keys` */
export const newApiKey = z.object({
  name,
  scopes: z.array(z.string().max(100)).min(1).max(50),
  projectIds: z.array(projectId).max(1000).nullable().default(null),
  expiresInDays: days.nullable().default(90),
});
