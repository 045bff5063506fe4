/** Child of pglite.test.ts: `node pgliteWriter.fixture.ts <data folder>`; prints each number when it is durable. */
import { openControlStore } from "./index.ts";

const [dataDir] = process.argv.slice(2);
if (dataDir === undefined) throw new Error("Usage: node pgliteWriter.fixture.ts <data folder>");
const store = await openControlStore({ dataDir });
await store.query("create table if not exists written (n int, half text)");
const [row] = await store.query<{ highest: number }>(
  "select coalesce(max(n), 0)::int as highest from written",
);
for (let n = (row?.highest ?? 0) + 1; ; n++) {
  await store.transaction(async (tx) => {
    await tx.query("insert into written values ($1, 'first')", [n]);
    await tx.query("insert into written values ($1, 'second')", [n]);
  });
  process.stdout.write(`${n}\n`);
}
