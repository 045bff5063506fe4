import type { ComponentChildren } from "preact";
import "./badge.css";

export type Tone = "neutral" | "good" | "warn" | "bad" | "accent";

/** A word with a tone; the tone never says what the word doesn't. */
export function Badge({
  tone = "neutral",
  children,
}: {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}) {
  return <span class={`badge tone-${tone}`}>{children}</span>;
}

/** A dot before a word: round for good, a diamond for warn, a square for bad, hollow for neutral. */
export function StatusDot({ tone }: { readonly tone: Tone }) {
  return <i class={`dot tone-${tone}`} aria-hidden="true" />;
}
