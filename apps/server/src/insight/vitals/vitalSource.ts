/** Where a question about vitals is answered from: which slice of the rollup, and the conditions of its filters. */
import { pageOfPath, placeOfPage, type VitalsFilter } from "@throughline/contract";
import type { QueryParams } from "../../engines/telemetry/index.ts";

export interface VitalSource {
  readonly slice: "site" | "page" | "detail";
  /** Conditions on columns that the slice and the raw rows share, each with ` AND ` before it. */
  readonly where: string;
  readonly params: QueryParams;
}

/** A page is asked for as it is grouped, or by an address of it. */
export function groupedPage(page: string): string {
  if (page === OVERFLOW) return page;
  return placeOfPage(page, "")?.page ?? pageOfPath(page);
}

export function vitalSource(filter: VitalsFilter): VitalSource {
  const { page, device, country, connection, release } = filter;
  const isDetail = country !== undefined || connection !== undefined;
  const conditions = [
    ["page", page === undefined ? undefined : pageValue(page)],
    ["device_type", device],
    ["country", country],
    ["connection_type", connection],
    ["release", release],
  ] as const;
  const given = conditions.filter(([, value]) => value !== undefined);
  return {
    slice: isDetail ? "detail" : page === undefined ? "site" : "page",
    where: given.map(([column]) => ` AND ${column} ${operatorOf(column, page)} {${column}:String}`).join(""),
    params: Object.fromEntries(given.map(([column, value]) => [column, value ?? ""])),
  };
}

function operatorOf(column: string, page = ""): "=" | "LIKE" {
  return column === "page" && page.includes("*") ? "LIKE" : "=";
}

/** A pattern is matched as it is written: ids in it are not folded. */
function pageValue(page: string): string {
  return page.includes("*") ? likePattern(page) : groupedPage(page);
}

function likePattern(pattern: string): string {
  return pattern.replaceAll(/[\\%_]/g, "\\$&").replaceAll("*", "%");
}

/** The bucket of pages beyond the cardinality guard's bound can be asked for by its name. */
const OVERFLOW = "(other)";
