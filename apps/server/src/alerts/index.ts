/** What is wrong now in a project, from everything that is measured of it and of the way its data takes. */
export { type Alerts, type AlertSources, pageOfAlerts, readAlerts } from "./readAlerts.ts";
