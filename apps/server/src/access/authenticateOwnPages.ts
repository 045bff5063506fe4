/**
 * The product's own pages measure themselves without a key made by hand: whoever's Origin is the address that the
 * request came to is such a page. As with any browser key, what programs pretend is bounded by limits and quotas alone.
 */
import type { BrowserAuthenticator } from "../ingest/receive/authenticateBrowser.ts";
import { refusal, single } from "./authenticateSender.ts";
import { OWN_PROJECT } from "./bootstrap.ts";
import { createOwnOrigin } from "./ownOrigin.ts";

/** Counts against the quotas, unlike what the server itself says. */
export const OWN_PAGES_KEY_ID = "own-pages";

export interface OwnPagesOptions {
  readonly tenantId: string;
  /** THROUGHLINE_PUBLIC_URL, when it is set. */
  readonly publicUrl?: string | undefined;
}

export function createOwnPagesAuthenticator({ tenantId, publicUrl }: OwnPagesOptions): BrowserAuthenticator {
  const ownOriginOf = createOwnOrigin(publicUrl);
  const sender = { tenantId, projectId: OWN_PROJECT, keyId: OWN_PAGES_KEY_ID };
  return {
    async authenticate({ headers }) {
      const own = ownOriginOf({ host: single(headers.host) });
      return own !== null && headers.origin === own.origin
        ? sender
        : refusal("forbidden", "Only the product's own pages send here; sites use a browser key.");
    },
    // A page of the same origin never asks beforehand.
    mayAsk: async () => false,
  };
}
