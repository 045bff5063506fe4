/** Did the visitors change instead? Each dimension's mix before and after, told apart from change within its strata. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import {
  counterAtSize,
  decomposeQuantile,
  decomposeShare,
  effectiveSize,
  histogramAtSize,
  type MixShift,
  VIEWS_MIN,
} from "../statistics/index.ts";
import { MEASURED, scaleOf, shareOf } from "./cells.ts";
import type { Question } from "./question.ts";
import type { Found } from "./rank.ts";

/** Strata beyond the largest are counted together. */
const STRATA_MAX = 50;
/** Details are rolled up by hour and day; shorter ranges are counted from raw rows. */
const DETAIL_CELL_SECONDS = 3600;

interface Row {
  readonly dimension: string;
  readonly stratum: string;
  readonly isAfter: 0 | 1;
  readonly n: number;
  /** So many rows stand for them. */
  readonly stored: number;
  readonly failed: number;
  readonly buckets: Readonly<Record<string, number>>;
}

const NAMES: Readonly<Record<string, string>> = {
  device: "Devices",
  country: "Countries",
  connection: "Connections",
  navigation: "Kinds of navigation",
  page: "Pages",
  service: "Services",
  route: "Routes",
};

export async function trafficCandidates(
  reader: ScopedReader,
  question: Question,
  atMs: number,
): Promise<Found[]> {
  const rows = question.isVital
    ? await vitalRows(reader, question, atMs)
    : await requestRows(reader, question, atMs);
  return [...Map.groupBy(rows, ({ dimension }) => dimension)].flatMap(([dimension, of]): Found[] => {
    const shift = decompose(question, of);
    return shift === null ? [] : candidateOf(question, dimension, shift, of);
  });
}

function decompose(question: Question, rows: readonly Row[]): MixShift | null {
  const strata = [...Map.groupBy(rows, ({ stratum }) => stratum)]
    .toSorted(([, a], [, b]) => sum(b) - sum(a))
    .map(([name, of], index) => ({ name: index < STRATA_MAX ? name : "others", of }));
  // Strata keep their shares of all; each side is as sure as what was seen of it.
  const factors = [0, 1].map((side) => {
    const own = rows.filter(({ isAfter }) => isAfter === side);
    return effectiveSize(own) / Math.max(1, sum(own));
  });
  const factorOf = (isAfter: 0 | 1): number => factors[isAfter] ?? 1;
  const merged = [...Map.groupBy(strata, ({ name }) => name)].map(([name, parts]) => {
    const of = parts.flatMap((part) => part.of);
    return {
      name,
      before: of.filter(({ isAfter }) => isAfter === 0),
      after: of.filter(({ isAfter }) => isAfter === 1),
    };
  });
  if (question.metric === "errors")
    return decomposeShare(
      merged.map(({ name, before, after }) => ({
        name,
        before: counterOf(before, factorOf(0)),
        after: counterOf(after, factorOf(1)),
      })),
      { viewsMin: VIEWS_MIN },
    );
  return decomposeQuantile(
    merged.map(({ name, before, after }) => ({
      name,
      before: histogramOf(before, factorOf(0)),
      after: histogramOf(after, factorOf(1)),
    })),
    shareOf(question),
    { viewsMin: VIEWS_MIN },
  );
}

function candidateOf(question: Question, dimension: string, shift: MixShift, rows: readonly Row[]): Found[] {
  if (shift.cause !== "traffic" && shift.cause !== "both") return [];
  const scale = question.metric === "errors" ? 0.01 : scaleOf(question);
  const moved = shift.strata
    .toSorted((a, b) => Math.abs(b.shareAfter - b.shareBefore) - Math.abs(a.shareAfter - a.shareBefore))
    .slice(0, 3)
    .map(
      ({ name, shareBefore, shareAfter }) =>
        `${name === "" ? "unknown" : name} ${percent(shareBefore)} → ${percent(shareAfter)} %`,
    );
  const unit = question.unit === "" ? "" : ` ${question.unit}`;
  const whole = Math.abs(shift.mix) + Math.abs(shift.within);
  return [
    {
      id: `traffic:${dimension}`,
      kind: "traffic",
      title: `${NAMES[dimension] ?? dimension} of the traffic changed`,
      evidence: `${moved.join(", ")}. With the mix of before the number would be ${number(shift.standardised / scale)}${unit} instead of ${number(shift.after / scale)}${unit}.`,
      numbers: {
        before: shift.before / scale,
        after: shift.after / scale,
        nBefore: sum(rows.filter(({ isAfter }) => isAfter === 0)),
        nAfter: sum(rows.filter(({ isAfter }) => isAfter === 1)),
        unit: question.unit,
      },
      atMs: null,
      strength: whole === 0 ? 0 : Math.abs(shift.mix) / whole,
      direction: shift.mix > 0 ? 1 : -1,
      target: { kind: "none", id: "" },
    },
  ];
}

