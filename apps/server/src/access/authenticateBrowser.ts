/**
 * Which page sends this? A browser key in the address (`?key=`, since sendBeacon sets no headers) or in a header, used on one
 * of its origins; or a server key from a program; or nothing, from a page or program of this machine.
 */
import type { AuthenticationRefusal } from "../ingest/receive/authenticate.ts";
import type {
  BrowserAuthenticationRequest,
  BrowserAuthenticator,
} from "../ingest/receive/authenticateBrowser.ts";
import {
  LOOPBACK_KEY_ID,
  presentedKey,
  refusal,
  single,
  type SenderAuthenticatorOptions,
} from "./authenticateSender.ts";
import { DEFAULT_PROJECT } from "./bootstrap.ts";
import { KeyringUnavailable } from "./keyring.ts";
import { originOfBeacon } from "./requestOrigin.ts";

export function createBrowserAuthenticator({
  verifier,
  defaultTenantId,
}: SenderAuthenticatorOptions): BrowserAuthenticator {
  return {
    authenticate: async (request) => await orBusy(() => authenticate(request)),
    async mayAsk(request) {
      const origin = single(request.headers.origin);
      if (origin === undefined) return false;
      // With the key in a header the browser asks before it shows one: then any key's origin will do.
      if (request.key === undefined && originOfBeacon(request).isLoopback) return true;
      try {
        if (request.key === undefined) return await verifier.isAllowedOrigin(origin);
        return !("code" in (await verifier.verify(request.key, origin)));
      } catch (error) {
        if (error instanceof KeyringUnavailable) return false;
        throw error;
      }
    },
  };

  async function authenticate(request: BrowserAuthenticationRequest) {
    const { headers } = request;
    const key = request.key ?? presentedKey(headers);
    if (key === "malformed")
      return refusal("unauthenticated", "The Authorization header must read 'Bearer tl_ingest_…'.");
    if (key !== null) {
      const sender = await verifier.verify(key, single(headers.origin));
      if ("code" in sender)
        return refusal(sender.code === "origin" ? "forbidden" : "unauthenticated", sender.message);
      if (request.project === undefined || request.project === sender.projectId) return sender;
      return refusal(
        "forbidden",
        "This ingest key belongs to another project than the one named: leave the name out.",
      );
    }
    const origin = originOfBeacon(request);
    if (!origin.isLoopback)
      return refusal(
        "unauthenticated",
        `Without a key only pages of this machine may send, and ${origin.because}. ` +
          "Make a browser key for the site and send it as ?key=tl_ingest_….",
      );
    const projectId = request.project ?? DEFAULT_PROJECT;
    if (!(await verifier.hasProject(defaultTenantId, projectId)))
      return refusal("forbidden", "There is no project of that name.");
    return { tenantId: defaultTenantId, projectId, keyId: LOOPBACK_KEY_ID };
  }
}

async function orBusy<T>(ask: () => Promise<T>): Promise<T | AuthenticationRefusal> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof KeyringUnavailable) return refusal("overloaded", `${error.message} Try again.`);
    throw error;
  }
}
