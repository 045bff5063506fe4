import "./sparkline.css";

const WIDTH = 120;
const HEIGHT = 28;
const MARGIN = 2;

/** The course of a number without axes; decoration beside the number, so hidden from screen readers. */
export function Sparkline({ values }: { readonly values: readonly (number | null)[] }) {
  const { line, area } = sparklinePaths(values);
  return (
    <svg class="sparkline" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="sparkline-area" d={area} />
      <path class="sparkline-line" d={line} />
    </svg>
  );
}

/** Line and area below it. From zero, so that a calm series looks calm; gaps where a value is unknown. */
export function sparklinePaths(values: readonly (number | null)[]): { line: string; area: string } {
  let max = 0;
  for (const value of values) if (value !== null && value > max) max = value;
  const x = (index: number): string => ((index / Math.max(1, values.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number): string =>
    (HEIGHT - MARGIN - (max === 0 ? 0 : value / max) * (HEIGHT - 2 * MARGIN)).toFixed(1);
  let line = "";
  let area = "";
  let start = -1;
  for (let index = 0; index <= values.length; index++) {
    const value = values[index] ?? null;
    if (value === null) {
      if (start >= 0) area += `L${x(index - 1)} ${HEIGHT}L${x(start)} ${HEIGHT}Z`;
      start = -1;
      continue;
    }
    const point = `${start < 0 ? "M" : "L"}${x(index)} ${y(value)}`;
    if (start < 0) start = index;
    line += point;
    area += point;
    // A point alone between gaps still shows: a line of no length with round ends is a dot.
    if (start === index && (values[index + 1] ?? null) === null) line += "h0";
  }
  return { line, area };
}
