export { readArrivals, type Arrivals } from "./readArrivals.ts";
