import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readMigrations } from "./migrate.ts";

async function folderWith(t: { after(fn: () => Promise<void>): void }, files: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), "throughline-migrations-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return folder;
}

test("migrations are read in order; other files are left alone", async (t) => {
  const folder = await folderWith(t, { "0002_b.sql": "b", "0001_a.sql": "a", "schema.txt": "x" });
  assert.deepEqual(
    (await readMigrations(folder)).map(({ number, name, sql }) => ({ number, name, sql })),
    [
      { number: 1, name: "0001_a.sql", sql: "a" },
      { number: 2, name: "0002_b.sql", sql: "b" },
    ],
  );
});

test("a gap, a repeated number and a name without number are refused", async (t) => {
  for (const [files, name] of [
    [{ "0001_a.sql": "", "0003_c.sql": "" }, "0003_c.sql"],
    [{ "0001_a.sql": "", "0001_b.sql": "" }, "0001_b.sql"],
    [{ "0001_a.sql": "", "later.sql": "" }, "later.sql"],
  ] as const) {
    const folder = await folderWith(t, files);
    await assert.rejects(readMigrations(folder), new RegExp(`${name} breaks the sequence`));
  }
});

test("the checksum does not depend on the line ends of a checkout", async (t) => {
  const unix = await readMigrations(await folderWith(t, { "0001_a.sql": "select 1;\nselect 2;\n" }));
  const windows = await readMigrations(await folderWith(t, { "0001_a.sql": "select 1;\r\nselect 2;\r\n" }));
  assert.equal(unix[0]?.checksum, windows[0]?.checksum);
});
