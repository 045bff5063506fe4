/** 64-bit integers of JSON, exact: written as numbers or, as protobuf's JSON does, as strings. */
import { QUOTE, type JsonScanner } from "./jsonScanner.ts";

export class JsonInteger {
  /** The last integer's halves, signed. */
  lo = 0;
  hi = 0;

  /** Reads an integer, as a number or a string, into `lo` and `hi`. */
  read(scanner: JsonScanner): void {
    if (scanner.peek() === QUOTE) scanner.string();
    else scanner.number();
    const { text, start, end } = scanner;
    const isNegative = text[start] === 0x2d;
    let lo = 0;
    let hi = 0;
    for (let pos = isNegative ? start + 1 : start; pos < end; pos++) {
      const digit = text[pos]! - 0x30;
      if (digit < 0 || digit > 9) {
        this.readOdd(scanner);
        return;
      }
      lo = lo * 10 + digit;
      const carry = (lo / 4_294_967_296) | 0;
      lo -= carry * 4_294_967_296;
      hi = hi * 10 + carry;
      if (hi > 0xffffffff) throw scanner.fault("a number of more than 64 bits", start);
    }
    if (end === start || (isNegative && end === start + 1)) throw scanner.fault("an empty number", start);
    this.lo = lo | 0;
    this.hi = hi | 0;
    if (isNegative) {
      this.lo = -lo | 0;
      this.hi = lo === 0 ? -hi | 0 : ~hi;
    }
  }

  /** Integers may be written like 1.0 or 1e3. */
  private readOdd(scanner: JsonScanner): void {
    const value = Number(scanner.ascii() || "x");
    if (!Number.isSafeInteger(value))
      throw scanner.fault("something else where an integer should be", scanner.start);
    const big = BigInt(value);
    this.lo = Number(BigInt.asIntN(32, big));
    this.hi = Number(BigInt.asIntN(32, big >> 32n));
  }
}
