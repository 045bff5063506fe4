/**
 * Enough of ClickHouse's HTTP interface (https://clickhouse.com/docs/interfaces/http) to run the official client against
 * the real engine on a machine without a server: query, database, param_*, settings, INSERT bodies, errors, gzip, a user.
 * Parameters and settings are bound by the engine (`SET`), not by the product's own literals.
 */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, gzipSync } from "node:zlib";
import { drainPending, Session } from "chdb";

export interface ClickhouseHttp {
  /** With user and password in it. */
  readonly url: string;
  /** Statements received, newest last. */
  readonly statements: string[];
  close(): Promise<void>;
}

const USER = "tester";
const PASSWORD = "se:cr@t";
/** Names in the query string that are not settings. */
const RESERVED = new Set(["query", "database", "query_id", "session_id", "default_format"]);
/** Settings of the HTTP transport, which the embedded engine has no use for. */
const TRANSPORT = new Set([
  "wait_end_of_query",
  "enable_http_compression",
  "cancel_http_readonly_queries_on_client_close",
  "send_progress_in_http_headers",
]);

class HttpError extends Error {
  readonly code: number;
  readonly status: number;
  constructor(code: number, status: number, message: string) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

/** @param folder data folder of the engine; one per process. */
export async function openClickhouseHttp(folder: string): Promise<ClickhouseHttp> {
  await mkdir(folder, { recursive: true });
  const bodies = await mkdtemp(join(folder, "bodies-"));
  const data = join(folder, "data");
  const keeper = new Session(data, { connectionArgs: ["--max_server_memory_usage=2000000000"] });
  const statements: string[] = [];
  let bodyCount = 0;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/ping") {
      response.end("Ok.\n");
      return;
    }
    authenticate(request);
    const isGzip = request.headers["content-encoding"] === "gzip";
    let query = url.searchParams.get("query");
    let bodyPath: string | null = null;
    if (query === null) query = await text(request, isGzip);
    else if (request.method === "POST") {
      bodyPath = join(bodies, String(bodyCount++));
      const file = createWriteStream(bodyPath);
      await (isGzip ? pipeline(request, createGunzip(), file) : pipeline(request, file));
    }
    statements.push(query);
    try {
      const result = await execute(query, url.searchParams, bodyPath);
      send(request, response, result, url.searchParams.get("enable_http_compression") === "1");
    } finally {
      if (bodyPath !== null) await rm(bodyPath, { force: true });
    }
  }

  async function execute(query: string, url: URLSearchParams, bodyPath: string | null): Promise<Uint8Array> {
    const session = new Session(data);
    try {
      for (const statement of preparation(url)) await session.queryAsync(statement);
      return (await session.queryAsync(bodyPath === null ? query : insertFrom(query, bodyPath))).bytes();
    } finally {
      session.close();
    }
  }

  const server = createServer({ maxHeaderSize: 1024 * 1024 }, (request, response) => {
    answer(request, response).catch((error: unknown) => sendError(response, error));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    statements,
    async close() {
      server.close();
      server.closeAllConnections();
      await drainPending();
      keeper.close();
      await drainPending();
      await rm(bodies, { recursive: true, force: true });
    },
  };
}

function authenticate(request: IncomingMessage): void {
  const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  if (request.headers.authorization !== expected)
    throw new HttpError(
      516,
      403,
      `${USER}: Authentication failed: password is incorrect, or there is no user`,
    );
}

/** What a server does with the query string before it runs the query. */
function preparation(url: URLSearchParams): string[] {
  const statements: string[] = [];
  const database = url.get("database");
  if (database !== null && database !== "default") statements.push(`USE ${database}`);
  for (const [name, value] of url) {
    if (RESERVED.has(name) || TRANSPORT.has(name) || name === "readonly") continue;
    statements.push(`SET ${name} = ${quote(value)}`);
  }
  const readonly = url.get("readonly");
  if (readonly !== null) statements.push(`SET readonly = ${readonly}`);
  return statements;
}

/** The embedded engine can't take a body, so it reads the same bytes from a file. */
function insertFrom(query: string, bodyPath: string): string {
  const match = /^\s*INSERT INTO (\S+) \(([^)]*)\) FORMAT (\w+)\s*$/.exec(query);
  if (match === null) throw new HttpError(62, 400, `This harness can't insert with: ${query}`);
  const [, table = "", columns = "", format = ""] = match;
  return `INSERT INTO ${table} (${columns}) SELECT ${columns} FROM file(${quote(bodyPath)}, ${quote(format)})`;
}

function quote(value: string): string {
  return `'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'").replaceAll("\0", "\\0")}'`;
}

async function text(request: IncomingMessage, isGzip: boolean): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of isGzip ? request.pipe(createGunzip()) : request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  bytes: Uint8Array,
  mayCompress: boolean,
): void {
  response.setHeader("X-ClickHouse-Summary", '{"read_rows":"0"}');
  if (mayCompress && String(request.headers["accept-encoding"]).includes("gzip")) {
    response.setHeader("Content-Encoding", "gzip");
    response.end(gzipSync(bytes));
  } else {
    response.end(bytes);
  }
}

function sendError(response: ServerResponse, error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const engineCode =
    error instanceof Error && "clickhouseCode" in error ? Number(error.clickhouseCode) : undefined;
  const code = error instanceof HttpError ? error.code : (engineCode ?? 1001);
  response.statusCode = error instanceof HttpError ? error.status : code === 60 ? 404 : 500;
  response.setHeader("X-ClickHouse-Exception-Code", String(code));
  const isComplete = /^Code: \d+\./.test(message);
  response.end(isComplete ? message : `Code: ${code}. DB::Exception: ${message}. (HARNESS_ERROR)`);
}
