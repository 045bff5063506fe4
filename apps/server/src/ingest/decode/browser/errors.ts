/** Errors of web pages as rows of the exceptions table, grouped as those of servers are. */
import type { BrowserItem } from "@throughline/contract";
import { fingerprintText } from "../fingerprint.ts";
import { Hash64 } from "../hash64.ts";
import type { Interner } from "../interner.ts";
import { NativeTable } from "../nativeTable.ts";
import { writeId, writePairs, type Visit } from "./visit.ts";

/** Pages have no service name of their own: all of a project's are this one. */
export const BROWSER_SERVICE = "browser";
const FROM_BROWSER = 3;
const NS_PER_MS = 1_000_000n;

export class BrowserErrors {
  readonly table: NativeTable;
  readonly #interner: Interner;
  readonly #hash = new Hash64();

  constructor(interner: Interner, rowBytesMax: number) {
    this.#interner = interner;
    this.table = new NativeTable("exceptions", interner, rowBytesMax);
  }

  /** @param name of the error, bounded */
  write(item: Extract<BrowserItem, { type: "error" }>, name: string, visit: Visit): void {
    const { table } = this;
    const interner = this.#interner;
    const { message, stack = "" } = item;
    const type = name === "" ? "Error" : name;
    table.reserveRow();
    const row = table.rows;
    const nanos = BigInt(item.timeMs) * NS_PER_MS;
    table.fixed("time").u32[row * 2] = Number(BigInt.asUintN(32, nanos));
    table.fixed("time").u32[row * 2 + 1] = Number(nanos >> 32n);
    table.interned("service").ids[row] = interner.internText(BROWSER_SERVICE);
    table.interned("service_version").ids[row] = interner.internText(visit.release);
    table.interned("environment").ids[row] = interner.internText(visit.environment);
    table.interned("route").ids[row] = interner.internText(visit.page);
    table.interned("type").ids[row] = interner.internText(type);
    table.string("message").appendText(Buffer.from(message));
    table.string("stacktrace").appendText(Buffer.from(stack));
    table.fixed("escaped").u8[row] = item.isHandled ? 0 : 1;
    table.fixed("source").u8[row] = FROM_BROWSER;
    table.fixed("weight").u16[row] = 1;
    const text = fingerprintText(BROWSER_SERVICE, type, message, stack);
    const { lo, hi } = this.#hash.begin().addText(text).end();
    table.fixed("fingerprint").u32[row * 2] = lo;
    table.fixed("fingerprint").u32[row * 2 + 1] = hi;
    writeId(table, "trace_id", visit.traceId);
    writeId(table, "span_id", "");
    writePairs(table, interner, "attributes", {
      "url.full": `${visit.origin}${visit.path}`,
      "session.id": visit.sessionId,
      "browser.page_view.id": visit.pageViewId,
      "device.type": visit.deviceType,
    });
    table.rows++;
  }
}
