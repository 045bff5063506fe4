/**
 * A real PostgreSQL for tests: a fresh cluster in a temporary folder on a free port, and a database a suite with a login
 * of its own that is no superuser (as in production). As root it runs as the user `postgres`, since PostgreSQL refuses root.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "pg";

const START_TIMEOUT_MS = 60_000;
const SERVERS_FOLDER = "/usr/lib/postgresql";

export interface TestPostgres {
  readonly host: string;
  readonly port: number;
  /** URL of the superuser, for setting things up. */
  readonly adminUrl: string;
  /** A new empty database, owned by a new login that may create roles but is no superuser. */
  createDatabase(): Promise<string>;
  /** Freezes or continues the server's processes as a hung machine would. */
  signalAll(signal: "SIGSTOP" | "SIGCONT"): Promise<void>;
  stop(): Promise<void>;
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/**
 * @param extraSettings as `shared_preload_libraries=pg_stat_statements`
 * @throws {Error} with the command to install it when PostgreSQL is missing.
 */
export async function startPostgres(extraSettings: readonly string[] = []): Promise<TestPostgres> {
  const binaries = await binariesFolder();
  const account = process.getuid?.() === 0 ? await accountOf("postgres") : undefined;
  const folder = await mkdtemp(join(tmpdir(), "throughline-postgres-"));
  if (account !== undefined) await chown(folder, account.uid, account.gid);
  const data = join(folder, "data");
  const as = { cwd: folder, ...account };
  try {
    const initdb = [
      "-D",
      data,
      "-U",
      "postgres",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ];
    await promisify(execFile)(join(binaries, "initdb"), initdb, as);
    const port = await freePort();
    const settings = [
      "max_connections=60",
      `unix_socket_directories=${folder}`,
      "listen_addresses=127.0.0.1",
      ...extraSettings,
    ];
    const args = ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])];
    const server = spawn(join(binaries, "postgres"), args, { ...as, stdio: ["ignore", "ignore", "pipe"] });
    // A suite that fails before its clean-up must not leave a server behind.
    process.once("exit", () => server.kill("SIGQUIT"));
    const log = collect(server);
    const adminUrl = `postgres://postgres@127.0.0.1:${port}/postgres`;
    await untilItAnswers(adminUrl, server, log);
    return {
      host: "127.0.0.1",
      port,
      adminUrl,
      createDatabase: () => createDatabase(adminUrl),
      signalAll: async (signal) => {
        for (const pid of await familyOf(server)) process.kill(pid, signal);
      },
      stop: async () => {
        await stop(server);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function binariesFolder(): Promise<string> {
  const versions = await readdir(SERVERS_FOLDER).catch(() => []);
  for (const version of versions.toSorted((a, b) => Number(b) - Number(a))) {
    const folder = join(SERVERS_FOLDER, version, "bin");
    const isThere = await stat(join(folder, "postgres")).then(
      () => true,
      () => false,
    );
    if (isThere) return folder;
  }
  throw new Error(
    `These tests need a real PostgreSQL in ${SERVERS_FOLDER}: apt-get install postgresql (npm test does it by itself).`,
  );
}

async function accountOf(name: string): Promise<Account> {
  const line = (await readFile("/etc/passwd", "utf8"))
    .split("\n")
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    throw new Error(
      `PostgreSQL refuses to run as root and there is no user '${name}': run the tests as another user.`,
    );
  }
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("No free port was found.");
  return address.port;
}

function collect(server: ChildProcess): () => string {
  let text = "";
  server.stderr?.on("data", (chunk: Buffer) => {
    text = (text + chunk.toString()).slice(-4_000);
  });
  return () => text;
}

async function untilItAnswers(url: string, server: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${log()}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (Date.now() > deadline) {
        server.kill("SIGKILL");
        throw new Error(`PostgreSQL did not answer within ${START_TIMEOUT_MS} ms:\n${log()}`, {
          cause: error,
        });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function createDatabase(adminUrl: string): Promise<string> {
  const name = `t_${randomBytes(6).toString("hex")}`;
  const admin = new Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`create role ${name} login createrole`);
    await admin.query(`create database ${name} owner ${name}`);
  } finally {
    await admin.end();
  }
  const url = new URL(adminUrl);
  url.username = name;
  url.pathname = `/${name}`;
  return url.href;
}

async function familyOf(server: ChildProcess): Promise<readonly number[]> {
  if (server.pid === undefined) return [];
  const children = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, "utf8");
  return [server.pid, ...children.trim().split(/\s+/).filter(Boolean).map(Number)];
}

/** SIGQUIT: at once, without a shutdown checkpoint; the folder is thrown away. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGQUIT");
  await exited;
}
