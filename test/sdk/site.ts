/**
 * A web site on one origin and a Throughline on another, both made for a test: pages are written by the test, and every
 * body the SDK sends is checked against the contract before it is kept.
 */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import {
  browserEvents,
  webVitals,
  type BrowserEvents,
  type BrowserItem,
  type WebVital,
} from "@throughline/contract";

const SCRIPT = join(import.meta.dirname, "../../packages/browser/dist/throughline.js");
export const KEY = "tl_ingest_test";

/** ok: as Throughline answers. Others: what a page must survive. */
export type Answer = "ok" | "failing" | "hanging" | "refusing";

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly traceparent: string | undefined;
  readonly headers: IncomingMessage["headers"];
}

export interface Site {
  /** Of the pages; `http://localhost` of the same port is another origin of another site. */
  readonly url: string;
  readonly port: number;
  /** Of the recording Throughline. */
  readonly endpoint: string;
  readonly pages: Map<string, string>;
  readonly headers: Map<string, Record<string, string>>;
  /** Paths whose answer waits until the test lets it go. */
  hold(path: string): () => void;
  answer: Answer;
  /** Requests for anything that is not a page, on the site's origins. */
  readonly asked: Asked[];
  readonly vitals: WebVital[];
  readonly events: BrowserEvents[];
  /** Bodies that the contract refuses, wrong keys. Must stay empty. */
  readonly problems: string[];
  /** Requests to the endpoint, answered or not. */
  received: number;
  items<Type extends BrowserItem["type"]>(type: Type): Extract<BrowserItem, { type: Type }>[];
  close(): Promise<void>;
}

/** Browsers take an image of few bytes for its size as a placeholder, not as the largest paint. */
const IMAGE = `<svg xmlns="http://www.w3.org/2000/svg" width="600" height="400"><!--${"·".repeat(15_000)}--><rect width="600" height="400" fill="#48c"/><circle cx="200" cy="200" r="90"/></svg>`;

export async function startSite(): Promise<Site> {
  const script = await readFile(SCRIPT, "utf8");
  const held = new Map<string, Promise<void>>();
  const pagesServer = createServer((request, response) => void servePage(request, response));
  const endpointServer = createServer((request, response) => void receive(request, response));
  const port = await listenAnywhere(pagesServer);
  const endpointPort = await listenAnywhere(endpointServer);

  const site: Site = {
    url: `http://127.0.0.1:${port}`,
    port,
    endpoint: `http://127.0.0.1:${endpointPort}`,
    pages: new Map(),
    headers: new Map(),
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.set(path, promise);
      return resolve;
    },
    answer: "ok",
    asked: [],
    vitals: [],
    events: [],
    problems: [],
    received: 0,
    items: (type) => site.events.flatMap(({ items }) => items).filter((item) => item.type === type) as never,
    async close() {
      for (const server of [pagesServer, endpointServer]) {
        server.closeAllConnections();
        server.close();
        await once(server, "close");
      }
    },
  };
  return site;

  async function servePage(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? "").replace(/[?#].*/, "");
    await held.get(path);
    const page = site.pages.get(path);
    const headers = site.headers.get(path) ?? {};
    if (page !== undefined) return answer(response, 200, "text/html", page, headers);
    if (path === "/throughline.js") return answer(response, 200, "text/javascript", script, headers);
    const { method = "", headers: given } = request;
    if (method !== "OPTIONS") {
      site.asked.push({ method, path, traceparent: single(given.traceparent), headers: given });
    }
    if (path.endsWith(".svg")) return answer(response, 200, "image/svg+xml", IMAGE, headers);
    if (path.endsWith(".js"))
      return answer(response, 200, "text/javascript", "globalThis.loaded = true;", headers);
    if (path.startsWith("/api/")) {
      await drain(request);
      return answer(response, path === "/api/broken" ? 503 : 200, "application/json", "{}", {
        "access-control-allow-origin": "*",
        "access-control-allow-headers": "*",
        ...headers,
      });
    }
    answer(response, 404, "text/plain", "", headers);
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", site.endpoint);
    const body = await drain(request);
    site.received++;
    if (site.answer === "hanging") return;
    const origin = { "access-control-allow-origin": request.headers.origin ?? "" };
    if (site.answer === "failing") return answer(response, 503, "text/plain", "", origin);
    if (site.answer === "refusing") return answer(response, 400, "text/plain", "", origin);
    if (request.method !== "POST") site.problems.push(`${request.method} needs a preflight`);
    if (searchParams.get("key") !== KEY) site.problems.push(`key ${searchParams.get("key")}`);
    if (body.length > 65_536) site.problems.push(`${body.length} bytes at once`);
    if (request.headers.cookie !== undefined) site.problems.push("a cookie was sent");
    keep(pathname, body.toString());
    answer(response, 200, "application/json", "{}", origin);
  }

  function keep(path: string, body: string): void {
    const schema = path === "/api/web-vitals" ? webVitals : browserEvents;
    const parsed = schema.safeParse(JSON.parse(body));
    if (!parsed.success) site.problems.push(`${path}: ${parsed.error.message} ${body.slice(0, 500)}`);
    else if (Array.isArray(parsed.data)) site.vitals.push(...parsed.data);
    else site.events.push(parsed.data);
  }
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string>,
): void {
  response.writeHead(status, { "content-type": type, ...headers }).end(body);
}

async function drain(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The visitor went away in the middle of it.
  }
  return Buffer.concat(chunks);
}

async function listenAnywhere(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join() : value;
}

/** A page with the SDK in its head. */
export function pageWith(body: string, { tag = "", head = "" } = {}): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Shop</title>${head}${tag}</head><body>${body}</body></html>`;
}
