/**
 * Strings of LowCardinality columns by number. A string that was seen before costs a hash and a compare, no object;
 * it keeps its number between requests, so that well-known keys can be told apart by `switch`.
 */
import { isUtf8 } from "node:buffer";
import { randomInt } from "node:crypto";
import { IngestRefusal } from "../types.ts";
import { asUtf8, characterBoundary } from "./byteColumn.ts";

const TAIL_MASKS = new Int32Array([0, 0xff, 0xffff, 0xffffff]);
/** Keeps a sender from choosing keys that share a hash. */
const SEED = randomInt(2 ** 31);
const ELLIPSIS = Buffer.from("…");
/** From here on the table is dropped after a request: it should hold what is common, not everything ever seen. */
const RETIRE_STRINGS = 20_000;
const RETIRE_BYTES = 2 * 1024 * 1024;

export class Interner {
  /** Bytes of all strings, each starting at a multiple of 4 and padded with zeros. */
  arena: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  arenaView: DataView = new DataView(this.arena.buffer);
  offsets = new Int32Array(1024);
  lengths = new Int32Array(1024);
  count = 0;
  private hashes = new Int32Array(1024);
  private slots = new Int32Array(4096);
  private arenaUsed = 0;
  /** Scratch of the dictionary builder: per string, the last stamp that used it and its place there. */
  stamps = new Int32Array(1024);
  places = new Int32Array(1024);
  /** Per string, the one that came after it last time; a hint for whoever reads lists that repeat. */
  successors = new Int32Array(1024);
  private stamp = 0;
  private requestStart = 0;
  private readonly distinctMax: number;

  /** `wellKnown[i]` gets number i; number 0 must be the empty string. */
  constructor(wellKnown: readonly string[], distinctMax: number) {
    this.distinctMax = distinctMax;
    for (const text of wellKnown) this.internText(text);
  }

  beginRequest(): void {
    this.requestStart = this.count;
  }

  /** True when so much has gathered that a new table is cheaper to keep. */
  get isWorn(): boolean {
    return this.count > RETIRE_STRINGS || this.arenaUsed > RETIRE_BYTES;
  }

  /** A stamp that no string carries yet. */
  nextStamp(): number {
    return ++this.stamp;
  }

  internText(text: string): number {
    const bytes = Buffer.alloc(Buffer.byteLength(text) + 4);
    const size = bytes.write(text);
    return this.intern(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, size);
  }

  /** Number of a string that must be readable for 4 bytes behind its end. */
  intern(view: DataView, pos: number, size: number): number {
    if (size === 0 && this.count > 0) return 0;
    const whole = size & ~3;
    const tail = TAIL_MASKS[size & 3]!;
    let hash = SEED ^ size;
    for (let i = 0; i < whole; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(pos + i, true), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    if (tail !== 0) {
      hash = Math.imul(hash ^ (view.getInt32(pos + whole, true) & tail), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0x85ebca6b);
    hash ^= hash >>> 13;
    const slots = this.slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const id = slots[slot]! - 1;
      if (id < 0) return this.add(view, pos, size, hash, slot);
      if (this.hashes[id] === hash && this.is(id, view, pos, size)) return id;
      slot = (slot + 1) & mask;
    }
  }

  /** Whether string `id` is these bytes. */
  is(id: number, view: DataView, pos: number, size: number): boolean {
    if (this.lengths[id] !== size) return false;
    const arena = this.arenaView;
    const offset = this.offsets[id]!;
    const whole = size & ~3;
    for (let i = 0; i < whole; i += 4) {
      if (arena.getInt32(offset + i, true) !== view.getInt32(pos + i, true)) return false;
    }
    const tail = TAIL_MASKS[size & 3]!;
    return tail === 0 || arena.getInt32(offset + whole, true) === (view.getInt32(pos + whole, true) & tail);
  }

  /** Number of a string that is cut (with an ellipsis) when it is longer than `limit` bytes. */
  internLimited(view: DataView, pos: number, size: number, limit: number): number {
    if (size <= limit) return this.intern(view, pos, size);
    const source = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    const kept = asUtf8(source, pos, characterBoundary(source, pos, limit));
    return this.internText(Buffer.concat([kept, ELLIPSIS]).toString("utf8"));
  }

  text(id: number): string {
    const offset = this.offsets[id]!;
    return Buffer.from(this.arena.buffer, offset, this.lengths[id]).toString("utf8");
  }

  private add(view: DataView, pos: number, size: number, hash: number, slot: number): number {
    const source = new Uint8Array(view.buffer, view.byteOffset + pos, size);
    if (!isUtf8(source)) return this.internText(Buffer.from(source).toString("utf8"));
    if (this.count - this.requestStart >= this.distinctMax) {
      throw new IngestRefusal(
        "too_large",
        `The request has more than ${this.distinctMax} different attribute keys, names and routes. ` +
          "Put ids into attribute values instead of keys and names.",
      );
    }
    const id = this.count++;
    if (id === this.offsets.length) this.growStrings();
    this.reserveArena(size + 8);
    const offset = this.arenaUsed;
    this.arena.set(source, offset);
    this.arenaUsed = (offset + size + 3) & ~3;
    this.offsets[id] = offset;
    this.lengths[id] = size;
    this.hashes[id] = hash;
    this.slots[slot] = id + 1;
    if (this.count * 2 > this.slots.length) this.growSlots();
    return id;
  }

  private reserveArena(extra: number): void {
    if (this.arenaUsed + extra <= this.arena.length) return;
    const grown = new Uint8Array(Math.max(this.arena.length * 2, this.arenaUsed + extra));
    grown.set(this.arena);
    this.arena = grown;
    this.arenaView = new DataView(grown.buffer);
  }

  private growStrings(): void {
    const size = this.offsets.length * 2;
    this.offsets = enlarged(this.offsets, size);
    this.lengths = enlarged(this.lengths, size);
    this.hashes = enlarged(this.hashes, size);
    this.stamps = enlarged(this.stamps, size);
    this.places = enlarged(this.places, size);
    this.successors = enlarged(this.successors, size);
  }

  private growSlots(): void {
    const slots = new Int32Array(this.slots.length * 2);
    const mask = slots.length - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = this.hashes[id]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.slots = slots;
  }
}

export function enlarged(array: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(size);
  grown.set(array);
  return grown;
}
