/** Asks the guard once per name and resource; after that a name's verdict is an array read. */
import { textFingerprint, type GuardSet } from "./guard.ts";
import { enlarged, type Interner } from "./interner.ts";
import { OTHER } from "./wellKnown.ts";

export class GuardedNames {
  private readonly interner: Interner;
  private readonly other: number;
  private known: GuardSet | undefined;
  private stamp = 0;
  private stamps = new Int32Array(1024);
  private verdicts = new Int32Array(1024);
  /** Fingerprints of names by their number: they outlive requests and senders. */
  private readonly fingerprints = new Map<number, number>();

  constructor(interner: Interner) {
    this.interner = interner;
    this.other = interner.internText(OTHER);
  }

  /** From now on names count against this set. */
  begin(known: GuardSet): void {
    this.known = known;
    this.stamp++;
  }

  /** The name's number, or that of `(other)`. */
  admit(id: number): number {
    if (this.stamps[id] === this.stamp) return this.verdicts[id]!;
    return this.ask(id);
  }

  isFolded(admitted: number, asked: number): boolean {
    return admitted !== asked && admitted === this.other;
  }

  private ask(id: number): number {
    if (id >= this.stamps.length) {
      this.stamps = enlarged(this.stamps, id * 2);
      this.verdicts = enlarged(this.verdicts, id * 2);
    }
    const isKnown = id === 0 || this.known?.admits(this.fingerprint(id)) === true;
    this.stamps[id] = this.stamp;
    this.verdicts[id] = isKnown ? id : this.other;
    return this.verdicts[id]!;
  }

  private fingerprint(id: number): number {
    const known = this.fingerprints.get(id);
    if (known !== undefined) return known;
    const fingerprint = textFingerprint(this.interner.text(id));
    this.fingerprints.set(id, fingerprint);
    return fingerprint;
  }
}
