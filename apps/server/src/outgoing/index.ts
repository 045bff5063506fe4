/** The only way to an address that a person can set: it does not lead into the operator's own network. */
export { createOutgoing, type Outgoing, type OutgoingFetch, type OutgoingInit } from "./guardedFetch.ts";
export { OutgoingError, type OutgoingErrorCode } from "./outgoingError.ts";
