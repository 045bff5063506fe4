import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import "./button.css";

export interface ButtonProps extends Omit<ButtonHTMLAttributes, "class"> {
  readonly children: ComponentChildren;
  /** quiet: no border until pointed at; danger: what it does can't be taken back. */
  readonly kind?: "plain" | "primary" | "quiet" | "danger";
  readonly type?: "button" | "submit";
  readonly disabled?: boolean;
}

export function Button({ kind = "plain", type = "button", children, ...rest }: ButtonProps) {
  return (
    <button type={type} class={`button button-${kind}`} {...rest}>
      {children}
    </button>
  );
}

/** A link that looks like a button: it goes somewhere. */
export function ButtonLink({
  href,
  kind = "plain",
  children,
}: {
  readonly href: string;
  readonly kind?: "plain" | "primary" | "quiet";
  readonly children: ComponentChildren;
}) {
  return (
    <a href={href} class={`button button-${kind}`}>
      {children}
    </a>
  );
}
