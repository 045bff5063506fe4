/** The environment, read once: `loadConfig(process.env)` in main.ts, a plain object in tests. */
import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { resolve } from "node:path";
import { environment, SECRET_VARIABLES, type Environment } from "./environment.ts";
import { nearestName } from "./nearestName.ts";

export interface Config {
  readonly host: string;
  /** An origin, without a slash at the end. */
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  /** Networks, addresses and names beyond the public Internet that user-set addresses may lead to. */
  readonly outgoingAllow: readonly string[];
  readonly owner: { readonly email: string; readonly password: string } | undefined;
  readonly secretKey: string | undefined;
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string | undefined;
  /** 0 means a free port chosen by the system: read the real one from the listening server. */
  readonly port: number;
  readonly otlpHttpPort: number;
  readonly otlpGrpcPort: number;
  /** Absolute. */
  readonly dataDir: string;
  readonly clickhouseUrl: string | undefined;
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly natsUrl: string | undefined;
  readonly engineMemoryLimitBytes: number;
  readonly journalLimitBytes: number;
  /** Items an organisation may send a day; null: as many as it likes. */
  readonly dailyQuotas: Readonly<Record<"spans" | "logs" | "points" | "events", number | null>>;
  readonly freeDiskBytesMin: number;
  readonly shutdownSeconds: number;
  readonly isSelfTelemetryOn: boolean;
  readonly logLevel: Environment["THROUGHLINE_LOG_LEVEL"];
}

export interface ConfigProblem {
  readonly name: string;
  /** A whole sentence with the remedy; holds no secret. */
  readonly sentence: string;
}

/** Lists every problem at once, so that one restart is enough to fix them. */
export class ConfigError extends Error {
  readonly problems: readonly ConfigProblem[];
  constructor(problems: readonly ConfigProblem[]) {
    super(
      ["The configuration can't be used:", ...problems.map((problem) => `- ${problem.sentence}`)].join("\n"),
    );
    this.name = "ConfigError";
    this.problems = problems;
  }
}

/** What loadConfig needs to know beyond the environment. */
export interface Surroundings {
  readonly readFile: (path: string) => string;
  readonly machineMemoryBytes: number;
}

type Variables = Readonly<Record<string, string | undefined>>;

const OUR_PREFIX = "THROUGHLINE_";
const MEBIBYTE = 1024 ** 2;

/**
 * Reads nothing but its arguments.
 * @throws {ConfigError} with every problem found.
 */
export function loadConfig(env: Variables, surroundings: Surroundings = thisMachine()): Config {
  const problems: ConfigProblem[] = [...unknownNames(env)];
  const values = withSecretsFromFiles(env, surroundings.readFile, problems);
  const parsed = environment.safeParse(values);
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      problems.push({ name, sentence: `${name} ${issue.message}.` });
    }
    throw new ConfigError(problems);
  }
  problems.push(...sharedPorts(parsed.data), ...halfOwner(parsed.data));
  if (problems.length > 0) throw new ConfigError(problems);
  return toConfig(parsed.data, surroundings.machineMemoryBytes);
}

function toConfig(parsed: Environment, machineMemoryBytes: number): Config {
  return {
    host: parsed.THROUGHLINE_HOST,
    publicUrl: parsed.THROUGHLINE_PUBLIC_URL,
    trustedProxies: parsed.THROUGHLINE_TRUSTED_PROXIES ?? [],
    outgoingAllow: parsed.THROUGHLINE_OUTGOING_ALLOW ?? [],
    owner: ownerOf(parsed),
    secretKey: parsed.THROUGHLINE_SECRET_KEY,
    smtpUrl: parsed.SMTP_URL,
    mailFrom: parsed.THROUGHLINE_MAIL_FROM,
    port: parsed.THROUGHLINE_PORT,
    otlpHttpPort: parsed.THROUGHLINE_OTLP_HTTP_PORT,
    otlpGrpcPort: parsed.THROUGHLINE_OTLP_GRPC_PORT,
    dataDir: resolve(parsed.THROUGHLINE_DATA_DIR),
    clickhouseUrl: parsed.CLICKHOUSE_URL,
    databaseUrl: parsed.DATABASE_URL,
    redisUrl: parsed.REDIS_URL,
    natsUrl: parsed.NATS_URL,
    engineMemoryLimitBytes: parsed.THROUGHLINE_MEMORY_LIMIT ?? defaultEngineMemoryBytes(machineMemoryBytes),
    journalLimitBytes: parsed.THROUGHLINE_JOURNAL_LIMIT,
    dailyQuotas: {
      spans: parsed.THROUGHLINE_DAILY_QUOTA_SPANS ?? null,
      logs: parsed.THROUGHLINE_DAILY_QUOTA_LOGS ?? null,
      points: parsed.THROUGHLINE_DAILY_QUOTA_POINTS ?? null,
      events: parsed.THROUGHLINE_DAILY_QUOTA_EVENTS ?? null,
    },
    freeDiskBytesMin: parsed.THROUGHLINE_MIN_FREE_DISK,
    shutdownSeconds: parsed.THROUGHLINE_SHUTDOWN_SECONDS,
    isSelfTelemetryOn: parsed.THROUGHLINE_SELF_TELEMETRY,
    logLevel: parsed.THROUGHLINE_LOG_LEVEL,
  };
}

