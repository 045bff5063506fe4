import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import { describeEnvironment } from "./environment.ts";
import { ConfigError, loadConfig } from "./loadConfig.ts";

const GIBIBYTE = 1024 ** 3;

function load(
  env: Record<string, string | undefined>,
  files: Record<string, string> = {},
  memoryBytes = 8 * GIBIBYTE,
) {
  return loadConfig(env, {
    machineMemoryBytes: memoryBytes,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`ENOENT: no such file or directory, open '${path}'`);
      return text;
    },
  });
}

function problemsOf(env: Record<string, string>, files: Record<string, string> = {}): readonly string[] {
  try {
    load(env, files);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map((problem) => problem.sentence);
  }
  return [];
}

test("an empty environment gives the documented defaults", () => {
  assert.deepEqual(load({}), {
    host: "127.0.0.1",
    publicUrl: undefined,
    trustedProxies: [],
    outgoingAllow: [],
    owner: undefined,
    secretKey: undefined,
    smtpUrl: undefined,
    mailFrom: undefined,
    port: 3300,
    otlpHttpPort: 4318,
    otlpGrpcPort: 4317,
    dataDir: resolve("./data"),
    clickhouseUrl: undefined,
    databaseUrl: undefined,
    redisUrl: undefined,
    natsUrl: undefined,
    engineMemoryLimitBytes: 2 * GIBIBYTE,
    journalLimitBytes: GIBIBYTE,
    dailyQuotas: { spans: null, logs: null, points: null, events: null },
    freeDiskBytesMin: GIBIBYTE,
    shutdownSeconds: 10,
    isSelfTelemetryOn: true,
    logLevel: "info",
  });
});

test("variables that are set to nothing count as unset", () => {
  assert.deepEqual(load({ THROUGHLINE_PORT: "", DATABASE_URL: "  ", DATABASE_URL_FILE: "" }), load({}));
});

test("port 0 is allowed on all three", () => {
  const config = load({
    THROUGHLINE_PORT: "0",
    THROUGHLINE_OTLP_HTTP_PORT: "0",
    THROUGHLINE_OTLP_GRPC_PORT: "0",
  });
  assert.deepEqual([config.port, config.otlpHttpPort, config.otlpGrpcPort], [0, 0, 0]);
});

test("the engine's memory cap follows the machine between half and four gibibytes", () => {
  assert.equal(load({}, {}, GIBIBYTE).engineMemoryLimitBytes, GIBIBYTE / 2);
  assert.equal(load({}, {}, 6 * GIBIBYTE).engineMemoryLimitBytes, 1.5 * GIBIBYTE);
  assert.equal(load({}, {}, 256 * GIBIBYTE).engineMemoryLimitBytes, 4 * GIBIBYTE);
  assert.equal(load({ THROUGHLINE_MEMORY_LIMIT: "700MiB" }).engineMemoryLimitBytes, 700 * 1024 ** 2);
});

test("sizes are read with and without units", () => {
  const bytesOf = (text: string) => load({ THROUGHLINE_JOURNAL_LIMIT: text }).journalLimitBytes;
  assert.equal(bytesOf("1073741824"), GIBIBYTE);
  assert.equal(bytesOf("1GiB"), GIBIBYTE);
  assert.equal(bytesOf("1g"), GIBIBYTE);
  assert.equal(bytesOf("1.5 gb"), 1.5e9);
  assert.equal(bytesOf("512m"), 512 * 1024 ** 2);
  const [refusal] = problemsOf({ THROUGHLINE_JOURNAL_LIMIT: "a lot" });
  assert.equal(
    refusal,
    'THROUGHLINE_JOURNAL_LIMIT must be a size such as 1GiB, 512MiB or 1073741824, not "a lot".',
  );
  assert.deepEqual(problemsOf({ THROUGHLINE_JOURNAL_LIMIT: "1k" }), [
    "THROUGHLINE_JOURNAL_LIMIT must be at least 16MiB.",
  ]);
});

test("an unknown name is refused with the name that was meant", () => {
  assert.deepEqual(problemsOf({ THROUGHLINE_PROT: "3300" }), [
    "THROUGHLINE_PROT is not a setting: did you mean THROUGHLINE_PORT?",
  ]);
  assert.deepEqual(problemsOf({ THROUGHLINE_DATADIR: "/x" }), [
    "THROUGHLINE_DATADIR is not a setting: did you mean THROUGHLINE_DATA_DIR?",
  ]);
  assert.deepEqual(problemsOf({ THROUGHLINE_SOMETHING_ELSE_ENTIRELY: "1" }), [
    "THROUGHLINE_SOMETHING_ELSE_ENTIRELY is not a setting: remove it; the README lists the names that exist.",
  ]);
  assert.deepEqual(problemsOf({ PATH: "/bin", SOME_OTHER_PROGRAM: "x" }), []);
});

test("all problems are listed at once, each in one sentence", () => {
  const problems = problemsOf({
    THROUGHLINE_PORT: "eighty",
    THROUGHLINE_OTLP_HTTP_PORT: "70000",
    THROUGHLINE_LOG_LEVEL: "loud",
    THROUGHLINE_SELF_TELEMETRY: "perhaps",
    THROUGHLINE_HSOT: "x",
    CLICKHOUSE_URL: "clickhouse.internal",
    DATABASE_URL: "mysql://root@db/app",
  });
  assert.deepEqual(problems, [
    "THROUGHLINE_HSOT is not a setting: did you mean THROUGHLINE_HOST?",
    'THROUGHLINE_PORT must be a whole number from 0 to 65535, not "eighty".',
    'THROUGHLINE_OTLP_HTTP_PORT must be a whole number from 0 to 65535, not "70000".',
    "CLICKHOUSE_URL must be a URL that starts with http:// or https://.",
    "DATABASE_URL must be a URL that starts with postgres:// or postgresql://.",
    'THROUGHLINE_SELF_TELEMETRY must be on or off, not "perhaps".',
    "THROUGHLINE_LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent.",
  ]);
});

