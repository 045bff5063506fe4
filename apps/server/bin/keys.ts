/**
 * The command `npm run keys`: lists and makes ingest keys of the installation's first organisation without the pages, for
 * whoever lost the key that the first start printed. With the embedded database the product has to be stopped. The key
 * alone goes to the standard output; sentences go to the standard error.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type IngestKey, newIngestKey } from "@throughline/contract";
import {
  AccessError,
  bootstrap,
  DEFAULT_PROJECT,
  endIngestKey,
  firstTenantOf,
  makeIngestKeyOf,
  readIngestKeys,
} from "../src/access/index.ts";
import { ConfigError, type Config, loadConfig } from "../src/config/index.ts";
import { ControlError, type ControlStore, openControlStore } from "../src/engines/control/index.ts";
import { DirectoryInUseError } from "../src/engines/lock.ts";

const USAGE = `Ingest keys without the pages.

  npm run keys -- list
  npm run keys -- create --name NAME [--project ${DEFAULT_PROJECT}] [--kind server]
  npm run keys -- create --name NAME --kind browser --origin https://shop.example [--origin …]

  --new       makes the installation when there is none yet
  --replace   revokes the keys of the same name and kind

THROUGHLINE_DATA_DIR or DATABASE_URL name the installation, as for npm start.
`;

/** How the fields of a key are called here. */
const OPTIONS: Readonly<Record<string, string>> = {
  name: "--name",
  projectId: "--project",
  kind: "--kind",
  allowedOrigins: "--origin",
};

/** Said in one sentence, without a stack. */
class CommandError extends Error {}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!isExplained(error)) throw error;
  const hint =
    error instanceof DirectoryInUseError
      ? " While Throughline runs, keys are made on its page Settings, Keys. Without an account: stop it, run this again, start it."
      : "";
  process.stderr.write(`${error.message}${hint}\n`);
  process.exitCode = 1;
}

async function run(args: string[]): Promise<void> {
  const { positionals, values } = parsed(args);
  const [command, ...more] = positionals;
  if (values.help === true || command === undefined) {
    process.stdout.write(USAGE);
    return;
  }
  if ((command !== "create" && command !== "list") || more.length > 0)
    throw new CommandError(`There is no command ${[command, ...more].join(" ")}.\n\n${USAGE}`);
  const input = command === "create" ? keyFrom(values) : null;
  await withControl(loadConfig(process.env), values.new === true, async (control, tenantId) => {
    if (input === null) return printList(await readIngestKeys(control, tenantId));
    const context = { control, tenantId, actor: { kind: "system", id: null } } as const;
    if (values.replace === true)
      for (const { id, name, kind, state } of await readIngestKeys(control, tenantId))
        if (name === input.name && kind === input.kind && state === "active") await endIngestKey(context, id);
    const { key } = await makeIngestKeyOf(context, null, input);
    process.stderr.write(
      `A ${input.kind} key of the project ${input.projectId}, shown this once and stored hashed:\n`,
    );
    process.stdout.write(`${key}\n`);
  });
}

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h" },
        name: { type: "string" },
        project: { type: "string" },
        kind: { type: "string" },
        origin: { type: "string", multiple: true },
        new: { type: "boolean" },
        replace: { type: "boolean" },
      },
    });
  } catch (error) {
    throw new CommandError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

type Values = ReturnType<typeof parsed>["values"];

/** The same rules as for keys that are made on the page. */
function keyFrom({ name, project = DEFAULT_PROJECT, kind = "server", origin = [] }: Values) {
  const read = newIngestKey.safeParse({ name, projectId: project, kind, allowedOrigins: origin });
  if (read.success) return read.data;
  const issues = read.error.issues.map(
    ({ path, message }) => `${OPTIONS[String(path[0])] ?? path}: ${message}`,
  );
  throw new CommandError(`${issues.join("\n")}\n\n${USAGE}`);
}

async function withControl(
  { dataDir, databaseUrl }: Config,
  mayMake: boolean,
  work: (control: ControlStore, tenantId: string) => Promise<void>,
): Promise<void> {
  const where = databaseUrl === undefined ? dataDir : "the database of DATABASE_URL";
  const missing = new CommandError(`There is no installation in ${where}: the first npm start makes one.`);
  // Opening would make an empty one.
  if (!mayMake && databaseUrl === undefined && !existsSync(join(dataDir, "control"))) throw missing;
  const control = await openControlStore({ dataDir, databaseUrl });
  try {
    const tenantId = await firstTenantOf(control);
    if (tenantId === null && !mayMake) throw missing;
    await work(control, tenantId ?? (await makeInstallation(control)));
  } finally {
    await control.close();
  }
}

/** As the first start does it; its key is shown here, since that start will have none to show. */
async function makeInstallation(control: ControlStore): Promise<string> {
  const { tenantId, firstIngestKey } = await bootstrap(control);
  if (firstIngestKey !== null)
    process.stderr.write(`The installation's first key, for servers, shown this once: ${firstIngestKey}\n`);
  return tenantId;
}

function printList(keys: readonly IngestKey[]): void {
  const day = (ms: number | null): string =>
    ms === null ? "never" : new Date(ms).toISOString().slice(0, 16);
  const rows = keys.map(({ prefix, name, projectId, kind, state, lastUsedAtMs }) => [
    `${prefix}…`,
    state,
    kind,
    projectId,
    day(lastUsedAtMs),
    name,
  ]);
  const table = [["key", "state", "kind", "project", "last used (UTC)", "name"], ...rows];
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of table)
    process.stdout.write(
      `${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
}

function isExplained(error: unknown): error is Error {
  return [CommandError, ConfigError, DirectoryInUseError, ControlError, AccessError].some(
    (kind) => error instanceof kind,
  );
}
