/** Operate: what people do about a running system. Deployments as they are told, and the moments that charts mark. */
export { recordDeployment, changeDeployment } from "./deployments/recordDeployment.ts";
export { deploymentsIn, listDeployments } from "./deployments/readDeployments.ts";
export { markersOf } from "./deployments/markers.ts";
