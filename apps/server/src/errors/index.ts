/** Errors: what people decided about those that are alike, and when a decision ended by what was seen. */
export { decideError, giveError, type DecidedError } from "./decide.ts";
export { startErrorEvaluator } from "./evaluator.ts";
export { NEW_ERROR_MS, readOpenErrors, type OpenError } from "./readOpenErrors.ts";
export { readError, readErrorList } from "./readErrors.ts";
