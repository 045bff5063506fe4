import { formatShare } from "../ui/format.ts";

/** From here on a share of errors is marked. */
const MARKED_RATIO = 0.01;

/** The share of requests that failed; leads to a failed one where there is one. */
export function ErrorShare({ ratio, href }: { readonly ratio: number | null; readonly href: string | null }) {
  const isMarked = ratio !== null && ratio >= MARKED_RATIO;
  const text = isMarked ? <b class="bad">{formatShare(ratio)}</b> : formatShare(ratio);
  if (href === null || ratio === null || ratio === 0)
    return <span class={ratio === 0 ? "muted" : ""}>{text}</span>;
  return (
    <a class="link" href={href} title="The trace of the latest failed request">
      {text}
    </a>
  );
}
