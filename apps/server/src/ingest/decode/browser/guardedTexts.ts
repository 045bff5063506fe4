/** Asks the guard once per text and request. */
import { textFingerprint, type GuardSet } from "../guard.ts";
import { OTHER } from "../wellKnown.ts";

export class GuardedTexts {
  readonly #known: GuardSet;
  readonly #verdicts = new Map<string, string>();

  constructor(known: GuardSet) {
    this.#known = known;
  }

  /** The text, or `(other)` when there is no room for one more. */
  admit(text: string): string {
    if (text === "") return text;
    const known = this.#verdicts.get(text);
    if (known !== undefined) return known;
    const admitted = this.#known.admits(textFingerprint(text)) ? text : OTHER;
    this.#verdicts.set(text, admitted);
    return admitted;
  }
}
