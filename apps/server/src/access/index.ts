/** Who may: tenants and projects of the installation, ingest keys, and permissions of routes. */
export { accessPlugin } from "./accessPlugin.ts";
export { createSenderAuthenticator, LOOPBACK_KEY_ID } from "./authenticateSender.ts";
export { bootstrap, DEFAULT_PROJECT, OWN_PROJECT, type Installation } from "./bootstrap.ts";
export { createIngestKey, type CreatedIngestKey, type NewIngestKey } from "./createIngestKey.ts";
export { createIngestKeyVerifier, type IngestKeyVerifier, type KeyRefusal } from "./ingestKeys.ts";
export { ingestKeysOfTenant, type IngestKeyRecord } from "./ingestKeysOfTenant.ts";
export { projectsOfTenant, type ProjectRecord } from "./projectsOfTenant.ts";
export { PERMISSIONS, type Permission } from "./roles.ts";
export { originOfReader, originOfSender, type RequestOrigin } from "./requestOrigin.ts";
export { revokeIngestKey } from "./revokeIngestKey.ts";
