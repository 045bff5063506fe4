/** Reading PostgreSQL's plan, in which every field may be absent or something else. */

/** PostgreSQL's own form. https://www.postgresql.org/docs/current/sql-explain.html */
export interface RawPlan {
  readonly [field: string]: unknown;
}

export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.filter((each) => typeof each === "string").join(", ") : "";
}

export function numberOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

export function childrenOf(raw: RawPlan): readonly RawPlan[] {
  const { Plans: children } = raw;
  return Array.isArray(children) ? children.filter(isObject) : [];
}

function isObject(value: unknown): value is RawPlan {
  return typeof value === "object" && value !== null;
}
