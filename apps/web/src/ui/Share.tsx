import { formatShare } from "./format.ts";
import "./share.css";

/** A share of 0..1 in percent with a bar below it. SVG, as the page's policy allows no inline style. */
export function Share({ ratio }: { readonly ratio: number }) {
  return (
    <span class="share">
      {formatShare(ratio)}
      <Bar ratio={ratio} />
    </span>
  );
}

/** A bar of 0..1; decoration beside its number. */
export function Bar({ ratio }: { readonly ratio: number }) {
  return (
    <svg class="bar" aria-hidden="true">
      <rect width={`${Math.min(100, Math.max(0, ratio * 100)).toFixed(1)}%`} height="100%" />
    </svg>
  );
}