function ownerOf(parsed: Environment): Config["owner"] {
  const { THROUGHLINE_OWNER_EMAIL: email, THROUGHLINE_OWNER_PASSWORD: password } = parsed;
  return email === undefined || password === undefined ? undefined : { email, password };
}

function* halfOwner(parsed: Environment): Generator<ConfigProblem> {
  const names = ["THROUGHLINE_OWNER_EMAIL", "THROUGHLINE_OWNER_PASSWORD"] as const;
  const missing = names.filter((name) => parsed[name] === undefined);
  const [name] = missing;
  if (name === undefined || missing.length === names.length) return;
  yield { name, sentence: `${name} is not set: the first account needs both ${names.join(" and ")}.` };
}

function defaultEngineMemoryBytes(machineMemoryBytes: number): number {
  return Math.round(Math.min(Math.max(machineMemoryBytes / 4, 512 * MEBIBYTE), 4096 * MEBIBYTE));
}

/** An empty variable counts as unset: that is how compose files and shells pass one that has no value. */
function withSecretsFromFiles(
  env: Variables,
  readFile: Surroundings["readFile"],
  problems: ConfigProblem[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of Object.keys(environment.shape)) {
    const value = env[name]?.trim();
    if (value) values[name] = value;
  }
  for (const name of SECRET_VARIABLES) {
    const fileVariable = `${name}_FILE`;
    const path = env[fileVariable]?.trim();
    if (!path) continue;
    if (values[name] !== undefined) {
      const sentence = `${name} and ${fileVariable} are both set: keep one of them.`;
      problems.push({ name: fileVariable, sentence });
      continue;
    }
    try {
      values[name] = readFile(path).trim();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const sentence = `${fileVariable} names a file that can't be read (${reason}): check its path and permissions.`;
      problems.push({ name: fileVariable, sentence });
      continue;
    }
    if (values[name] === "") {
      problems.push({
        name: fileVariable,
        sentence: `${fileVariable} names an empty file: write the value of ${name} into it.`,
      });
      delete values[name];
    }
  }
  return values;
}

function* unknownNames(env: Variables): Generator<ConfigProblem> {
  const known = Object.keys(environment.shape);
  for (const name of Object.keys(env).toSorted()) {
    if (!name.startsWith(OUR_PREFIX) || known.includes(name)) continue;
    const nearest = nearestName(name, known);
    const hint =
      nearest === null ? "remove it; the README lists the names that exist" : `did you mean ${nearest}?`;
    yield { name, sentence: `${name} is not a setting: ${hint}${nearest === null ? "." : ""}` };
  }
}

function* sharedPorts(parsed: Environment): Generator<ConfigProblem> {
  const names = ["THROUGHLINE_PORT", "THROUGHLINE_OTLP_HTTP_PORT", "THROUGHLINE_OTLP_GRPC_PORT"] as const;
  for (const [index, name] of names.entries()) {
    const earlier = names
      .slice(0, index)
      .find((other) => parsed[other] === parsed[name] && parsed[name] !== 0);
    if (earlier === undefined) continue;
    yield {
      name,
      sentence: `${name} and ${earlier} are both ${parsed[name]}: give each its own port, or 0 for a free one.`,
    };
  }
}

function thisMachine(): Surroundings {
  // In a container the cgroup's limit counts, not the host's memory.
  const constrained = process.constrainedMemory();
  const machineMemoryBytes = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return { readFile: (path) => readFileSync(path, "utf8"), machineMemoryBytes };
}
