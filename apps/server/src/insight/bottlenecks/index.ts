/** What costs requests time: seven types, each with its definition in a file of its own. */
export type { MissingIndex, StoredPlans } from "./facts.ts";
export { readBottlenecks, type ReadPlans, readTopBottlenecks } from "./readBottlenecks.ts";
