/** Ingest keys and API keys. A key is in the answer that makes it and in no other. */
import { ingestKeyChange, keyRevocation, keyRotation, newApiKey, newIngestKey } from "@throughline/contract";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import {
  changeIngestKey,
  endApiKey,
  endIngestKey,
  makeApiKeyOf,
  makeIngestKeyOf,
  readApiKeys,
  readIngestKeys,
  rotateApiKey,
  rotateIngestKey,
  tenantPrincipalOf,
} from "../../../access/index.ts";
import {
  type AccessRoutesOptions,
  auditOf,
  DONE,
  idParams,
  optionalBody,
  personIdOf,
  personOf,
} from "./context.ts";

const rotation = { params: idParams, body: optionalBody(keyRotation) };
const revocation = { params: idParams, body: optionalBody(keyRevocation) };

export const ingestKeyRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const { control, ingestKeys } = access;
  const config = { permission: "ingest-keys:write" } as const;

  app.get("/api/ingest-keys", { config: { permission: "ingest-keys:read" } }, async (request) => {
    // Last uses are written down every minute; whoever looks wants them now.
    await ingestKeys.flushUsage();
    return { keys: await readIngestKeys(control, tenantPrincipalOf(request).tenantId) };
  });

  app.post("/api/ingest-keys", { config, schema: { body: newIngestKey } }, async (request) => {
    const created = await makeIngestKeyOf(auditOf(access, request), personIdOf(request), request.body);
    await ingestKeys.reload();
    return created;
  });

  app.patch(
    "/api/ingest-keys/:id",
    { config, schema: { params: idParams, body: ingestKeyChange } },
    async (request) => {
      await changeIngestKey(auditOf(access, request), request.params.id, request.body);
      await ingestKeys.reload();
      return DONE;
    },
  );

  app.post("/api/ingest-keys/:id/rotate", { config, schema: rotation }, async (request) => {
    const change = { id: request.params.id, ...request.body };
    const created = await rotateIngestKey(auditOf(access, request), personIdOf(request), change);
    await ingestKeys.reload();
    return created;
  });

  app.delete("/api/ingest-keys/:id", { config, schema: revocation }, async (request) => {
    await endIngestKey(auditOf(access, request), request.params.id, request.body.why);
    await ingestKeys.reload();
    return DONE;
  });
};

export const apiKeyRoutes: FastifyPluginAsyncZod<AccessRoutesOptions> = async (app, { access }) => {
  const { control, apiKeys } = access;
  const config = { permission: "api-keys:write" } as const;

  app.get("/api/api-keys", { config }, async (request) => {
    await apiKeys.usage.flush();
    return { keys: await readApiKeys(control, tenantPrincipalOf(request).tenantId, personOf(request)) };
  });

  app.post("/api/api-keys", { config, schema: { body: newApiKey } }, async (request) => {
    const created = await makeApiKeyOf(auditOf(access, request), personOf(request), request.body);
    await apiKeys.reload();
    return created;
  });

  app.post("/api/api-keys/:id/rotate", { config, schema: rotation }, async (request) => {
    const change = { id: request.params.id, ...request.body };
    const created = await rotateApiKey(auditOf(access, request), personOf(request), change);
    await apiKeys.reload();
    return created;
  });

  app.delete("/api/api-keys/:id", { config, schema: revocation }, async (request) => {
    await endApiKey(auditOf(access, request), personOf(request), request.params.id, request.body.why);
    await apiKeys.reload();
    return DONE;
  });
};
