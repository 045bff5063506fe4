/**
 * Resource and scope: read once, then copied to every row below them. Their promoted attributes become columns, the
 * rest one map, in which a scope's version and attributes are prefixed `otel.scope.`.
 */
import type { ValueReader } from "./anyValue.ts";
import { AttributeMap } from "./attributeMap.ts";
import { textFingerprint, type Guard } from "./guard.ts";
import { MapColumn } from "./mapColumn.ts";
import { tooManyRowBytes, type NativeTable } from "./nativeTable.ts";
import type { Tally } from "./tally.ts";
import { KEY, OTHER, UNKNOWN_SERVICE } from "./wellKnown.ts";
import { WireFault, type WireReader } from "./wireReader.ts";
import { STRING } from "./valueKinds.ts";

/** What all rows below one resource and scope share. Ids are numbers of the Interner. */
export class ResourceContext {
  service = 0;
  /** The service's name as stored: `(other)` when the guard folded it. */
  serviceName = "";
  isServiceFolded = false;
  version = 0;
  environment = 0;
  instance = 0;
  scope = 0;
  readonly pairs: MapColumn;
  private readonly value: ValueReader;
  private readonly reader: WireReader;
  private readonly guard: Guard;
  private readonly map: AttributeMap;
  private resourceCount = 0;
  private resourceLength = 0;
  private rowBytes = 0;

  constructor(value: ValueReader, guard: Guard) {
    this.value = value;
    this.reader = value.reader;
    this.guard = guard;
    this.pairs = new MapColumn(value.interner);
    this.map = new AttributeMap(this.pairs, value.limits);
  }

  beginRequest(): void {
    this.rowBytes = 0;
  }

  /** Reads all occurrences of field 1 (resource) of a ResourceSpans/Logs/Metrics at [pos, end); leaves pos there. */
  readResource(end: number, tally: Tally): void {
    const start = this.reader.pos;
    tally.countGroup();
    this.pairs.clear();
    this.map.begin();
    this.service = 0;
    this.version = 0;
    this.environment = 0;
    this.instance = 0;
    let rank = 0;
    while (this.reader.pos < end) {
      const tag = this.reader.tag(end);
      if (tag === 0x0a) rank = this.readResourceMessage(this.reader.length(end), rank);
      else this.reader.skip(tag, end);
    }
    this.map.end(0);
    this.resourceCount = this.pairs.count;
    this.resourceLength = this.pairs.values.length;
    this.settleService(tally);
    this.refuseDeepValues(start);
    this.reader.pos = start;
  }

  private readResourceMessage(end: number, rank: number): number {
    const { reader, value } = this;
    let best = rank;
    let lost = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) {
        value.readKeyValue(reader.length(end));
        best = this.resourceAttribute(best);
      } else if (tag === 0x10) lost = reader.varint32(end) >>> 0;
      else reader.skip(tag, end);
    }
    if (lost !== 0) this.map.note(KEY.senderDroppedAttributes, String(lost));
    return best;
  }

  /** `rank` says how good the instance's source so far is; returns the new rank. */
  private resourceAttribute(rank: number): number {
    const { value } = this;
    let best = rank;
    switch (value.key) {
      case KEY.serviceName:
        if (this.service === 0) {
          this.service = this.intern();
          if (this.service !== 0) return best;
        }
        break;
      case KEY.serviceVersion:
        if (this.version === 0) {
          this.version = this.intern();
          if (this.version !== 0) return best;
        }
        break;
      case KEY.deploymentEnvironmentName:
      case KEY.deploymentEnvironment:
        if (this.environment === 0) {
          this.environment = this.intern();
          if (this.environment !== 0) return best;
        }
        break;
      case KEY.serviceInstanceId:
        best = this.instanceFrom(3, rank);
        break;
      case KEY.hostName:
        best = this.instanceFrom(2, rank);
        break;
      case KEY.k8sPodName:
        best = this.instanceFrom(1, rank);
        break;
      default:
    }
    this.map.add(value);
    return best;
  }

  private instanceFrom(offered: number, rank: number): number {
    if (offered <= rank) return rank;
    const id = this.intern();
    if (id === 0) return rank;
    this.instance = id;
    return offered;
  }

  /** The last value as an interned string; 0 for anything else, which then stays in the map. */
  private intern(): number {
    const { value, reader } = this;
    if (value.kind !== STRING) return 0;
    const size = value.end - value.start;
    return value.interner.internLimited(reader.view, value.start, size, value.limits.nameBytesMax);
  }

  private settleService(tally: Tally): void {
    const { interner } = this.value;
    if (this.service === 0) this.service = interner.internText(UNKNOWN_SERVICE);
    const name = interner.text(this.service);
    this.isServiceFolded = !this.guard.set("service", tally.guardPlace("")).admits(textFingerprint(name));
    this.serviceName = this.isServiceFolded ? OTHER : name;
    if (this.isServiceFolded) this.service = interner.internText(OTHER);
  }

  /** Reads field 1 (scope) of a ScopeSpans/Logs/Metrics at [pos, end); leaves pos there. */
  readScope(end: number, tally: Tally): void {
    const { reader } = this;
    tally.countGroup();
    const start = reader.pos;
    this.pairs.count = this.resourceCount;
    this.pairs.values.length = this.resourceLength;
    this.map.begin();
    this.scope = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) this.readScopeMessage(reader.length(end));
      else reader.skip(tag, end);
    }
    this.map.end(0);
    this.refuseDeepValues(start);
    reader.pos = start;
  }

  private readScopeMessage(end: number): void {
    const { reader, value } = this;
    const { interner, limits } = value;
    let versionAt = 0;
    let versionSize = 0;
    while (reader.pos < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) this.scope = value.internString(end, limits.nameBytesMax);
      else if (tag === 0x12) {
        const versionEnd = reader.length(end);
        versionAt = reader.pos;
        versionSize = versionEnd - versionAt;
        reader.pos = versionEnd;
      } else if (tag === 0x1a) {
        value.readKeyValue(reader.length(end));
        value.key = interner.internText(`otel.scope.${interner.text(value.key)}`);
        this.map.add(value);
      } else reader.skip(tag, end);
    }
    if (versionSize === 0) return;
    this.pairs.addKey(KEY.scopeVersion);
    const { values } = this.pairs;
    values.appendLimited(reader.bytes, reader.view, versionAt, versionSize, limits.nameBytesMax);
  }

  private refuseDeepValues(at: number): void {
    if (!this.value.isTooDeep) return;
    this.value.isTooDeep = false;
    throw new WireFault(
      at,
      `a resource or scope attribute nested deeper than ${this.value.limits.nestingMax}`,
    );
  }

  /** Fills what rows [from, table.rows) share, and refuses a request whose rows would be out of proportion. */
  fillRows(table: NativeTable, from: number, tally: Tally): void {
    const rows = table.rows - from;
    if (rows === 0) return;
    tally.services.add(this.serviceName);
    if (this.isServiceFolded) tally.overflowed += rows;
    const { limits } = this.value;
    this.rowBytes += rows * (this.pairs.values.length + this.pairs.count * 4 + 256);
    if (this.rowBytes > limits.rowBytesMax) throw tooManyRowBytes(limits.rowBytesMax);
    table.interned("service").ids.fill(this.service, from, table.rows);
    table.interned("service_version").ids.fill(this.version, from, table.rows);
    table.interned("environment").ids.fill(this.environment, from, table.rows);
    table.interned("instance").ids.fill(this.instance, from, table.rows);
    table.interned("scope").ids.fill(this.scope, from, table.rows);
    table.map("resource").appendRepeated(this.pairs, from, rows);
  }
}
