/** What a span counts as in the request rollups: its route, as told by its attributes or else by its name. */
import { characterBoundary } from "./byteColumn.ts";
import type { Interner } from "./interner.ts";
import { KEY } from "./wellKnown.ts";
import type { WireReader } from "./wireReader.ts";

export const KIND_SERVER = 2;
export const KIND_CONSUMER = 5;
const FIRST_KEY = KEY.httpRoute;
const LAST_KEY = KEY.messagingOperation;
const LIMIT_BYTES = 512;
const NAMES_REMEMBERED = 5000;

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const HEX_ID = /^(?=.*\d)[0-9a-f]{8,}$/i;
const LONG_ID = /^(?=.*\d)[\w.~%-]{20,}$/;

export class RouteNamer {
  private readonly reader: WireReader;
  private readonly interner: Interner;
  /** Start and end in the body of the value of each key that names a route; 0 when the span has none. */
  private readonly ranges = new Int32Array((LAST_KEY - FIRST_KEY + 1) * 2);
  private isAnySet = false;
  private readonly scratch = new Uint8Array(2 * LIMIT_BYTES + 16);
  private readonly scratchView = new DataView(this.scratch.buffer);
  private readonly byName = new Map<number, number>();

  constructor(reader: WireReader, interner: Interner) {
    this.reader = reader;
    this.interner = interner;
  }

  clear(): void {
    if (!this.isAnySet) return;
    this.isAnySet = false;
    this.ranges.fill(0);
  }

  /** Notes the string value of a key from http.route to messaging.operation. */
  note(key: number, start: number, end: number): void {
    const at = (key - FIRST_KEY) * 2;
    const size = end - start;
    this.ranges[at] = start;
    this.ranges[at + 1] =
      size <= LIMIT_BYTES ? end : start + characterBoundary(this.reader.bytes, start, LIMIT_BYTES);
    this.isAnySet = true;
  }

  /** Number of the route of a span of this kind; 0 for kinds that serve no requests. */
  name(kind: number, method: number, spanName: number): number {
    if (kind === KIND_SERVER) {
      if (this.isAnySet) {
        if (this.has(KEY.httpRoute)) return this.httpRoute(method);
        if (this.has(KEY.rpcMethod)) return this.joined(KEY.rpcService, 0x2f, KEY.rpcMethod);
      }
      return this.fromName(method, spanName);
    }
    if (kind === KIND_CONSUMER && this.isAnySet) {
      const destination = this.has(KEY.messagingDestinationName)
        ? KEY.messagingDestinationName
        : KEY.messagingDestination;
      if (!this.has(destination)) return 0;
      const operation = [KEY.messagingOperationName, KEY.messagingOperationType].find((key) => this.has(key));
      return this.joined(destination, 0x20, operation ?? KEY.messagingOperation);
    }
    return 0;
  }

  private has(key: number): boolean {
    const at = (key - FIRST_KEY) * 2;
    return this.ranges[at + 1]! > this.ranges[at]!;
  }

  private httpRoute(method: number): number {
    const { interner, scratch } = this;
    let size = 0;
    if (method !== 0) {
      const offset = interner.offsets[method]!;
      size = Math.min(interner.lengths[method]!, LIMIT_BYTES - 1);
      for (let i = 0; i < size; i++) scratch[i] = interner.arena[offset + i]!;
      scratch[size++] = 0x20;
    }
    size = this.copyRange(KEY.httpRoute, size);
    return interner.intern(this.scratchView, 0, size);
  }

  /** `first separator second`, or the one of them that is there. */
  private joined(first: number, separator: number, second: number): number {
    let size = this.copyRange(first, 0);
    if (size > 0 && this.has(second)) this.scratch[size++] = separator;
    size = this.copyRange(second, size);
    return this.interner.intern(this.scratchView, 0, size);
  }

  private copyRange(key: number, at: number): number {
    const place = (key - FIRST_KEY) * 2;
    const start = this.ranges[place]!;
    const size = this.ranges[place + 1]! - start;
    const { bytes } = this.reader;
    for (let i = 0; i < size; i++) this.scratch[at + i] = bytes[start + i]!;
    return at + size;
  }

  private fromName(method: number, spanName: number): number {
    const known = this.byName.get(spanName);
    if (known !== undefined) return known;
    const { interner } = this;
    let text = routeFromName(interner.text(spanName));
    if (text.startsWith("/") && method !== 0) text = `${interner.text(method)} ${text}`;
    const route = interner.internText(text);
    // Remembered only while it cannot depend on the method.
    if (!text.includes("/")) {
      if (this.byName.size >= NAMES_REMEMBERED) this.byName.clear();
      this.byName.set(spanName, route);
    }
    return route;
  }
}

/**
 * A span name as a route: raw paths lose their query, and segments that are ids (numbers, UUIDs, long hexadecimal or
 * random texts) become `:id`. `GET /orders/4711?x=1` → `GET /orders/:id`.
 */
export function routeFromName(name: string): string {
  const pathAt = name.indexOf("/");
  if (pathAt < 0) return name;
  // `pkg.Service/Method` and the like are names, not paths.
  if (pathAt > 0 && name[pathAt - 1] !== " ") return name;
  const path = name.slice(pathAt).replace(/[?#].*$/s, "");
  return name.slice(0, pathAt) + path.split("/").map(withoutId).join("/");
}

function withoutId(segment: string): string {
  const isId = /^\d+$/.test(segment) || UUID.test(segment) || HEX_ID.test(segment) || LONG_ID.test(segment);
  return isId ? ":id" : segment;
}
