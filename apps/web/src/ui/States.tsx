/** What stands where content would be: nothing yet, still coming, or a failure with what to do. */
import type { ComponentChildren } from "preact";
import { Icon } from "./Icon.tsx";
import "./states.css";

export function EmptyState({
  title,
  children,
  action,
}: {
  readonly title: string;
  readonly children?: ComponentChildren;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children === undefined ? null : <div class="state-text">{children}</div>}
      {action === undefined ? null : <div class="state-action">{action}</div>}
    </div>
  );
}

export function ErrorState({
  title,
  detail,
  code,
  action,
}: {
  readonly title: string;
  /** What happened and what to do. */
  readonly detail: string;
  /** For the person who looks into the logs or the docs. */
  readonly code?: string;
  readonly action?: ComponentChildren;
}) {
  return (
    <div class="state state-error" role="alert">
      <p class="state-title">
        <Icon name="alert" /> {title}
      </p>
      <p class="state-text">{detail}</p>
      {code === undefined ? null : <p class="state-code">{code}</p>}
      {action === undefined ? null : <div class="state-action">{action}</div>}
    </div>
  );
}

/** Grey lines in the shape of what comes. */
export function Skeleton({ lines, label = "Loading" }: { readonly lines: number; readonly label?: string }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}
