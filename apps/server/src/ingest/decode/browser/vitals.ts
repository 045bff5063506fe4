/** Body of `POST /api/web-vitals` → rows of web_vitals. */
import { webVital, type WebVital, type VitalAlert } from "@throughline/contract";
import type { BrowserOutcome, EncodedRows } from "../../types.ts";
import { setSender } from "../exceptions.ts";
import type { Guard } from "../guard.ts";
import type { Interner } from "../interner.ts";
import { NativeTable } from "../nativeTable.ts";
import type { Tally } from "../tally.ts";
import { alertOf } from "./alerts.ts";
import { faultOf, malformed } from "./json.ts";
import { Refusals } from "./refusals.ts";
import {
  UNREADABLE_PAGE,
  Visits,
  writeId,
  writePairs,
  writeTimeMs,
  writeVisit,
  type Visit,
} from "./visit.ts";
import type { CountedVital, VitalKeys, VitalMemory } from "./vitalMemory.ts";

export const VITALS_PER_REQUEST_MAX = 100;
/** Attribution is a few names and numbers; the rest of a record is dropped. */
const ATTRIBUTION_PAIRS_MAX = 32;

export class VitalsDecoder {
  readonly #table: NativeTable;
  readonly #interner: Interner;
  readonly #guard: Guard;
  readonly #memory: VitalMemory;

  constructor(interner: Interner, guard: Guard, memory: VitalMemory, rowBytesMax: number) {
    this.#table = new NativeTable("web_vitals", interner, rowBytesMax);
    this.#interner = interner;
    this.#guard = guard;
    this.#memory = memory;
  }

  /** @throws {IngestRefusal} malformed, when it is no list of 1 to 100 */
  decode(body: unknown, tally: Tally): { readonly tables: EncodedRows[]; readonly outcome: BrowserOutcome } {
    const table = this.#table;
    table.clear();
    setSender(table, tally);
    if (!Array.isArray(body)) throw malformed("a JSON array of web vitals is wanted");
    if (body.length === 0 || body.length > VITALS_PER_REQUEST_MAX)
      throw malformed(
        `${body.length} web vitals are in it, and 1 to ${VITALS_PER_REQUEST_MAX} are taken at once`,
      );
    const visits = new Visits(tally, this.#guard);
    const refusals = new Refusals(tally);
    const alerts: VitalAlert[] = [];
    for (const [index, item] of body.entries()) {
      tally.countItem();
      const parsed = webVital.safeParse(item);
      if (!parsed.success) {
        refusals.invalid(index, faultOf(parsed.error));
        continue;
      }
      const vital = parsed.data;
      const timeMs = vital.timestamp ?? tally.request.receivedAtMs;
      if (!refusals.admitsTime(index, timeMs)) continue;
      const visit = visits.of(vital);
      if (visit === null) {
        refusals.invalid(index, UNREADABLE_PAGE);
        continue;
      }
      tally.accept(timeMs);
      this.#write(vital, timeMs, visit, tally);
      const alert = alertOf(vital.name, vital.value, visit.page);
      if (alert !== null) alerts.push(alert);
    }
    table.fixed("received_at").u32.fill(Math.floor(tally.request.receivedAtMs / 1000), 0, table.rows);
    return { tables: table.encoded(), outcome: { alerts, refused: refusals.list } };
  }

  #write(vital: WebVital, timeMs: number, visit: Visit, tally: Tally): void {
    const { name: metric, id, value } = vital;
    const { tenantId, projectId } = tally.request.sender;
    const keys: VitalKeys = {
      page: visit.page,
      navigationType: vital.navigationType,
      deviceType: visit.deviceType,
      connectionType: visit.connectionType,
      country: visit.country,
      release: visit.release,
      environment: visit.environment,
    };
    const verdict = this.#memory.take({ tenantId, projectId, metric, id }, { timeMs, value, keys });
    if (verdict.counts && verdict.replaced !== null) this.#takeBack(metric, id, verdict.replaced);
    this.#begin(metric, id, { timeMs, value, keys }, verdict.counts ? 1 : 0, visit);
    const pairs = Object.entries(vital.attribution ?? {}).slice(0, ATTRIBUTION_PAIRS_MAX);
    writePairs(this.#table, this.#interner, "attribution", Object.fromEntries(pairs));
    this.#table.rows++;
  }

  /** The row that makes an earlier report of the same id count no more. */
  #takeBack(metric: string, id: string, replaced: CountedVital): void {
    const { navigationType: _, ...keys } = replaced.keys;
    const nobody = { origin: "", path: "", sessionId: "", pageViewId: "", traceId: "" };
    this.#begin(metric, id, replaced, -1, { ...keys, ...nobody });
    writePairs(this.#table, this.#interner, "attribution", {});
    this.#table.rows++;
  }

  #begin(metric: string, id: string, counted: CountedVital, sign: 1 | 0 | -1, visit: Visit): void {
    const table = this.#table;
    const interner = this.#interner;
    table.reserveRow();
    const row = table.rows;
    table.interned("metric").ids[row] = interner.internText(metric);
    table.interned("navigation_type").ids[row] = interner.internText(counted.keys.navigationType);
    table.string("id").appendText(Buffer.from(id));
    // Two's complement, as Int8 is.
    table.fixed("sign").u8[row] = sign & 0xff;
    table.fixed("value").f64[row] = counted.value;
    writeTimeMs(table, counted.timeMs);
    writeVisit(table, interner, visit);
    writeId(table, "trace_id", visit.traceId);
  }
}
