import type { Sender } from "../types.ts";
import type { AuthenticationRefusal, AuthenticationRequest } from "./authenticate.ts";

export interface BrowserAuthenticationRequest extends AuthenticationRequest {
  /** Of the address: `?key=`. */
  readonly key: string | undefined;
  /** Which project, for those who send without a key. */
  readonly project: string | undefined;
}

/** Finds out which page sends. Supplied by access/. */
export interface BrowserAuthenticator {
  authenticate(request: BrowserAuthenticationRequest): Promise<Sender | AuthenticationRefusal>;
  /** Whether a page of the request's Origin may send at all: what a preflight asks. */
  mayAsk(request: BrowserAuthenticationRequest): Promise<boolean>;
}
