/** What the contract suite needs of a backend under test. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { COLUMNS } from "../columns.ts";
import type { TelemetryStore, TelemetryTable } from "../store.ts";
import { writeSampleRows } from "./sampleRows.ts";

export interface Backend {
  readonly name: TelemetryStore["backend"];
  /** Opens the store over the same data each time. */
  open(): Promise<TelemetryStore>;
  /** Frees what `open` leaves behind once all stores are closed. */
  close(): Promise<void>;
}

export type OpenBackend = (folder: string) => Promise<Backend>;

export const TABLES = Object.keys(COLUMNS) as TelemetryTable[];

export const QUERY = { name: "test", maxExecutionMs: 60_000 };

/** A backend in a folder of its own; stores left open are closed and the folder goes after the test. */
export async function newBackend(
  t: TestContext,
  openBackend: OpenBackend,
): Promise<{ backend: Backend; folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), "throughline-telemetry-"));
  const backend = await openBackend(folder);
  const opened: TelemetryStore[] = [];
  t.after(async () => {
    for (const store of opened) await store.close();
    await backend.close();
    await rm(folder, { recursive: true, force: true });
  });
  const open = async () => {
    const store = await backend.open();
    opened.push(store);
    return store;
  };
  return { backend: { ...backend, open }, folder };
}

/** The same with one store open over it. */
export async function newStore(
  t: TestContext,
  openBackend: OpenBackend,
): Promise<{ store: TelemetryStore; folder: string; backend: Backend }> {
  const { backend, folder } = await newBackend(t, openBackend);
  return { store: await backend.open(), folder, backend };
}

/** Writes a journal file through the engine and returns its path. */
export async function sampleFile(
  store: TelemetryStore,
  folder: string,
  table: TelemetryTable,
  options: { rows: number; seed: number; tenantId?: string },
): Promise<string> {
  const path = join(folder, `${table}-${options.seed}-${options.rows}-${options.tenantId ?? ""}.native`);
  await store.internal.command(writeSampleRows(table, path, options));
  return path;
}

export async function loadSamples(
  store: TelemetryStore,
  folder: string,
  options: { rows: number; seed: number; tenantId?: string },
): Promise<void> {
  for (const table of TABLES) {
    const path = await sampleFile(store, folder, table, options);
    await store.load({ table, path, dedupToken: `${table}-${options.seed}-${options.tenantId ?? ""}` });
  }
}

export async function rowsOf<Row>(store: TelemetryStore, sql: string): Promise<Row[]> {
  return await store.internal.query<Row>(sql, {}, QUERY);
}
