import type { QueryFilter } from "../paths.ts";

export const SORTS = [
  { value: "total", label: "time in all" },
  { value: "p95", label: "p95" },
  { value: "executions", label: "executions" },
  { value: "slow", label: "slow ones" },
  { value: "repeated", label: "repeats (N+1)" },
] as const;

/** The filter that the page's address holds; nothing for what is not named. */
export function readQueryFilter(search: URLSearchParams): QueryFilter {
  const names = ["service", "route", "q", "sort", "slowMs"] as const;
  return Object.fromEntries(names.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])));
}
