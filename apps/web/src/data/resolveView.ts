/** From an address to the page that shows it, with its code loaded. The same on the server and in the browser. */
import type { Problem } from "@throughline/contract";
import { findPage } from "../pages.ts";
import type { View } from "./appState.ts";

/**
 * @param url path and query
 * @param problem why the page's data is missing, if it is
 */
export async function resolveView(url: string, problem: Problem | null): Promise<View> {
  const { pathname: path, searchParams: search } = new URL(url, "http://page.invalid");
  const found = findPage(path);
  if (found === null) {
    return { path, search, params: {}, page: null, content: null, problem: problem ?? noSuchPage(path) };
  }
  const { page, params } = found;
  // A refusal needs no code of the page.
  const content = problem === null ? await page.load() : null;
  return { path, search, params, page, content, problem };
}

export function noSuchPage(path: string): Problem {
  return {
    type: "about:blank",
    title: "There is no such page",
    status: 404,
    code: "not_found",
    detail: `Nothing has the address ${path}. It may be mistyped, or the link is old.`,
  };
}
