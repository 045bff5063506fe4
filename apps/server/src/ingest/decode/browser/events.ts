/** Body of `POST /api/events` → rows of page_views, browser_events, resource_origins and exceptions. */
import {
  browserItem,
  browserVisit,
  groupedAddress,
  type BrowserItem,
  withoutQuery,
} from "@throughline/contract";
import type { BrowserOutcome, EncodedRows } from "../../types.ts";
import { setSender } from "../exceptions.ts";
import type { Guard } from "../guard.ts";
import type { Interner } from "../interner.ts";
import { NativeTable } from "../nativeTable.ts";
import type { Tally } from "../tally.ts";
import { BROWSER_SERVICE, BrowserErrors } from "./errors.ts";
import { GuardedTexts } from "./guardedTexts.ts";
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

export const EVENTS_PER_REQUEST_MAX = 200;

type Item<Type extends BrowserItem["type"]> = Extract<BrowserItem, { type: Type }>;

/** As the Enum8 of browser_events.type. */
const TYPES = { event: 1, request: 2, long_animation_frame: 3, resources: 4 } as const;

interface EventRow {
  readonly type: keyof typeof TYPES;
  readonly name: string;
  readonly timeMs: number;
  readonly durationMs?: number;
  readonly blockingMs?: number;
  readonly statusCode?: number;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly url?: string;
  readonly attributes?: Readonly<Record<string, string | number | boolean>>;
  readonly detail?: string;
}

export class EventsDecoder {
  readonly #interner: Interner;
  readonly #guard: Guard;
  readonly #pageViews: NativeTable;
  readonly #events: NativeTable;
  readonly #origins: NativeTable;
  readonly #errors: BrowserErrors;
  #names!: GuardedTexts;

  constructor(interner: Interner, guard: Guard, rowBytesMax: number) {
    this.#interner = interner;
    this.#guard = guard;
    this.#pageViews = new NativeTable("page_views", interner, rowBytesMax);
    this.#events = new NativeTable("browser_events", interner, rowBytesMax);
    this.#origins = new NativeTable("resource_origins", interner, rowBytesMax);
    this.#errors = new BrowserErrors(interner, rowBytesMax);
  }

