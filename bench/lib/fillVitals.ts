/** A month of a site's web vitals, made by the engine itself: 400 pages, three devices, a release every five days. */
import { COLUMNS, type TelemetryStore } from "../../apps/server/src/engines/telemetry/index.ts";
import { progress } from "./figures.ts";

export interface VitalsFill {
  readonly vitals: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly tenantId: string;
  readonly projectId: string;
}

const CHUNK = 500_000;
const PAGES = 400;

/** `n` number of the row, `h` its hash, `m` which vital, `at` its time. */
const OWN: Readonly<Record<string, string>> = {
  metric: "['LCP', 'INP', 'CLS', 'FCP', 'TTFB'][1 + m]",
  // Some pages are far more popular than others.
  page: `concat('/page-', toString(toUInt32(pow((h % 1000) / 1000, 3) * ${PAGES})))`,
  path: "page",
  time: "at",
  id: "toString(h)",
  sign: "1",
  value: "[1800., 120., 0.04, 1200., 450.][1 + m] * exp(randNormal(0, 0.6))",
  navigation_type: "if(h % 11 = 0, 'soft-navigation', 'navigate')",
  device_type: "['mobile', 'mobile', 'desktop', 'tablet'][1 + intDiv(h, 7) % 4]",
  connection_type: "['4g', '4g', '3g', ''][1 + intDiv(h, 13) % 4]",
  country: "['DE', 'FR', 'US', 'GB', 'IN', 'BR'][1 + intDiv(h, 17) % 6]",
  release: "concat('1.', toString(intDiv(toDayOfYear(at), 5)))",
  session_id: "toString(intDiv(n, 30))",
  page_view_id: "toString(intDiv(n, 5))",
  attribution: "map('target', 'main>img.hero', 'timeToFirstByte', '400', 'resourceLoadDuration', '900')",
  ingest_key: "'key-1'",
  received_at: "toDateTime(at, 'UTC')",
};

/** @returns how long inserting took, rollups included */
export async function fillVitals(store: TelemetryStore, fill: VitalsFill): Promise<number> {
  const startedMs = performance.now();
  for (let start = 0; start < fill.vitals; start += CHUNK) {
    await store.internal.command(insertStatement(fill, start, Math.min(CHUNK, fill.vitals - start)));
    if ((start / CHUNK) % 10 === 9) progress(`${start / 1e6} of ${fill.vitals / 1e6} million vitals`);
  }
  return performance.now() - startedMs;
}

function insertStatement(fill: VitalsFill, start: number, count: number): string {
  const own: Record<string, string> = {
    ...OWN,
    tenant_id: `'${fill.tenantId}'`,
    project_id: `'${fill.projectId}'`,
  };
  const columns = COLUMNS.web_vitals.map(([name, type]) => {
    const expression = own[name];
    return expression === undefined
      ? `defaultValueOfTypeName('${type.replaceAll("'", "\\'")}') AS ${name}`
      : `CAST(${expression} AS ${type}) AS ${name}`;
  });
  const msPerVital = (fill.toMs - fill.fromMs) / fill.vitals;
  return `INSERT INTO web_vitals (${COLUMNS.web_vitals.map(([name]) => name).join(", ")})
    SELECT ${columns.join(",\n")}
    FROM (
      SELECT number + ${start} AS n, cityHash64(n) AS h, n % 5 AS m,
        fromUnixTimestamp64Milli(toInt64(${Math.round(fill.fromMs)} + n * ${msPerVital}), 'UTC') AS at
      FROM numbers(${count})
    )
    SETTINGS max_insert_threads = 2, max_block_size = 65536`;
}
