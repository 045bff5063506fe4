import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertExactlyOnce, assertLedgerBalances, assertRollupsEqualRecount } from "./recount.ts";
import { nothingAcknowledged, startSenders } from "./senders.ts";
import { seededRandom, startServer, untilStored } from "./server.ts";

const ROUNDS = 20;

test(`${ROUNDS} times kill -9 under load of all real exporters: everything acknowledged is stored exactly once`, async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const random = seededRandom(seed);
  const dataDir = await mkdtemp(join(tmpdir(), "crash-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const acknowledged = nothingAcknowledged();

  for (let round = 1; round <= ROUNDS; round += 1) {
    // Every other round the loader never rests, so that many kills fall into the middle of an insert.
    const limits = round % 2 === 0 ? { sealAfterMsUnwatched: 5 } : {};
    const server = await startServer({ dataDir, limits });
    const senders = startSenders({ ports: server, prefix: `r${round}`, acknowledged });
    await new Promise((resolve) => setTimeout(resolve, 150 + random() * 1500));
    await server.kill("SIGKILL");
    await senders.stop();
  }

  const server = await startServer({ dataDir });
  t.after(() => server.kill("SIGKILL"));
  await untilStored(server);
  const { traces, logs, metrics, web_vitals: vitals, events } = acknowledged;
  t.diagnostic(
    `acknowledged: ${traces.size} spans, ${logs.size} log records, ${metrics.size} points, ${vitals.size} vitals, ${events.size} events`,
  );
  await assertExactlyOnce(server, acknowledged);
  await assertRollupsEqualRecount(server);
  await assertLedgerBalances(server);
  const counts = await server.sql(
    "SELECT id, metric, sum(toInt64(sign)) AS views FROM web_vitals GROUP BY id, metric HAVING views != 1",
  );
  assert.deepEqual(counts, [], "a vital that is reported twice counts once");
});
