import type { Interner } from "./interner.ts";
import type { MapColumn } from "./mapColumn.ts";

/**
 * A 64-bit hash for ids that are stored (series, fingerprints): two 32-bit MurmurHash3-like lanes that are mixed at
 * the end. Not for security. Its results are in the tables: changing it splits every series and error group.
 */
export class Hash64 {
  lo = 0;
  hi = 0;
  private size = 0;

  begin(): this {
    this.lo = 0x2f0b4a27;
    this.hi = 0x6c62272e;
    this.size = 0;
    return this;
  }

  /** Adds bytes and then their length, so that neighbouring parts cannot run into each other. */
  add(bytes: Uint8Array, from = 0, to = bytes.length): this {
    let { lo, hi } = this;
    let i = from;
    for (; i + 4 <= to; i += 4) {
      const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      lo = Math.imul(lo ^ word, 0xcc9e2d51);
      lo ^= lo >>> 15;
      hi = Math.imul((hi << 13) ^ (hi >>> 19) ^ word, 0x5bd1e995);
    }
    for (; i < to; i++) {
      lo = Math.imul(lo ^ bytes[i]!, 0x01000193);
      hi = Math.imul(hi ^ bytes[i]!, 0x5bd1e995);
      hi ^= hi >>> 15;
    }
    const size = to - from;
    this.lo = mix(lo ^ size, 0xcc9e2d51);
    this.hi = mix(hi ^ size, 0x1b873593);
    this.size += size;
    return this;
  }

  addText(text: string): this {
    return this.add(Buffer.from(text));
  }

  addInterned(interner: Interner, id: number): this {
    const offset = interner.offsets[id]!;
    return this.add(interner.arena, offset, offset + interner.lengths[id]!);
  }

  /**
   * Adds a map's pairs from `first` on, whose values begin at `valuesAt`. Their order makes no difference: the pairs'
   * hashes are summed.
   */
  addPairs(pairs: MapColumn, first: number, valuesAt: number, interner: Interner): this {
    const { values, keys } = pairs;
    const { lo, hi, size } = this;
    let sumLo = 0;
    let sumHi = 0;
    let at = valuesAt;
    for (let i = first; i < pairs.count; i++) {
      let length = 0;
      for (let shift = 0; ; shift += 7) {
        const byte = values.bytes[at++]!;
        length |= (byte & 0x7f) << shift;
        if (byte < 0x80) break;
      }
      this.begin()
        .addInterned(interner, keys.ids[i]!)
        .add(values.bytes, at, at + length)
        .end();
      sumLo = (sumLo + this.lo) | 0;
      sumHi = (sumHi + this.hi) | 0;
      at += length;
    }
    this.lo = lo;
    this.hi = hi;
    this.size = size;
    return this.addWords(sumLo, sumHi);
  }

  /** Adds two words, for example another hash. */
  addWords(a: number, b: number): this {
    this.lo = mix(this.lo ^ a, 0xcc9e2d51);
    this.hi = mix(this.hi ^ b, 0x1b873593);
    return this;
  }

  end(): this {
    const { lo, hi } = this;
    this.lo = mix(lo + Math.imul(hi, 5) + this.size, 0x85ebca6b);
    this.hi = mix(hi + Math.imul(this.lo, 7), 0xc2b2ae35);
    return this;
  }
}

function mix(value: number, factor: number): number {
  let hash = Math.imul(value ^ (value >>> 16), factor);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
