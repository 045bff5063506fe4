/** For this room's tests: the real engine, ingest and HTTP server, and a reader of event streams. */
import { mkdtemp, rm } from "node:fs/promises";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { openTelemetryStore, type ScopedReader } from "../engines/telemetry/index.ts";
import { createHttpApp } from "../http/app.ts";
import { readBeneath } from "../insight/index.ts";
import { createDecodePool, openIngest } from "../ingest/index.ts";
import { LiveHub, liveStream, type HubLimits, type StreamLimits } from "./index.ts";

export interface LiveRig {
  readonly hub: LiveHub;
  readonly port: number;
  /** Names of the questions that the hub asked, in order. */
  readonly asked: string[];
  /** Sends one server span a name, and one log line a text. */
  send(to: { tenant?: string; project?: string }, what: SentTelemetry): Promise<void>;
  open(query: string, options?: { tenant?: string; headers?: Record<string, string> }): Promise<EventReader>;
  /** Ends the HTTP server as a shutdown does. */
  stopHttp(): Promise<void>;
  close(): Promise<void>;
}

export interface SentTelemetry {
  readonly service?: string;
  readonly spans?: readonly string[];
  readonly logs?: readonly string[];
  readonly severityNumber?: number;
}

export interface RigOptions {
  readonly hub?: Partial<HubLimits>;
  readonly stream?: Partial<StreamLimits>;
}

export async function openLiveRig(options: RigOptions = {}): Promise<LiveRig> {
  const dataDir = await mkdtemp(join(tmpdir(), "throughline-live-"));
  const log = pino({ level: "silent" });
  const store = await openTelemetryStore({ dataDir });
  const decoder = createDecodePool({ workers: 1 });
  const ingest = await openIngest({ dataDir, store, decoder, log });
  const asked: string[] = [];
  const hub = new LiveHub({
    ingest,
    log,
    limits: options.hub ?? {},
    // The whole of it is tested on the product, in budgets/budgets.test.ts.
    vitals: {
      read: async () => await Promise.reject(new Error("This rig has no control store.")),
      events: async () => [],
    },
    readBeneath,
    onBudgetEvents: () => () => undefined,
    onErrorEvents: () => () => undefined,
    readSystem: async ({ projectId }) => ({ projectId }),
    readerOf: (scope): ScopedReader => {
      const reader = store.scoped(scope);
      return {
        scope,
        query: (sql, params, queryOptions) => {
          asked.push(queryOptions.name);
          return reader.query(sql, params, queryOptions);
        },
      };
    },
  });
  const app = await createHttpApp(log);
  await app.register(liveStream, {
    hub,
    limits: options.stream ?? {},
    scopeOf: async (request) => ({
      scope: {
        tenantId: String(request.headers["x-test-tenant"] ?? "acme"),
        projectId: request.query.project ?? "shop",
      },
    }),
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const readers = new Set<EventReader>();
  return {
    hub,
    port,
    asked,
    async send({ tenant = "acme", project = "shop" }, what) {
      const sender = { tenantId: tenant, projectId: project, keyId: "key" };
      for (const [signal, body] of Object.entries(otlpJson(what))) {
        await ingest.accept({
          sender,
          signal: signal === "logs" ? "logs" : "traces",
          encoding: "json",
          compression: "identity",
          body: Buffer.from(JSON.stringify(body)),
          receivedAtMs: Date.now(),
        });
      }
    },
    async open(query, { tenant = "acme", headers = {} } = {}) {
      const reader = await openEvents(port, query, { "x-test-tenant": tenant, ...headers });
      readers.add(reader);
      return reader;
    },
    stopHttp: () => app.close(),
    async close() {
      for (const reader of readers) reader.close();
      await app.close();
      hub.close();
      await ingest.close({ drainMs: 5000 });
      await store.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

let lastId = 0;

function otlpJson({ service = "web", spans = [], logs = [], severityNumber = 9 }: SentTelemetry) {
  const resource = { attributes: [{ key: "service.name", value: { stringValue: service } }] };
  const nowNs = `${Date.now()}000000`;
  const newId = (digits: number) => (++lastId).toString(16).padStart(digits, "0");
  return {
    ...(spans.length === 0
      ? {}
      : {
          traces: {
            resourceSpans: [
              {
                resource,
                scopeSpans: [
                  {
                    spans: spans.map((name) => ({
                      traceId: newId(32),
                      spanId: newId(16),
                      name,
                      kind: 2,
                      startTimeUnixNano: nowNs,
                      endTimeUnixNano: String(BigInt(nowNs) + 5_000_000n),
                    })),
                  },
                ],
              },
            ],
          },
        }),
    ...(logs.length === 0
      ? {}
      : {
          logs: {
            resourceLogs: [
              {
                resource,
                scopeLogs: [
                  {
                    logRecords: logs.map((text) => ({
                      timeUnixNano: nowNs,
                      severityNumber,
                      body: { stringValue: text },
                    })),
                  },
                ],
              },
            ],
          },
        }),
  };
}

export interface ReceivedEvent {
  readonly id: string;
  readonly name: string;
  readonly data: string;
}

export interface EventReader {
  readonly response: IncomingMessage;
  readonly events: ReceivedEvent[];
  readonly comments: string[];
  /** The first event that is so, among those that came already or will; rejects when the stream ends before. */
  until(isSo: (event: ReceivedEvent) => boolean): Promise<ReceivedEvent>;
  readonly ended: Promise<void>;
  close(): void;
}

async function openEvents(
  port: number,
  query: string,
  headers: Record<string, string>,
): Promise<EventReader> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const request = get(
    { port, host: "127.0.0.1", path: `/api/admin/dashboard/stream?${query}`, headers },
    resolve,
  );
  request.on("error", reject);
  const response = await promise;
  const events: ReceivedEvent[] = [];
  const comments: string[] = [];
  const waiting = new Set<() => void>();
  const ended = Promise.withResolvers<void>();
  let isEnded = false;
  let text = "";
  response.setEncoding("utf8");
  response.on("data", (chunk: string) => {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      if (block.startsWith(":")) comments.push(block);
      else events.push(parseEvent(block));
    }
    for (const check of waiting) check();
  });
  response.on("error", () => {});
  response.on("close", () => {
    isEnded = true;
    ended.resolve();
    for (const check of waiting) check();
  });
  return {
    response,
    events,
    comments,
    ended: ended.promise,
    until(isSo) {
      const { promise, resolve, reject } = Promise.withResolvers<ReceivedEvent>();
      const check = () => {
        const found = events.find(isSo);
        if (found !== undefined) resolve(found);
        else if (isEnded)
          reject(new Error(`The stream ended after ${JSON.stringify(events.map(({ name }) => name))}.`));
        else return;
        waiting.delete(check);
      };
      waiting.add(check);
      check();
      return promise;
    },
    close: () => request.destroy(),
  };
}

function parseEvent(block: string): ReceivedEvent {
  const fields = new Map(
    block.split("\n").map((line) => {
      const at = line.indexOf(": ");
      return [line.slice(0, at), line.slice(at + 2)] as const;
    }),
  );
  return { id: fields.get("id") ?? "", name: fields.get("event") ?? "", data: fields.get("data") ?? "" };
}
