/** Sends fresh requests over keep-alive connections; see generator.ts. */
import { Agent, request } from "node:http";
import { gzipSync } from "node:zlib";
import type { GeneratorResult, GeneratorSettings } from "./generator.ts";
import { createTemplates, refresh, SPANS_PER_REQUEST } from "./traffic.ts";

const settings = JSON.parse(process.argv[2] ?? "{}") as GeneratorSettings;
const TEMPLATES = 48;
const LATENCIES_MAX = 200_000;

const templates = createTemplates(TEMPLATES);
const agent = new Agent({ keepAlive: true, maxSockets: settings.connections });
const isEverySpanATrace = settings.isEverySpanATrace === true;
let made = 0;

function make(): Buffer {
  const template = templates[made++ % TEMPLATES]!;
  refresh(template, Date.now(), { isEverySpanATrace });
  return gzipSync(template.body, { level: 1 });
}

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number;
  readonly text: string;
}

function post(body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: "127.0.0.1",
        port: settings.port,
        method: "POST",
        path: "/v1/traces",
        headers: {
          "content-type": "application/x-protobuf",
          "content-encoding": "gzip",
          "content-length": body.length,
          ...(settings.key === undefined ? {} : { authorization: `Bearer ${settings.key}` }),
        },
      },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("end", () => {
          const retryAfterMs = Number(response.headers["retry-after"] ?? 0) * 1000;
          resolve({ status: response.statusCode ?? 0, retryAfterMs, text });
        });
      },
    );
    outgoing.once("error", reject).end(body);
  });
}

const intervalMs =
  settings.spansPerSecond === null ? 0 : (SPANS_PER_REQUEST / settings.spansPerSecond) * 1000;
const ahead: Buffer[] = [];
if (settings.isPrebuilt === true && intervalMs > 0) {
  const count = Math.ceil(settings.durationMs / intervalMs);
  for (let i = 0; i < count; i++) ahead.push(make());
}
/** Of an impatient generator: nothing of them was taken, so they are as fresh as any. */
const refusedBodies: Buffer[] = [];
const latenciesMs: number[] = [];
const refusedRequests: Record<string, number> = {};
let sentRequests = 0;
let acknowledgedRequests = 0;
const cpuBefore = process.cpuUsage();
const startedAtMs = performance.now();
const endsAtMs = startedAtMs + settings.durationMs;
const pauseUntil = (atMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - performance.now())));

/** One connection. With a rate, connection k of n sends the requests k, k + n, … when each is due. */
async function connection(index: number): Promise<void> {
  for (let turn = index; ; turn += settings.connections) {
    const dueAtMs = intervalMs === 0 ? performance.now() : startedAtMs + turn * intervalMs;
    if (Math.max(dueAtMs, performance.now()) >= endsAtMs) return;
    if (dueAtMs > performance.now()) await pauseUntil(dueAtMs);
    await send(ahead[turn] ?? refusedBodies.pop() ?? make(), dueAtMs);
  }
}

async function send(body: Buffer, dueAtMs: number): Promise<void> {
  for (;;) {
    sentRequests += 1;
    // A body made just now was not due before it existed.
    const sentAtMs = ahead.length > 0 ? dueAtMs : performance.now();
    const { status, retryAfterMs, text } = await post(body);
    if (status === 200) {
      acknowledgedRequests += 1;
      if (latenciesMs.length < LATENCIES_MAX) latenciesMs.push(performance.now() - sentAtMs);
      return;
    }
    refusedRequests[status] = (refusedRequests[status] ?? 0) + 1;
    if (status !== 429 && status !== 503) throw new Error(`A request was answered with ${status}: ${text}`);
    if (settings.isPatient === false) {
      refusedBodies.push(body);
      return;
    }
    if (performance.now() + retryAfterMs >= endsAtMs) return;
    await pauseUntil(performance.now() + retryAfterMs);
  }
}

await Promise.all(Array.from({ length: settings.connections }, (_, index) => connection(index)));
const { user, system } = process.cpuUsage(cpuBefore);
const result: GeneratorResult = {
  elapsedMs: performance.now() - startedAtMs,
  sentRequests,
  acknowledgedRequests,
  acknowledgedSpans: acknowledgedRequests * SPANS_PER_REQUEST,
  refusedRequests,
  latenciesMs,
  cpuUs: user + system,
};
agent.destroy();
if (process.send === undefined) throw new Error("generatorMain.ts is started by generator.ts.");
process.send(result, () => process.disconnect?.());
