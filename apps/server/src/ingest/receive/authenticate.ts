import { IngestRefusal, type Sender } from "../types.ts";

export interface AuthenticationRequest {
  /** Lower-case names; `authorization` or `x-throughline-key` carry the ingest key. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly remoteAddress: string;
}

export interface AuthenticationRefusal {
  readonly refusal: {
    readonly code: "unauthenticated" | "forbidden" | "overloaded";
    /** A sentence for the sender: what is wrong and what to do. */
    readonly message: string;
  };
}

/** Finds out who sends. Supplied by access/: ingest knows keys only by their id. */
export type Authenticate = (request: AuthenticationRequest) => Promise<Sender | AuthenticationRefusal>;

/** Null: go on. Supplied by access/; answers at once, from memory. */
export type LimitSender = (sender: Sender, address: string) => IngestRefusal | null;

/** The sender, or an IngestRefusal thrown. */
export async function mustAuthenticate(
  authenticate: Authenticate,
  request: AuthenticationRequest,
): Promise<Sender> {
  const found = await authenticate(request);
  if ("refusal" in found) {
    const { code, message } = found.refusal;
    throw new IngestRefusal(code, message, code === "overloaded" ? 1 : undefined);
  }
  return found;
}
