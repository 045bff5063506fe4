/** What can be asked about in a range: services by requests, pages by page views. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { TimeGrid } from "../timeGrid.ts";

const SUBJECTS_MAX = 100;

export interface Subjects {
  readonly services: string[];
  readonly pages: string[];
}

export async function readSubjects(reader: ScopedReader, grid: TimeGrid): Promise<Subjects> {
  const inRange = `tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
    AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')`;
  const rows = await reader.query<{ readonly subject: "service" | "page"; readonly name: string }>(
    `SELECT subject, name FROM (
       SELECT 'service' AS subject, toString(service) AS name, toInt64(sum(count)) AS n FROM span_rollups
       WHERE ${inRange} AND kind = 'server' GROUP BY name
       UNION ALL
       SELECT 'page' AS subject, toString(page) AS name, toInt64(sum(count)) AS n FROM vital_rollups
       WHERE ${inRange} AND slice = 'page' GROUP BY name
     ) ORDER BY n DESC, name LIMIT ${SUBJECTS_MAX} BY subject`,
    grid.params,
    { name: "changes.subjects" },
  );
  const namesOf = (wanted: "service" | "page") =>
    rows.flatMap(({ subject, name }) => (subject === wanted ? [name] : []));
  return { services: namesOf("service"), pages: namesOf("page") };
}
