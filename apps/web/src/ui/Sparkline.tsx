import "./sparkline.css";

const WIDTH = 120;
const HEIGHT = 28;
const MARGIN = 2;

/** The course of a number without axes; decoration beside the number, so hidden from screen readers. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }) {
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path d={sparklinePath(values)} />
    </svg>
  );
}

/** Less than this share of the largest value fills the height never: a calm series looks calm. */
const RANGE_MIN_RATIO = 0.3;

/** From the lowest to the highest value; gaps where a value is unknown. */
export function sparklinePath(values: readonly (number | null)[]): string {
  const known = values.filter((value) => value !== null);
  const max = Math.max(...known, 0);
  const lowest = known.length === 0 ? 0 : Math.min(...known);
  const span = Math.max(max - lowest, max * RANGE_MIN_RATIO) || 1;
  const min = Math.max(0, Math.min(lowest, (max + lowest - span) / 2));
  const x = (index: number): string => ((index / Math.max(1, values.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - MARGIN - ((value - min) / span) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  let line = "";
  for (const [index, value] of values.entries()) {
    if (value === null) continue;
    const isStart = (values[index - 1] ?? null) === null;
    line += `${isStart ? "M" : "L"}${x(index)} ${y(value)}`;
    // A point alone between gaps still shows: a line of no length with round ends is a dot.
    if (isStart && (values[index + 1] ?? null) === null) line += "h0";
  }
  return line;
}
