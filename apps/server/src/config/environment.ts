/**
 * Every environment variable the product reads, with its default and one line of help: the only place where they are
 * named. `loadConfig.ts` parses them, the README's table and `--help` are printed from `describeEnvironment()`.
 */
import { z } from "zod";
import {
  byteSize,
  dailyQuota,
  host,
  logLevel,
  mailAddress,
  networks,
  networksAndNames,
  onOff,
  origin,
  password,
  port,
  text,
  urlOf,
  wholeNumber,
} from "./values.ts";

export const environment = z.object({
  THROUGHLINE_HOST: withDefault(
    host,
    "127.0.0.1",
    "Address to listen on. From other machines senders need ingest keys and people sign in.",
  ),
  THROUGHLINE_PUBLIC_URL: optional(
    origin,
    "Address under which people reach the pages, https://obs.example.com. Needed for any name but localhost.",
  ),
  THROUGHLINE_TRUSTED_PROXIES: optional(
    networks,
    "Proxies whose X-Forwarded-For is believed, for limits and the audit log: 10.0.0.0/8, 127.0.0.1.",
  ),
  THROUGHLINE_OUTGOING_ALLOW: optional(
    networksAndNames,
    "Private networks, addresses or names that addresses set by people may lead to: 10.1.0.0/16, keycloak.internal.",
  ),
  THROUGHLINE_PORT: withDefault(port, "3300", "Port of the pages and the API (0: a free one)."),
  THROUGHLINE_OTLP_HTTP_PORT: withDefault(port, "4318", "Port of OTLP over HTTP (0: a free one)."),
  THROUGHLINE_OTLP_GRPC_PORT: withDefault(port, "4317", "Port of OTLP over gRPC (0: a free one)."),
  THROUGHLINE_DATA_DIR: withDefault(text, "./data", "Folder that holds everything the product stores."),
  THROUGHLINE_OWNER_EMAIL: optional(
    mailAddress,
    "With the password: makes the first account at the start, once.",
  ),
  THROUGHLINE_OWNER_PASSWORD: optional(password, "Password of the first account, 10 to 128 characters."),
  THROUGHLINE_SECRET_KEY: optional(
    text,
    "Seals stored secrets: 32 or more random characters; to rotate, 'new,old'. Unset: secret.key in the data folder.",
  ),
  SMTP_URL: optional(
    urlOf("smtp:", "smtps:"),
    "Mail server for invitations, smtp://user:password@host:587. Unset: links are shown instead of sent.",
  ),
  THROUGHLINE_MAIL_FROM: optional(text, "Sender of mail, Throughline <throughline@example.com>."),
  CLICKHOUSE_URL: optional(
    urlOf("http:", "https:"),
    "ClickHouse server, http://user:password@host:8123/database. Unset: the engine inside this process.",
  ),
  DATABASE_URL: optional(
    urlOf("postgres:", "postgresql:"),
    "PostgreSQL 14 or later, postgres://user:password@host/database. Unset: PGlite inside this process.",
  ),
  REDIS_URL: optional(
    urlOf("redis:", "rediss:"),
    "Redis 6 or later, for several instances. Unset: memory of this process.",
  ),
  NATS_URL: optional(
    urlOf("nats:", "tls:", "ws:", "wss:"),
    "NATS server for alerts. Not used by this version yet.",
  ),
  THROUGHLINE_MEMORY_LIMIT: optional(
    byteSize({ min: 256 * 1024 * 1024 }),
    "Memory cap of the embedded telemetry engine, e.g. 2GiB. Unset: a quarter of the machine, 512 MiB to 4 GiB.",
  ),
  THROUGHLINE_JOURNAL_LIMIT: withDefault(
    byteSize({ min: 16 * 1024 * 1024 }),
    "1GiB",
    "Bytes of acknowledged telemetry that may wait on disk for the engine; past it senders are asked to retry.",
  ),
  THROUGHLINE_DAILY_QUOTA_SPANS: optional(
    dailyQuota,
    "Spans that an organisation may send a UTC day, unless it has a quota of its own. Unset: as many as it likes.",
  ),
  THROUGHLINE_DAILY_QUOTA_LOGS: optional(dailyQuota, "The same for log records without an event name."),
  THROUGHLINE_DAILY_QUOTA_POINTS: optional(dailyQuota, "The same for metric data points."),
  THROUGHLINE_DAILY_QUOTA_EVENTS: optional(
    dailyQuota,
    "The same for events: log records with an event name.",
  ),
  THROUGHLINE_MIN_FREE_DISK: withDefault(
    byteSize({ min: 0 }),
    "1GiB",
    "Free space in the data folder below which the product does not start.",
  ),
  THROUGHLINE_SHUTDOWN_SECONDS: withDefault(
    wholeNumber({ min: 0, max: 600 }),
    "10",
    "How long SIGTERM waits for requests and the journal before the rest is left for the next start.",
  ),
  THROUGHLINE_SELF_TELEMETRY: withDefault(
    onOff,
    "on",
    "Whether the product's own traces, logs and metrics, and what its pages measure, go into the project 'throughline'.",
  ),
  THROUGHLINE_LOG_LEVEL: withDefault(logLevel, "info", "trace, debug, info, warn, error, fatal or silent."),
});

export type Environment = z.output<typeof environment>;
export type VariableName = keyof typeof environment.shape;

/** Variables that may hold a password: each may instead come from the file named by `<NAME>_FILE`. */
export const SECRET_VARIABLES: readonly VariableName[] = [
  "CLICKHOUSE_URL",
  "DATABASE_URL",
  "REDIS_URL",
  "NATS_URL",
  "SMTP_URL",
  "THROUGHLINE_OWNER_PASSWORD",
  "THROUGHLINE_SECRET_KEY",
];

export interface VariableHelp {
  readonly name: string;
  /** As a user would write it; null when there is no default. */
  readonly default: string | null;
  readonly help: string;
  readonly mayComeFromFile: boolean;
}

/** The catalogue in the order it is documented. */
export function describeEnvironment(): readonly VariableHelp[] {
  return Object.entries(environment.shape).map(([name, schema]) => {
    const meta = schema.meta();
    return {
      name,
      default: typeof meta?.defaultText === "string" ? meta.defaultText : null,
      help: meta?.description ?? "",
      mayComeFromFile: SECRET_VARIABLES.some((secret) => secret === name),
    };
  });
}

function withDefault<Out>(schema: z.ZodType<Out, string>, defaultText: string, description: string) {
  return schema.prefault(defaultText).meta({ description, defaultText });
}

function optional<Out>(schema: z.ZodType<Out, string>, description: string) {
  return schema.optional().meta({ description });
}
