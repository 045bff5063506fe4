/**
 * The address if it leads to a page of the product, else the overview: `next` may come from anybody's link. Read as the
 * browser reads it, so that `//evil.example` and `/\evil.example` are what they are.
 */
export function ownPath(next: string | null): string {
  const own = "http://page.invalid";
  if (next === null || !next.startsWith("/") || !URL.canParse(next, own)) return "/";
  const { origin, pathname, search, hash } = new URL(next, own);
  if (origin !== own || /^\/(\/|api(\/|$)|sign-in$|setup$)/.test(pathname)) return "/";
  return pathname + search + hash;
}