test("the first account needs an address and a password", () => {
  const email = { THROUGHLINE_OWNER_EMAIL: "Ada@Example.com" };
  assert.deepEqual(load({ ...email, THROUGHLINE_OWNER_PASSWORD: "correct horse" }).owner, {
    email: "ada@example.com",
    password: "correct horse",
  });
  assert.match(problemsOf(email).join(), /^THROUGHLINE_OWNER_PASSWORD is not set: .*both/);
  const short = problemsOf({ ...email, THROUGHLINE_OWNER_PASSWORD: "hunter2" });
  assert.match(short.join(), /10 to 128 characters/);
  assert.doesNotMatch(JSON.stringify(short), /hunter2/);
});

test("trusted proxies are addresses or networks", () => {
  const { trustedProxies } = load({ THROUGHLINE_TRUSTED_PROXIES: "10.0.0.0/8, ::1" });
  assert.deepEqual(trustedProxies, ["10.0.0.0/8", "::1"]);
  for (const wrong of ["proxy", "10.0.0.0/33", "10.0.0.0/8/1"])
    assert.equal(problemsOf({ THROUGHLINE_TRUSTED_PROXIES: wrong }).length, 1, wrong);
});

test("what user-set addresses may lead to is networks, addresses or names", () => {
  const { outgoingAllow } = load({ THROUGHLINE_OUTGOING_ALLOW: "10.1.0.0/16, ::1,keycloak.internal" });
  assert.deepEqual(outgoingAllow, ["10.1.0.0/16", "::1", "keycloak.internal"]);
  for (const wrong of ["http://keycloak.internal", "10.0.0.0/33", "10.0", "2130706433", "*", "a:80"])
    assert.match(
      problemsOf({ THROUGHLINE_OUTGOING_ALLOW: wrong }).join(),
      /^THROUGHLINE_OUTGOING_ALLOW must be networks, addresses or host names/,
      wrong,
    );
});

test("the public address is an origin", () => {
  assert.equal(
    load({ THROUGHLINE_PUBLIC_URL: "https://Obs.example.com/" }).publicUrl,
    "https://obs.example.com",
  );
  assert.equal(problemsOf({ THROUGHLINE_PUBLIC_URL: "https://obs.example.com/path" }).length, 1);
});

test("the host is an address, not a URL", () => {
  for (const host of ["::1", "0.0.0.0", "localhost", "obs.example.com"]) {
    assert.equal(load({ THROUGHLINE_HOST: host }).host, host);
  }
  for (const host of ["http://0.0.0.0", "127.0.0.1:3300", "*", "a b"]) {
    assert.match(
      problemsOf({ THROUGHLINE_HOST: host })[0] ?? "",
      /^THROUGHLINE_HOST must be an address or host name/,
    );
  }
});

test("the same port twice is refused", () => {
  assert.deepEqual(problemsOf({ THROUGHLINE_PORT: "4318" }), [
    "THROUGHLINE_OTLP_HTTP_PORT and THROUGHLINE_PORT are both 4318: give each its own port, or 0 for a free one.",
  ]);
});

test("a secret may come from a file", () => {
  const files = { "/run/secrets/db": "postgres://app:pass@db/app\n" };
  assert.equal(
    load({ DATABASE_URL_FILE: "/run/secrets/db" }, files).databaseUrl,
    "postgres://app:pass@db/app",
  );
  assert.deepEqual(
    problemsOf({ DATABASE_URL_FILE: "/run/secrets/db", DATABASE_URL: "postgres://x/y" }, files),
    ["DATABASE_URL and DATABASE_URL_FILE are both set: keep one of them."],
  );
  const [missing] = problemsOf({ REDIS_URL_FILE: "/nowhere" });
  assert.match(missing ?? "", /^REDIS_URL_FILE names a file that can't be read \(ENOENT.*check its path/);
  assert.deepEqual(problemsOf({ REDIS_URL_FILE: "/empty" }, { "/empty": "\n" }), [
    "REDIS_URL_FILE names an empty file: write the value of REDIS_URL into it.",
  ]);
});

test("a refusal never repeats a URL, which may hold a password", () => {
  const error = new ConfigError(
    problemsOf({ DATABASE_URL: "mysql://root:hunter2@db/app" }).map((sentence) => ({
      name: "DATABASE_URL",
      sentence,
    })),
  );
  assert.ok(error.message.includes("DATABASE_URL"));
  assert.ok(!error.message.includes("hunter2"));
});

test("every variable has a line of help", () => {
  const catalogue = describeEnvironment();
  assert.ok(catalogue.length >= 13);
  for (const variable of catalogue) {
    assert.ok(variable.help.endsWith("."), `${variable.name} needs a sentence of help`);
  }
  assert.equal(catalogue.find(({ name }) => name === "THROUGHLINE_PORT")?.default, "3300");
  assert.equal(catalogue.find(({ name }) => name === "DATABASE_URL")?.mayComeFromFile, true);
  assert.equal(catalogue.find(({ name }) => name === "DATABASE_URL")?.default, null);
});
