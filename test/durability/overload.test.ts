import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertExactlyOnce, assertLedgerBalances } from "./recount.ts";
import { browserEvents, webVitals } from "./items.ts";
import { nothingAcknowledged, postAsPage } from "./senders.ts";
import { startServer, untilStored } from "./server.ts";
import { encodedBatch, grpcFrame, openRawGrpc, postOtlp } from "./wire.ts";

const FLOOD_MS = 8000;
const SENDERS = 24;
const SPANS_PER_REQUEST = 200;
const MIB = 1024 * 1024;

test("offered more than the bounds: refused to be sent again, memory and journal stay bounded, nothing is lost", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "overload-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const limits = { journalBytesMax: 4 * MIB, segmentBytesMax: MIB, inFlightBytesMax: 2 * MIB };
  const server = await startServer({ dataDir, limits });
  t.after(() => server.kill("SIGKILL"));
  const grpc = openRawGrpc(server.grpcPort);
  t.after(() => grpc.close());
  const acknowledged = nothingAcknowledged();
  for (const signal of ["logs", "metrics"] as const) {
    const { uids, bytes } = encodedBatch(signal, "protobuf", signal, 5);
    assert.equal((await postOtlp(server.httpPort, signal, "protobuf", bytes)).status, 200);
    for (const uid of uids) acknowledged[signal].add(uid);
  }
  for (const [signal, { uids, items }] of [
    ["web_vitals", webVitals("v", 4)],
    ["events", browserEvents("e", 4)],
  ] as const) {
    assert.equal((await postAsPage(server.httpPort, signal, items, 30_000)).status, 200);
    for (const uid of uids) acknowledged[signal].add(uid);
  }

  const endsAtMs = Date.now() + FLOOD_MS;
  const counts = { taken: 0, refused: 0 };
  const flood = async (sender: number): Promise<void> => {
    for (let sequence = 0; Date.now() < endsAtMs; sequence += 1) {
      const { uids, bytes } = encodedBatch("traces", "protobuf", `s${sender}-${sequence}`, SPANS_PER_REQUEST);
      const isTaken =
        sender % 3 === 0
          ? isTakenByGrpc(await grpc.call("traces", grpcFrame(bytes)))
          : isTakenByHttp(await postOtlp(server.httpPort, "traces", "protobuf", bytes));
      counts[isTaken ? "taken" : "refused"] += 1;
      if (isTaken) for (const uid of uids) acknowledged.traces.add(uid);
    }
  };
  const rss: number[] = [];
  const watch = async (): Promise<void> => {
    while (Date.now() < endsAtMs) {
      const status = await server.status();
      rss.push(status.rssBytes);
      assert.ok(
        status.journalBytes < limits.journalBytesMax + 8 * MIB,
        `journal: ${status.journalBytes} bytes`,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await Promise.all([watch(), ...Array.from({ length: SENDERS }, (_, sender) => flood(sender))]);

  t.diagnostic(`${counts.taken} requests taken, ${counts.refused} refused`);
  assert.ok(counts.refused > 20, "the flood never reached a bound, so nothing was tested");
  const half = Math.floor(rss.length / 2);
  const early = Math.max(...rss.slice(0, half));
  const late = Math.max(...rss.slice(half));
  t.diagnostic(`resident memory at most ${Math.round(early / MIB)} MiB, later ${Math.round(late / MIB)} MiB`);
  assert.ok(late < early * 1.3 + 64 * MIB, "resident memory keeps growing under overload");
  await untilStored(server);
  await assertExactlyOnce(server, acknowledged);
  await assertLedgerBalances(server);
  const refused = await server.sql<{ requests: number }>(
    "SELECT toUInt32(sum(r.requests)) AS requests FROM ingest_receipts AS r WHERE reason = 'overloaded'",
  );
  assert.equal(refused[0]?.requests, counts.refused, "the ledger knows every refused request");
});

function isTakenByHttp(answer: { status: number; retryAfter: string | null; body: Buffer }): boolean {
  if (answer.status === 200) return true;
  assert.equal(answer.status, 429, answer.body.toString());
  assert.match(answer.retryAfter ?? "", /^[1-9]\d*$/, "429 carries Retry-After");
  return false;
}

function isTakenByGrpc(answer: { status: number; message: string; hasRetryInfo: boolean }): boolean {
  if (answer.status === 0) return true;
  assert.equal(answer.status, 14, answer.message);
  assert.ok(answer.hasRetryInfo, "UNAVAILABLE carries RetryInfo");
  return false;
}
