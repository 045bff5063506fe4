export { readResources } from "./readResources.ts";
