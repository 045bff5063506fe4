export { readEndpoint } from "./readEndpoint.ts";
export { readEndpoints } from "./readEndpoints.ts";
