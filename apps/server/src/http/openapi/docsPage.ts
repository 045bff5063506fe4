/** The browsable page of the API document: plain HTML without any script, so it works under the pages' strict policy. */
import { escapeText } from "../pages/document.ts";
import type { OpenApi, Operation } from "./document.ts";
import { TAGS } from "./routeDoc.ts";
import { type JsonSchema, refName, typeText } from "./typeText.ts";

interface Shown {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

/** @param origin as the reader reaches this server, for the commands */
export function docsPage(document: OpenApi, origin: string): string {
  const shown = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Shown => ({
      id: `${method}-${path.replaceAll(/[^a-zA-Z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}`,
      method: method.toUpperCase(),
      path,
      operation,
    })),
  );
  const groups = Object.entries(TAGS).map(([tag, title]) => ({
    tag,
    title,
    operations: shown.filter(({ operation }) => operation.tags?.includes(tag)),
  }));
  const schemas = (document.components as { schemas?: Record<string, JsonSchema> }).schemas ?? {};
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8">` +
    `<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">` +
    `<title>API · Throughline</title><link rel="icon" href="/favicon.svg" type="image/svg+xml">` +
    `<link rel="stylesheet" href="/docs/docs.css"></head><body>` +
    `<header><h1>API</h1><p>Everything the pages show and do. Send an API key ` +
    `(<code>authorization: Bearer tl_api_…</code>, made under <a href="/settings/keys">Settings</a>) or be signed in. ` +
    `Refusals are problem details whose <code>code</code> is stable. ` +
    `<a href="/docs/openapi.json">OpenAPI 3.1 document</a></p></header>` +
    `<nav aria-label="Parts">${groups.map(({ tag, title }) => `<a href="#${tag}">${escapeText(title)}</a>`).join("")}<a href="#shapes">Shapes</a></nav>` +
    `<main>${groups.map((group) => section(group, origin)).join("")}` +
    `<section id="shapes"><h2>Shapes</h2>${Object.entries(schemas).map(shape).join("")}</section></main></body></html>`
  );
}

function section(
  group: { readonly tag: string; readonly title: string; readonly operations: readonly Shown[] },
  origin: string,
): string {
  if (group.operations.length === 0) return "";
  return (
    `<section id="${group.tag}"><h2>${escapeText(group.title)}</h2>` +
    `${group.operations.map((each) => details(each, origin)).join("")}</section>`
  );
}

function details({ id, method, path, operation }: Shown, origin: string): string {
  return (
    `<details id="${id}"><summary><span class="method ${method.toLowerCase()}">${method}</span> ` +
    `<code>${escapeText(path)}</code> <span class="what">${escapeText(operation.summary)}</span></summary>` +
    `<p>${inline(operation.description)}</p>${parameters(operation)}` +
    `<h3>Example</h3><pre tabindex="0">${escapeText(curlOf(method, path, operation, origin))}</pre>` +
    `<h3>Answers</h3>${answers(operation)}</details>`
  );
}

function parameters({ parameters: list = [], requestBody }: Operation): string {
  const rows = list
    .map(
      ({ name, in: place, required, schema }) =>
        `<tr><td><code>${escapeText(name)}</code></td><td>${place}${required === true ? ", needed" : ""}</td>` +
        `<td><code>${escapeText(typeText(schema as JsonSchema))}</code></td></tr>`,
    )
    .join("");
  const table =
    rows === ""
      ? ""
      : `<h3>Parameters</h3><table><thead><tr><th>Name</th><th>Where</th><th>Type</th></tr></thead><tbody>${rows}</tbody></table>`;
  const body = requestBody?.content["application/json"];
  return body === undefined ? table : `${table}<h3>Body</h3>${typeBlock(body.schema as JsonSchema)}`;
}

function answers({ responses }: Operation): string {
  return `<dl>${Object.entries(responses)
    .map(([status, { description, content = {} }]) => {
      const [[type, media] = [undefined, undefined]] = Object.entries(content);
      const isProblem = type === "application/problem+json";
      const what = media === undefined || isProblem ? "" : typeBlock(media.schema as JsonSchema);
      return `<dt>${status}</dt><dd>${inline(description)}${isProblem || type === undefined ? "" : ` <code>${escapeText(type)}</code>`}${what}</dd>`;
    })
    .join("")}</dl>`;
}

function typeBlock(schema: JsonSchema): string {
  if (schema.$ref !== undefined) {
    const name = escapeText(refName(schema.$ref));
    return ` <a href="#shape-${name}">${name}</a>`;
  }
  return `<pre tabindex="0">${escapeText(typeText(schema))}</pre>`;
}

function shape([name, schema]: [string, JsonSchema]): string {
  const text = escapeText(typeText(schema));
  return `<details id="shape-${escapeText(name)}"><summary><code>${escapeText(name)}</code></summary><pre tabindex="0">${text}</pre></details>`;
}

/** A command that can be pasted into a shell. */
export function curlOf(method: string, path: string, operation: Operation, origin: string): string {
  const { url, body } = exampleOf(path, operation);
  const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
  const lines = [`curl ${method === "GET" ? "" : `-X ${method} `}${quote(origin + url)}`];
  if (operation["x-permission"] !== "public" && operation["x-permission"] !== "ingest:write")
    lines.push(`-H "authorization: Bearer $THROUGHLINE_API_KEY"`);
  if (body !== undefined)
    lines.push(`-H 'content-type: application/json'`, `-d ${quote(JSON.stringify(body))}`);
  return lines.join(" \\\n  ");
}

/** The operation's own example as a request. */
export function exampleOf(
  path: string,
  { parameters: list = [], requestBody }: Operation,
): { readonly url: string; readonly body: unknown } {
  const search = new URLSearchParams();
  let filled = path;
  for (const { name, in: place, example } of list) {
    if (example === undefined) continue;
    if (place === "path") filled = filled.replace(`{${name}}`, encodeURIComponent(String(example)));
    else if (place === "query") search.set(name, String(example));
  }
  const query = search.size === 0 ? "" : `?${search.toString()}`;
  return { url: filled + query, body: requestBody?.content["application/json"]?.example };
}

/** Text with `code` in it. */
function inline(text: string): string {
  return escapeText(text).replaceAll(/`([^`]+)`/g, "<code>$1</code>");
}
