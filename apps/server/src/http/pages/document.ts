/** The HTML document around a rendered page. */
import type { WebBundle, WebRenderer } from "./webBundle.ts";

type InitialState = Parameters<WebRenderer["renderPage"]>[0];
type RenderedPage = Awaited<ReturnType<WebRenderer["renderPage"]>>;

export interface DocumentParts {
  readonly page: RenderedPage;
  /** Embedded for hydration. */
  readonly state: InitialState;
  readonly bundle: WebBundle;
  /** The page's source file, whose scripts are fetched at once. */
  readonly source: string | null;
}

export function renderDocument({ page, state, bundle, source }: DocumentParts): string {
  const preloads = bundle
    .scriptsOf(source)
    .filter((script) => script !== bundle.entryScript)
    .map((script) => `<link rel="modulepreload" href="${script}">`)
    .join("");
  const theme = page.theme === null ? "" : ` data-theme="${page.theme}"`;
  return (
    `<!doctype html><html lang="en"${theme}><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1,viewport-fit=cover">` +
    `<meta name="color-scheme" content="${page.theme ?? "light dark"}">` +
    `<title>${escapeText(page.title)}</title>` +
    `<link rel="icon" href="/favicon.svg" type="image/svg+xml">` +
    // Nothing is painted before all of it is parsed: half a grid or table would move when its rest comes.
    `<link rel="expect" href="#state" blocking="render">` +
    `<link rel="stylesheet" href="${bundle.stylesheet}">` +
    preloads +
    `<script type="module" src="${bundle.entryScript}"></script></head>` +
    `<body><div id="root">${page.html}</div>` +
    `<script type="application/json" id="state">${jsonForScript(state)}</script></body></html>`
  );
}

/** JSON that can't end its script element or open a comment in it, whatever strings are in it. */
export function jsonForScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
