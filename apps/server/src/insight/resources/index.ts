export { readResourceCharts, readResources } from "./readResources.ts";
