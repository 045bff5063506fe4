import type { EndpointFilter } from "../paths.ts";

export const SORTS = [
  { value: "time", label: "time in all" },
  { value: "requests", label: "requests" },
  { value: "p95", label: "p95" },
  { value: "errors", label: "failed requests" },
  { value: "apdex", label: "apdex, worst first" },
  { value: "size", label: "size of answers" },
] as const;

/** The filter that the page's address holds; nothing for what is not named. */
export function readEndpointFilter(search: URLSearchParams): EndpointFilter {
  const names = ["service", "q", "sort", "apdexMs"] as const;
  return Object.fromEntries(names.flatMap((name) => (search.get(name) ? [[name, search.get(name)]] : [])));
}
