/** Shapes that cross the wire between server, web and SDKs. zod schemas are the source; types are inferred. */
export * from "./range.ts";
export * from "./problem.ts";
export * from "./common.ts";
export * from "./overview.ts";
export * from "./services.ts";
export * from "./traces.ts";
export * from "./tail.ts";
export * from "./system.ts";
export * from "./monitoring.ts";
export * from "./health.ts";
export * from "./live.ts";
export * from "./access.ts";
export * from "./audit.ts";
export * from "./keys.ts";
export * from "./rum.ts";
export * from "./usage.ts";
export * from "./vitals.ts";
