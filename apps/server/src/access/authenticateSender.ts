/**
 * Who sends this telemetry?
 *   a key, from anywhere     → the key's tenant and project
 *   no key, from this machine → the default tenant; project `default`, or the one named by x-throughline-project
 *   no key, from elsewhere    → refused
 */
import type {
  Authenticate,
  AuthenticationRefusal,
  AuthenticationRequest,
} from "../ingest/receive/authenticate.ts";
import { DEFAULT_PROJECT } from "./bootstrap.ts";
import type { IngestKeyVerifier } from "./ingestKeys.ts";
import { KeyringUnavailable } from "./keyring.ts";
import { originOfSender } from "./requestOrigin.ts";

/** The key id in the ledger for telemetry that came without a key. */
export const LOOPBACK_KEY_ID = "loopback";

export interface SenderAuthenticatorOptions {
  readonly verifier: IngestKeyVerifier;
  readonly defaultTenantId: string;
}

export function createSenderAuthenticator({
  verifier,
  defaultTenantId,
}: SenderAuthenticatorOptions): Authenticate {
  return async (request) => {
    try {
      return await authenticate(request);
    } catch (error) {
      if (error instanceof KeyringUnavailable) return refusal("overloaded", `${error.message} Try again.`);
      throw error;
    }
  };

  async function authenticate(request: AuthenticationRequest) {
    const wanted = single(request.headers["x-throughline-project"]);
    const presented = presentedKey(request.headers);
    if (presented === "malformed") {
      return refusal("unauthenticated", "The Authorization header must read 'Bearer tl_ingest_…'.");
    }
    if (presented !== null) {
      const sender = await verifier.verify(presented, single(request.headers.origin));
      if ("code" in sender) return refusal("unauthenticated", sender.message);
      if (wanted === undefined || wanted === sender.projectId) return sender;
      const message =
        "This ingest key belongs to another project than x-throughline-project names: leave the header out.";
      return refusal("forbidden", message);
    }
    const origin = originOfSender(request);
    if (!origin.isLoopback) {
      const missing = await verifier.verify(undefined);
      const remedy = "message" in missing ? missing.message : "";
      return refusal(
        "unauthenticated",
        `Without a key only this machine may send, and ${origin.because}. ${remedy}`,
      );
    }
    const projectId = wanted ?? DEFAULT_PROJECT;
    if (!(await verifier.hasProject(defaultTenantId, projectId))) {
      return refusal("forbidden", "The header x-throughline-project names a project that does not exist.");
    }
    return { tenantId: defaultTenantId, projectId, keyId: LOOPBACK_KEY_ID };
  }
}

type Headers = AuthenticationRequest["headers"];

/** The ingest key of a request's headers; null without one. */
export function presentedKey(headers: Headers): string | null {
  const own = single(headers["x-throughline-key"]);
  if (own !== undefined) return own.trim();
  const authorization = single(headers.authorization);
  if (authorization === undefined) return null;
  return /^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? "malformed";
}

/** A header that was sent twice counts as its first value. */
export function single(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === "string" || value === undefined ? value : value[0];
}

export function refusal(
  code: AuthenticationRefusal["refusal"]["code"],
  message: string,
): AuthenticationRefusal {
  return { refusal: { code, message } };
}
