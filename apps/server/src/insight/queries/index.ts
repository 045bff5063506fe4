/** What services ask their databases. */
export { readQueries } from "./readQueries.ts";
export { readQuery } from "./readQuery.ts";
