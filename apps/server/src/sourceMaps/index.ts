/** Source maps that sites upload, and places in code looked up in them. */
export { addSourceMap, deleteSourceMap, readSourceMaps } from "./manageSourceMaps.ts";
export { createSymbolicator, type Symbolicator } from "./symbolicator.ts";