  /** @throws {IngestRefusal} malformed, when the page view can't be read or has no list of 1 to 200 items */
  decode(body: unknown, tally: Tally): { readonly tables: EncodedRows[]; readonly outcome: BrowserOutcome } {
    const tables = [this.#pageViews, this.#events, this.#origins, this.#errors.table];
    for (const table of tables) {
      table.clear();
      setSender(table, tally);
    }
    this.#names = new GuardedTexts(this.#guard.set("name", tally.guardPlace(BROWSER_SERVICE)));
    const fields = browserVisit.safeParse(body);
    if (!fields.success) throw malformed(faultOf(fields.error));
    const items: unknown = (body as { readonly items?: unknown }).items;
    if (!Array.isArray(items) || items.length === 0 || items.length > EVENTS_PER_REQUEST_MAX)
      throw malformed(`items: a list of 1 to ${EVENTS_PER_REQUEST_MAX} is wanted`);
    const visit = new Visits(tally, this.#guard).of(fields.data);
    if (visit === null) throw malformed(UNREADABLE_PAGE);
    const refusals = new Refusals(tally);
    for (const [index, raw] of items.entries()) {
      tally.countItem();
      const parsed = browserItem.safeParse(raw);
      if (!parsed.success) refusals.invalid(index, faultOf(parsed.error));
      else if (refusals.admitsTime(index, parsed.data.timeMs)) {
        tally.accept(parsed.data.timeMs);
        this.#write(parsed.data, visit);
      }
    }
    const receivedAt = Math.floor(tally.request.receivedAtMs / 1000);
    for (const table of tables) table.fixed("received_at").u32.fill(receivedAt, 0, table.rows);
    return {
      tables: tables.flatMap((table) => table.encoded()),
      outcome: { alerts: [], refused: refusals.list },
    };
  }

  #write(item: BrowserItem, visit: Visit): void {
    switch (item.type) {
      case "page_view":
        this.#writePageView(item, visit);
        break;
      case "error":
        this.#errors.write(item, this.#names.admit(item.name), visit);
        break;
      case "resources":
        this.#writeResources(item, visit);
        break;
      case "request":
        this.#writeRequest(item, visit);
        break;
      case "long_animation_frame":
        this.#writeLongFrame(item, visit);
        break;
      case "event":
        this.#writeEvent({ ...item, name: this.#names.admit(item.name) }, visit);
        break;
      default:
        item satisfies never;
    }
  }

  #writePageView(item: Item<"page_view">, visit: Visit): void {
    const table = this.#pageViews;
    table.reserveRow();
    const row = table.rows;
    writeTimeMs(table, item.timeMs);
    writeVisit(table, this.#interner, visit);
    writeId(table, "trace_id", visit.traceId);
    table.interned("navigation_type").ids[row] = this.#interner.internText(item.navigationType);
    table.string("title").appendText(Buffer.from(item.title ?? ""));
    table.string("referrer").appendText(Buffer.from(withoutQuery(item.referrer ?? "")));
    table.fixed("load_duration_ms").f64[row] = item.loadDurationMs ?? 0;
    table.rows++;
  }

  #writeRequest(item: Item<"request">, visit: Visit): void {
    const { method, url, timeMs, durationMs, statusCode, traceId, spanId } = item;
    const name = this.#names.admit(`${method} ${groupedAddress(url, visit.origin)}`);
    const path = withoutQuery(url);
    this.#writeEvent(
      { type: "request", name, timeMs, durationMs, statusCode, traceId, spanId, url: path },
      visit,
    );
  }

  #writeLongFrame(item: Item<"long_animation_frame">, visit: Visit): void {
    const { timeMs, durationMs, blockingDurationMs: blockingMs } = item;
    const scripts = item.scripts.map((script) => ({ ...script, sourceUrl: withoutQuery(script.sourceUrl) }));
    const longest = scripts.toSorted((a, b) => b.durationMs - a.durationMs)[0];
    const name = this.#names.admit(longest?.sourceUrl || longest?.invoker || "");
    const detail = JSON.stringify(scripts);
    this.#writeEvent({ type: "long_animation_frame", name, timeMs, durationMs, blockingMs, detail }, visit);
  }

  #writeResources(item: Item<"resources">, visit: Visit): void {
    const longest = item.longest.map((resource) => ({ ...resource, url: withoutQuery(resource.url) }));
    const detail = JSON.stringify(longest);
    this.#writeEvent({ type: "resources", name: "", timeMs: item.timeMs, detail }, visit);
    for (const origin of item.origins) {
      const table = this.#origins;
      table.reserveRow();
      const row = table.rows;
      writeTimeMs(table, item.timeMs);
      table.interned("page").ids[row] = this.#interner.internText(visit.page);
      table.interned("device_type").ids[row] = this.#interner.internText(visit.deviceType);
      table.interned("release").ids[row] = this.#interner.internText(visit.release);
      table.interned("resource_origin").ids[row] = this.#interner.internText(
        this.#names.admit(withoutQuery(origin.origin)),
      );
      table.string("page_view_id").appendText(Buffer.from(visit.pageViewId));
      table.fixed("is_third_party").u8[row] = origin.isThirdParty ? 1 : 0;
      table.fixed("resources").u32[row] = Math.min(origin.count, UINT32_MAX);
      table.fixed("scripts").u32[row] = Math.min(origin.scriptCount, UINT32_MAX);
      table.fixed("transfer_bytes").u32[row * 2] = origin.transferSizeBytes % TWO_32;
      table.fixed("transfer_bytes").u32[row * 2 + 1] = origin.transferSizeBytes / TWO_32;
      table.fixed("duration_ms").f64[row] = origin.durationMs;
      table.rows++;
    }
  }

  #writeEvent(event: EventRow, visit: Visit): void {
    const table = this.#events;
    table.reserveRow();
    const row = table.rows;
    table.fixed("type").u8[row] = TYPES[event.type];
    table.interned("name").ids[row] = this.#interner.internText(event.name);
    writeTimeMs(table, event.timeMs);
    writeVisit(table, this.#interner, visit);
    table.fixed("duration_ms").f64[row] = event.durationMs ?? 0;
    table.fixed("blocking_ms").f64[row] = event.blockingMs ?? 0;
    table.fixed("status_code").u16[row] = event.statusCode ?? 0;
    writeId(table, "trace_id", event.traceId ?? visit.traceId);
    writeId(table, "span_id", event.spanId ?? "");
    table.string("url").appendText(Buffer.from(event.url ?? ""));
    table.string("detail").appendText(Buffer.from(event.detail ?? ""));
    writePairs(table, this.#interner, "attributes", event.attributes ?? {});
    table.rows++;
  }
}

const UINT32_MAX = 4_294_967_295;
const TWO_32 = 4_294_967_296;
