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
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      lo = Math.imul(lo ^ byte, 0x01000193);
      hi = Math.imul(hi ^ byte, 0x5bd1e995);
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
