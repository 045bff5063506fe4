export type OutgoingErrorCode =
  | "url_refused"
  | "address_refused"
  | "redirect_refused"
  | "too_large"
  | "timed_out"
  | "unreachable";

/** Why a request to a user-set address was not made or not finished. Says nothing of what was answered. */
export class OutgoingError extends Error {
  readonly code: OutgoingErrorCode;
  constructor(code: OutgoingErrorCode, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "OutgoingError";
    this.code = code;
  }
}

/** What the sentence of a refused address ends with: the operator's way out. */
export function howToAllow(entry: string): string {
  return `If it is meant to be reached, whoever runs this server adds ${entry} to THROUGHLINE_OUTGOING_ALLOW.`;
}
