import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { assertExactlyOnce, assertLedgerBalances, assertRollupsEqualRecount } from "./recount.ts";
import { nothingAcknowledged, startSenders } from "./senders.ts";
import { startServer, untilStored } from "./server.ts";

test("SIGTERM under load drains, exits 0 and leaves nothing for the next start to repair", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "sigterm-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const acknowledged = nothingAcknowledged();
  for (let round = 1; round <= 3; round += 1) {
    const server = await startServer({ dataDir });
    const senders = startSenders({ ports: server, prefix: `r${round}`, acknowledged });
    await new Promise((resolve) => setTimeout(resolve, 1200));
    const exit = await server.kill("SIGTERM");
    await senders.stop();
    assert.deepEqual(exit, { code: 0, signal: null }, server.stderr());
    assert.deepEqual(await readdir(join(dataDir, "journal")), ["quarantine"], "the journal is empty");
  }
  const server = await startServer({ dataDir });
  t.after(() => server.kill("SIGKILL"));
  await untilStored(server);
  await assertExactlyOnce(server, acknowledged);
  await assertRollupsEqualRecount(server);
  await assertLedgerBalances(server);
});

test("a second instance on the same folder is refused with one sentence, the first goes on", async (t) => {
  const dataDir = await mkdtemp(join(tmpdir(), "second-"));
  t.after(() => rm(dataDir, { recursive: true, force: true }));
  const first = await startServer({ dataDir });
  t.after(() => first.kill("SIGKILL"));
  await assert.rejects(startServer({ dataDir }), /already|another|in use/i);
  assert.equal((await first.status()).state, "running");
});
