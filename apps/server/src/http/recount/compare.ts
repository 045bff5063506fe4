/**
 * An answer against what was counted by hand. Every number of the answer needs one: a number that nobody recounts is a
 * difference as well, so that a new one can't go unnoticed.
 */

/** Buckets of durations are an eighth of an octave wide (`insight/statistics/histogram.ts`). */
export const SKETCH_ERROR = 2 ** (1 / 8) - 1;

export class Near {
  readonly value: number;
  readonly within: number;
  constructor(value: number, within: number) {
    this.value = value;
    this.within = within;
  }
}

/** A percentile that a sketch answers; null where there is nothing to take it of. */
export const sketch = (value: number | null | undefined): Near | null =>
  value === null || value === undefined || Number.isNaN(value) ? null : new Near(value, SKETCH_ERROR);

class Text {
  readonly isText = true;
}
/** A text or null, whichever: no number. */
export const TEXT = new Text();

export type Expected =
  | number
  | string
  | boolean
  | null
  | Near
  | Text
  | readonly Expected[]
  | { readonly [key: string]: Expected };

/** Sums of floating numbers differ by the order they were added in. */
const ROUNDING = 1e-9;

/** @returns a sentence a difference, none when every number is as recounted */
export function differences(answer: unknown, expected: Expected | undefined, path = ""): string[] {
  if (answer === null || typeof answer === "number") return ofNumber(answer, expected, path);
  if (typeof answer !== "object") {
    const isFree = expected === undefined || expected === TEXT;
    return isFree || answer === expected ? [] : [`${path} is ${String(answer)}, counted ${shown(expected)}`];
  }
  if (expected === undefined) return numbersIn(answer, path);
  if (expected === null || typeof expected !== "object" || expected instanceof Near || expected === TEXT)
    return [`${path} is ${JSON.stringify(answer)?.slice(0, 80)}, counted ${shown(expected)}`];
  const size = (of: object): number => Object.keys(of).length;
  if (Array.isArray(answer) && size(answer) !== size(expected))
    return [`${path} has ${size(answer)} rows, counted ${size(expected)}`];
  const counted = expected as Readonly<Record<string, Expected>>;
  const unanswered = Object.keys(counted).filter((key) => !Object.hasOwn(answer, key));
  return [
    ...unanswered.map((key) => `${path}.${key} is counted and not answered`),
    ...Object.entries(answer).flatMap(([key, value]) =>
      differences(value, Object.hasOwn(counted, key) ? counted[key] : undefined, `${path}.${key}`),
    ),
  ];
}

function ofNumber(answer: number | null, expected: Expected | undefined, path: string): string[] {
  if (expected === undefined) return [`nobody recounts ${path}, which is ${answer}`];
  if (expected === TEXT) return answer === null ? [] : [`${path} is a number`];
  if (answer === null || expected === null)
    return answer === expected ? [] : [`${path} is ${answer}, counted ${shown(expected)}`];
  const [value, within] =
    expected instanceof Near
      ? [expected.value, expected.within]
      : [typeof expected === "number" ? expected : Number.NaN, ROUNDING];
  const isAlike = Math.abs(answer - value) <= within * Math.abs(value) + ROUNDING;
  return isAlike ? [] : [`${path} is ${answer}, counted ${shown(expected)}`];
}

function numbersIn(answer: object, path: string): string[] {
  return Object.entries(answer).flatMap(([key, value]) => differences(value, undefined, `${path}.${key}`));
}

function shown(expected: Expected | undefined): string {
  if (expected instanceof Near) return `${expected.value} ± ${(expected.within * 100).toFixed(1)} %`;
  return expected === TEXT ? "a text" : (JSON.stringify(expected) ?? "nothing").slice(0, 80);
}
