import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { OtlpSignal } from "../../apps/server/src/ingest/index.ts";
import { gzipBomb, mutated, pick, type Random } from "./mutate.ts";
import { assertLedgerBalances } from "./recount.ts";
import { seededRandom, startServer, untilStored, type TestServer } from "./server.ts";
import { encodedBatch, grpcFrame, openRawGrpc, postOtlp, type RawGrpc } from "./wire.ts";

const BODIES_PER_PATH = 1120;
const IN_PARALLEL = 16;
const SIGNALS: readonly OtlpSignal[] = ["traces", "logs", "metrics"];

test("10 000 broken bodies on every ingest path: the sender is told, the server goes on", async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "fuzz-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServer({ dataDir });
  t.after(() => server.kill("SIGKILL"));
  const grpc = openRawGrpc(server.grpcPort);
  t.after(() => grpc.close());
  const { rssBytes: rssBefore } = await server.status();
  const outcomes = new Map<string, number>();
  const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);

  let sent = 0;
  for (const signal of SIGNALS) {
    for (const encoding of ["protobuf", "json"] as const) {
      const good = Buffer.from(encodedBatch(signal, encoding, "fuzz", 12).bytes);
      await inParallel(BODIES_PER_PATH, async () => {
        const { body, contentEncoding } = damaged(good, random);
        const answer = await postOtlp(server.httpPort, signal, encoding, body, contentEncoding);
        count(`http ${answer.status}`);
        sent += 1;
        assert.ok([200, 400, 413, 415].includes(answer.status), `${answer.status} ${answer.body}`);
        if (answer.status !== 200) assert.ok(answer.body.length > 10, "a refusal says why");
      });
    }
    const good = Buffer.from(encodedBatch(signal, "protobuf", "fuzz", 12).bytes);
    await inParallel(BODIES_PER_PATH, async () => {
      const answer = await grpcAnswer(grpc, signal, good, random);
      count(`grpc ${answer.status}`);
      sent += 1;
      assert.ok([0, 3, 8, 12].includes(answer.status), `${answer.status} ${answer.message}`);
      if (answer.status !== 0) assert.notEqual(answer.message, "", "a refusal says why");
    });
  }
  t.diagnostic(`${sent} bodies: ${JSON.stringify(Object.fromEntries([...outcomes].sort()))}`);
  assert.ok(sent >= 10_000);
  await assertStillWell(server, rssBefore, t.diagnostic.bind(t));
});

test("bodies that inflate far beyond their size are refused and cost no lasting memory", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "bomb-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const server = await startServer({ dataDir });
  t.after(() => server.kill("SIGKILL"));
  const grpc = openRawGrpc(server.grpcPort);
  t.after(() => grpc.close());
  const { rssBytes: rssBefore } = await server.status();
  const bomb = gzipBomb(1024 * 1024 * 1024);
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => postOtlp(server.httpPort, "traces", "protobuf", bomb, "gzip")),
  );
  for (const answer of answers)
    assert.ok([413, 429].includes(answer.status), `${answer.status} ${answer.body}`);
  assert.equal((await grpc.call("traces", grpcFrame(bomb, 1), "gzip")).status, 8);
  await assertStillWell(server, rssBefore, t.diagnostic.bind(t));
});

function damaged(good: Buffer, random: Random): { body: Buffer; contentEncoding?: string } {
  const choice = random();
  if (choice < 0.6) return { body: mutated(good, random) };
  if (choice < 0.75) return { body: gzipSync(mutated(good, random)), contentEncoding: "gzip" };
  if (choice < 0.85) return { body: zstdCompressSync(mutated(good, random)), contentEncoding: "zstd" };
  if (choice < 0.95) {
    // broken in its compression
    return {
      body: mutated(gzipSync(good), random),
      contentEncoding: pick(["gzip", "zstd", "deflate"], random),
    };
  }
  return { body: good, contentEncoding: pick(["br", "gzip", "zstd", "gzip, gzip", "x", ""], random) };
}

async function grpcAnswer(grpc: RawGrpc, signal: OtlpSignal, good: Buffer, random: Random) {
  const choice = random();
  if (choice < 0.5) return await grpc.call(signal, grpcFrame(mutated(good, random)));
  if (choice < 0.7) return await grpc.call(signal, mutated(grpcFrame(good), random));
  if (choice < 0.9) return await grpc.call(signal, grpcFrame(mutated(gzipSync(good), random), 1), "gzip");
  return await grpc.call(signal, grpcFrame(good, 1), pick(["identity", "gzip", "snappy", "zstd"], random));
}

async function inParallel(count: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: IN_PARALLEL }, lane));
}

/** Good requests are still taken, what was taken of the broken ones is accounted for, memory came back. */
async function assertStillWell(
  server: TestServer,
  rssBefore: number,
  say: (message: string) => void,
): Promise<void> {
  for (const signal of SIGNALS) {
    const { bytes } = encodedBatch(signal, "protobuf", `after-${signal}`, 5);
    assert.equal((await postOtlp(server.httpPort, signal, "protobuf", bytes)).status, 200);
  }
  await untilStored(server);
  await assertLedgerBalances(server);
  const status = await server.status();
  const grownMiB = Math.round((status.rssBytes - rssBefore) / 1024 / 1024);
  say(`resident memory grew by ${grownMiB} MiB`);
  assert.ok(grownMiB < 900, `resident memory grew by ${grownMiB} MiB`);
  assert.equal(status.quarantinedSegments, 0, "nothing that was acknowledged is refused by the engine");
}
