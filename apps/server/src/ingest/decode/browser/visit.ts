/** What rows of browsers share: whose page view it was, on which page. Everything that a sender chooses is bounded. */
import { placeOfPage, type BrowserVisit } from "@throughline/contract";
import type { Guard } from "../guard.ts";
import type { Interner } from "../interner.ts";
import type { NativeTable } from "../nativeTable.ts";
import type { Tally } from "../tally.ts";
import type { Visitor } from "../../types.ts";
import { GuardedTexts } from "./guardedTexts.ts";

export interface Visit {
  readonly page: string;
  readonly origin: string;
  readonly path: string;
  readonly deviceType: string;
  readonly connectionType: string;
  readonly country: string;
  readonly release: string;
  readonly environment: string;
  readonly sessionId: string;
  readonly pageViewId: string;
  /** 32 hexadecimal digits, or empty. */
  readonly traceId: string;
}

export const NO_VISITOR: Visitor = { origin: "", country: "", deviceType: "" };
export const UNREADABLE_PAGE = "pageUrl: must be an http(s) address, or a path that starts with /";

/** One request's visits. */
export class Visits {
  readonly #visitor: Visitor;
  readonly #tally: Tally;
  readonly #pages: GuardedTexts;
  readonly #sites: GuardedTexts;
  readonly #releases: GuardedTexts;
  readonly #environments: GuardedTexts;

  constructor(tally: Tally, guard: Guard) {
    const place = tally.guardPlace("");
    this.#tally = tally;
    this.#visitor = tally.request.visitor ?? NO_VISITOR;
    this.#pages = new GuardedTexts(guard.set("page", place));
    this.#sites = new GuardedTexts(guard.set("site", place));
    this.#releases = new GuardedTexts(guard.set("release", place));
    this.#environments = new GuardedTexts(guard.set("environment", place));
  }

  /** Null when the page's address can't be read. Call it once an item is taken: it makes room for its page. */
  of(fields: BrowserVisit): Visit | null {
    const place = placeOfPage(fields.pageUrl, this.#visitor.origin);
    if (place === null) return null;
    const page = this.#pages.admit(place.page);
    if (page !== place.page) this.#tally.overflowed++;
    return {
      page,
      origin: this.#sites.admit(place.origin),
      path: place.path,
      deviceType: fields.deviceType ?? this.#visitor.deviceType,
      connectionType: fields.connectionType ?? "",
      country: this.#visitor.country,
      release: this.#releases.admit(fields.release ?? ""),
      environment: this.#environments.admit(fields.environment ?? ""),
      sessionId: fields.sessionId ?? "",
      pageViewId: fields.pageViewId ?? "",
      traceId: fields.traceId ?? "",
    };
  }
}

/** Columns of Visit in a table, as far as it has them, in the row that is being written. */
export function writeVisit(table: NativeTable, interner: Interner, visit: Visit): void {
  const row = table.rows;
  table.interned("page").ids[row] = interner.internText(visit.page);
  table.interned("device_type").ids[row] = interner.internText(visit.deviceType);
  table.interned("connection_type").ids[row] = interner.internText(visit.connectionType);
  table.interned("country").ids[row] = interner.internText(visit.country);
  table.interned("release").ids[row] = interner.internText(visit.release);
  table.interned("environment").ids[row] = interner.internText(visit.environment);
  table.interned("origin").ids[row] = interner.internText(visit.origin);
  table.string("path").appendText(Buffer.from(visit.path));
  table.string("session_id").appendText(Buffer.from(visit.sessionId));
  table.string("page_view_id").appendText(Buffer.from(visit.pageViewId));
}

/** @param timeMs milliseconds since the epoch, for a DateTime64(3) */
export function writeTimeMs(table: NativeTable, timeMs: number): void {
  const time = table.fixed("time").u32;
  time[table.rows * 2] = timeMs % 4_294_967_296;
  time[table.rows * 2 + 1] = Math.floor(timeMs / 4_294_967_296);
}

/** @param hex of the column's width; zeros when it is empty */
export function writeId(table: NativeTable, column: "trace_id" | "span_id", hex: string): void {
  const { u8, rowBytes } = table.fixed(column);
  const at = table.rows * rowBytes;
  u8.fill(0, at, at + rowBytes);
  if (hex !== "") Buffer.from(u8.buffer).write(hex, at, rowBytes, "hex");
}

/** A row's pairs, values as text. */
export function writePairs(
  table: NativeTable,
  interner: Interner,
  column: string,
  pairs: Readonly<Record<string, string | number | boolean>>,
): void {
  const map = table.map(column);
  for (const [key, value] of Object.entries(pairs)) {
    map.addKey(interner.internText(key));
    map.values.appendText(Buffer.from(String(value)));
  }
  map.endRow(table.rows);
}
