import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import "./card.css";

export interface CardProps {
  readonly title: ComponentChildren;
  /** Stands at the right of the title: a legend, a link, a count. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
  /** For tables that reach the edges. */
  readonly isFlush?: boolean;
  readonly class?: string;
}

/** A section with a heading. */
export function Card({ title, aside, children, isFlush = false, class: className = "" }: CardProps) {
  const id = useId();
  return (
    <section class={`card ${isFlush ? "card-flush" : ""} ${className}`} aria-labelledby={id}>
      <header class="card-head">
        <h2 id={id}>{title}</h2>
        {aside === undefined ? null : <div class="card-aside">{aside}</div>}
      </header>
      {children}
    </section>
  );
}
