/** Did the page get heavier, and which other sites joined it? From sums by origin that browsers report a page view. */
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import type { Question } from "./question.ts";
import type { Found } from "./rank.ts";

/** Page views with resources on each side. */
const VIEWS_MIN = 20;
/** An origin in fewer of the page views explains no percentile. */
const SHARE_MIN = 0.05;
const WEIGHT_CHANGE_MIN = 0.1;
const ORIGINS_MAX = 5;
/** Growth by half is as strong as it gets. */
const FULL_STRENGTH_GROWTH = 0.5;

interface Row {
  /** Empty: all together. */
  readonly origin: string;
  readonly isThirdParty: 0 | 1;
  readonly viewsBefore: number;
  readonly viewsAfter: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly scriptsAfter: number;
  readonly firstMs: number;
}

export interface Weight {
  readonly candidates: readonly Found[];
  /** Why nothing was compared. */
  readonly reason: string | null;
}

export async function weightCandidates(
  reader: ScopedReader,
  question: Question,
  atMs: number,
): Promise<Weight> {
  const rows = await readOrigins(reader, question, atMs);
  const whole = rows.find(({ origin }) => origin === "");
  if (whole === undefined || Math.min(whole.viewsBefore, whole.viewsAfter) < VIEWS_MIN)
    return {
      candidates: [],
      reason: `Page weight is compared from ${VIEWS_MIN} page views with resources on each side; there are ${whole?.viewsBefore ?? 0} before and ${whole?.viewsAfter ?? 0} after.`,
    };
  const origins = rows
    .filter(({ origin, isThirdParty }) => origin !== "" && isThirdParty === 1)
    .flatMap((row) => thirdParty(row, whole))
    .toSorted((a, b) => b.strength - a.strength)
    .slice(0, ORIGINS_MAX);
  return { candidates: [...pageWeight(whole), ...origins], reason: null };
}

function pageWeight(whole: Row): Found[] {
  const before = whole.bytesBefore / whole.viewsBefore;
  const after = whole.bytesAfter / whole.viewsAfter;
  if (before === 0 || Math.abs(after / before - 1) < WEIGHT_CHANGE_MIN) return [];
  return [
    {
      id: "page-weight",
      kind: "page-weight",
      title: after > before ? "Pages got heavier" : "Pages got lighter",
      evidence:
        "Bytes transferred a page view, as far as browsers tell: other sites may keep theirs to themselves.",
      numbers: { before, after, nBefore: whole.viewsBefore, nAfter: whole.viewsAfter, unit: "B" },
      atMs: null,
      strength: Math.min(1, Math.abs(after / before - 1) / FULL_STRENGTH_GROWTH),
      direction: after > before ? 1 : -1,
      target: { kind: "none", id: "" },
    },
  ];
}

function thirdParty(row: Row, whole: Row): Found[] {
  const before = row.viewsBefore / whole.viewsBefore;
  const after = row.viewsAfter / whole.viewsAfter;
  const isNew = row.viewsBefore === 0 && after >= SHARE_MIN;
  const isGone = row.viewsAfter === 0 && before >= SHARE_MIN;
  const [weightBefore, weightAfter] = [
    row.bytesBefore / Math.max(1, row.viewsBefore),
    row.bytesAfter / Math.max(1, row.viewsAfter),
  ];
  const isHeavier =
    Math.min(before, after) >= SHARE_MIN &&
    weightBefore > 0 &&
    weightAfter / weightBefore - 1 >= FULL_STRENGTH_GROWTH;
  if (!isNew && !isGone && !isHeavier) return [];
  const what = isNew ? "is new" : isGone ? "is gone" : "got heavier";
  return [
    {
      id: `third-party:${row.origin}`,
      kind: "third-party",
      title: `${row.origin} ${what}`,
      evidence: `In ${share(before)} % of page views before and ${share(after)} % after${row.scriptsAfter > 0 ? `, ${row.scriptsAfter} scripts in all since` : ""}.`,
      numbers: {
        before: row.viewsBefore === 0 ? null : weightBefore,
        after: row.viewsAfter === 0 ? null : weightAfter,
        nBefore: row.viewsBefore,
        nAfter: row.viewsAfter,
        unit: "B",
      },
      atMs: isNew ? row.firstMs : null,
      strength: Math.min(1, isNew ? after : isGone ? before : after * 0.8),
      direction: isGone ? -1 : 1,
      target: { kind: "none", id: "" },
    },
  ];
}

const share = (ratio: number): number => Math.round(ratio * 1000) / 10;

async function readOrigins(
  reader: ScopedReader,
  { grid, page, device }: Question,
  atMs: number,
): Promise<Row[]> {
  const isAfter = "r.time >= fromUnixTimestamp64Milli({at:Int64})";
  return await reader.query<Row>(
    `SELECT site AS origin, max(is_third_party) AS isThirdParty,
       uniqExactIf(page_view_id, NOT (${isAfter})) AS viewsBefore, uniqExactIf(page_view_id, ${isAfter}) AS viewsAfter,
       sumIf(transfer_bytes, NOT (${isAfter})) AS bytesBefore, sumIf(transfer_bytes, ${isAfter}) AS bytesAfter,
       sumIf(scripts, ${isAfter}) AS scriptsAfter, toUnixTimestamp64Milli(min(r.time)) AS firstMs
     FROM (SELECT *, toString(resource_origin) AS site FROM resource_origins) AS r
     WHERE tenant_id = {tenant:String} AND project_id = {project:String}
       AND r.time >= fromUnixTimestamp64Milli(toInt64({from:UInt32}) * 1000)
       AND r.time < fromUnixTimestamp64Milli(toInt64({to:UInt32}) * 1000)
       ${page === undefined ? "" : "AND page = {page:String}"} ${device === undefined ? "" : "AND device_type = {device:String}"}
     GROUP BY GROUPING SETS ((site), ())
     ORDER BY viewsAfter + viewsBefore DESC LIMIT 1000`,
    {
      ...grid.params,
      at: Math.round(atMs),
      ...(page === undefined ? {} : { page }),
      ...(device === undefined ? {} : { device }),
    },
    { name: "changes.origins" },
  );
}