const sum = (rows: readonly Row[]): number => rows.reduce((total, { n }) => total + n, 0);
const percent = (share: number): string => String(Math.round(share * 1000) / 10);
const number = (value: number): string => String(Number(value.toPrecision(3)));
const counterOf = (rows: readonly Row[], factor: number) =>
  counterAtSize(
    { n: sum(rows), k: rows.reduce((total, { failed }) => total + failed, 0) },
    sum(rows) * factor,
  );

function histogramOf(rows: readonly Row[], factor: number) {
  const counts: Record<string, number> = {};
  for (const { buckets } of rows)
    for (const [bucket, count] of Object.entries(buckets)) counts[bucket] = (counts[bucket] ?? 0) + count;
  return histogramAtSize({ counts, max: Infinity }, sum(rows), sum(rows) * factor);
}

async function vitalRows(reader: ScopedReader, question: Question, atMs: number): Promise<Row[]> {
  const { grid, source, metric, page } = question;
  const isRaw = grid.cellSeconds < DETAIL_CELL_SECONDS;
  const dimensions = [
    "('device', toString(device_type))",
    "('country', toString(country))",
    "('connection', toString(connection_type))",
    "('navigation', toString(navigation_type))",
    ...(page === undefined ? ["('page', toString(page))"] : []),
  ].join(", ");
  const from = isRaw
    ? `SELECT v.page AS page, v.device_type AS device_type, v.country AS country, v.connection_type AS connection_type,
         v.navigation_type AS navigation_type, v.time >= fromUnixTimestamp64Milli({at:Int64}) AS is_after,
         toInt64(sign) AS c, map(toUInt16(floor(8 * log2(greatest(value * if(metric = 'CLS', 1e9, 1e6), 1)))), toInt64(sign)) AS b
       FROM web_vitals AS v
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND metric = {metric:String} AND sign != 0
         AND v.time >= fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000)
         AND v.time < fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000) AND ${MEASURED}${source.where}`
    : `SELECT page, device_type, country, connection_type, navigation_type,
         toUnixTimestamp(time) * 1000 >= {at:Int64} AS is_after, count AS c, buckets AS b
       FROM vital_rollups
       WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND metric = {metric:String}
         AND step_seconds = {cell:UInt32} AND slice = 'detail'
         AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC') AND ${MEASURED}${source.where}`;
  return await reader.query<Row>(
    `SELECT pair.1 AS dimension, pair.2 AS stratum, toUInt8(is_after) AS isAfter, sum(c) AS n, sum(c) AS stored, 0 AS failed, sumMap(b) AS buckets
     FROM (${from}) ARRAY JOIN [${dimensions}] AS pair
     GROUP BY dimension, stratum, isAfter HAVING n > 0 ORDER BY n DESC LIMIT 2000`,
    { ...grid.params, ...source.params, metric, at: Math.round(atMs) },
    { name: "changes.vitalTraffic" },
  );
}

async function requestRows(reader: ScopedReader, question: Question, atMs: number): Promise<Row[]> {
  const { grid, service, route } = question;
  if (route !== undefined) return [];
  const dimensions = [
    "('route', concat(toString(service), ' ', toString(route)))",
    ...(service === undefined ? ["('service', toString(service))"] : []),
  ].join(", ");
  return await reader.query<Row>(
    `SELECT pair.1 AS dimension, pair.2 AS stratum, toUInt8(toUnixTimestamp(time) * 1000 >= {at:Int64}) AS isAfter,
       sum(count) AS n, sum(r.stored) AS stored, sum(errors) AS failed, sumMap(duration_buckets) AS buckets
     FROM request_rollups AS r ARRAY JOIN [${dimensions}] AS pair
     WHERE tenant_id = {tenant:String} AND project_id = {project:String} AND step_seconds = {cell:UInt32}
       AND time >= toDateTime({from:UInt32}, 'UTC') AND time < toDateTime({to:UInt32}, 'UTC')
       ${service === undefined ? "" : "AND service = {service:String}"}
     GROUP BY dimension, stratum, isAfter ORDER BY n DESC LIMIT 2000`,
    { ...grid.params, at: Math.round(atMs), ...(service === undefined ? {} : { service }) },
    { name: "changes.requestTraffic" },
  );
}
