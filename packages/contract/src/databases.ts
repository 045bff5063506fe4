/** Watched PostgreSQL databases: how they are reached, what was seen last, and the plans of their slow statements. */
import { z } from "zod";
import { TLS_MODES } from "./tlsModes.ts";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";

export const tlsMode = z.enum(TLS_MODES);

const plainText = (charactersMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charactersMax)
    .regex(/^[^\p{Cc}]*$/u, { error: "has no control characters" });

const databaseFields = z.object({
  name: plainText(100),
  /** A name or an address; never a path to a socket. */
  host: z
    .string()
    .trim()
    .max(253)
    .regex(/^[A-Za-z0-9._:-]+$/, { error: "must be a host name or an IP address, without a port" }),
  port: z.number().int().min(1).max(65_535),
  database: plainText(63),
  username: plainText(63),
  tls: tlsMode,
  /** PEM; empty: the certificate authorities that everybody trusts. Only used by verify-full. */
  caCertificate: z
    .string()
    .trim()
    .max(20_000)
    .regex(/^$|^-----BEGIN CERTIFICATE-----/, { error: "must be a certificate in PEM form" }),
  statementTimeoutMs: z.number().int().min(100).max(30_000),
  everySeconds: z.number().int().min(10).max(3600),
  /** Statements whose mean is at least this are explained; 0: all. */
  slowMs: z.number().min(0).max(600_000),
  isEnabled: z.boolean(),
});
const password = z
  .string()
  .min(1)
  .max(1000)
  .refine((text) => !text.includes("\0"), { error: "has no zero character" });

/** Body of `POST /api/databases`. */
export const newDatabase = databaseFields.extend({
  project: z.string().min(1).max(100).optional(),
  password,
  port: databaseFields.shape.port.default(5432),
  tls: tlsMode.default("verify-full"),
  caCertificate: databaseFields.shape.caCertificate.default(""),
  statementTimeoutMs: databaseFields.shape.statementTimeoutMs.default(5000),
  everySeconds: databaseFields.shape.everySeconds.default(60),
  slowMs: databaseFields.shape.slowMs.default(50),
  isEnabled: z.boolean().default(true),
});
export type NewDatabase = z.infer<typeof newDatabase>;

/** Body of `PATCH /api/databases/:id`. Another address, user or weaker TLS needs the password again. */
export const databaseChange = databaseFields
  .extend({ password })
  .partial()
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "name at least one field to change",
  });
export type DatabaseChange = z.infer<typeof databaseChange>;

export const databaseState = z.object({
  /** `waiting`: not asked yet. */
  status: z.enum(["ok", "failing", "waiting", "off"]),
  /** Why the last try failed; empty when it did not. */
  problem: z.string(),
  failures: z.number(),
  triedAtMs: z.number().nullable(),
  okAtMs: z.number().nullable(),
});

const count = z.number();
const figure = z.number().nullable();

/** What a snapshot says in numbers. Null: not known yet, since it takes two snapshots, or not to be seen by this role. */
export const databaseFigures = z.object({
  connections: figure,
  connectionsMax: figure,
  /** Hits for all blocks asked for between two snapshots, 0..1; null where none was asked for. */
  cacheHitRatio: figure,
  commitsPerSecond: figure,
  rollbacksPerSecond: figure,
  deadlocks: figure,
  tempFiles: figure,
  tempBytes: figure,
  sizeBytes: figure,
});
export type DatabaseFigures = z.infer<typeof databaseFigures>;

export const databaseActivity = z.object({
  pid: count,
  username: z.string(),
  applicationName: z.string(),
  state: z.string(),
  /** Type and name, as `Lock: transactionid`; empty when it does not wait. */
  waitsFor: z.string(),
  transactionMs: figure,
  stateMs: figure,
  /** Who holds what it waits for. */
  blockedBy: z.array(count),
  /** The table whose lock it waits for; empty where it is no table's. */
  lockedTable: z.string(),
  lockMode: z.string(),
  /** Without literals. */
  statement: z.string(),
});
export type DatabaseActivity = z.infer<typeof databaseActivity>;

export const databaseTable = z.object({
  schema: z.string(),
  name: z.string(),
  sizeBytes: count,
  liveRows: count,
  deadRows: count,
  sequentialScans: count,
  sequentialRows: count,
  indexScans: count,
  lastVacuumMs: figure,
  lastAnalyzeMs: figure,
});
export type DatabaseTable = z.infer<typeof databaseTable>;

export const databaseIndex = z.object({
  schema: z.string(),
  table: z.string(),
  name: z.string(),
  definition: z.string(),
  sizeBytes: count,
  scans: count,
  isUnused: z.boolean(),
  /** An index that does all that this one does; empty: none. */
  coveredBy: z.string(),
  isValid: z.boolean(),
});
export type DatabaseIndex = z.infer<typeof databaseIndex>;

export const databaseStatement = z.object({
  id: z.string(),
  statement: z.string(),
  /** Since the server's counters began. */
  calls: count,
  totalMs: count,
  meanMs: count,
  rows: count,
  /** Since the snapshot before; null with the first one. */
  newCalls: figure,
  newTotalMs: figure,
  /** The same statement as services sent it: `/queries/:hash`; null where no service did. */
  queryHash: z.string().nullable(),
});
export type DatabaseStatement = z.infer<typeof databaseStatement>;

export const databaseSnapshot = z.object({
  atMs: count,
  /** Since the snapshot before; null with the first one. */
  sinceMs: figure,
  version: z.string(),
  isReplica: z.boolean(),
  figures: databaseFigures,
  connections: z.array(z.object({ state: z.string(), count })),
  locks: z.array(z.object({ mode: z.string(), isGranted: z.boolean(), count })),
  activity: z.array(databaseActivity),
  replication: z.array(z.object({ client: z.string(), state: z.string(), lagBytes: figure, lagMs: figure })),
  tables: z.array(databaseTable),
  indexes: z.array(databaseIndex),
  statements: z.array(databaseStatement),
  /** When the server's counters began; null: with the database itself. */
  countersSinceMs: figure,
  /** What could not be read, and why. */
  gaps: z.array(z.object({ part: z.string(), text: z.string() })),
});
export type DatabaseSnapshot = z.infer<typeof databaseSnapshot>;

export interface PlanNode {
  readonly type: string;
  /** `schema.table`, an index, a function; empty where it reads none. */
  readonly of: string;
  readonly index: string;
  /** Conditions without literals. */
  readonly conditions: readonly string[];
  readonly rows: number;
  /** PostgreSQL's own unit; of this node with all below. */
  readonly totalCost: number;
  /** Of this node alone. */
  readonly ownCost: number;
  readonly children: readonly PlanNode[];
}
export const planNode: z.ZodType<PlanNode> = z.object({
  type: z.string(),
  of: z.string(),
  index: z.string(),
  conditions: z.array(z.string()),
  rows: z.number(),
  totalCost: z.number(),
  ownCost: z.number(),
  get children() {
    return z.array(planNode);
  },
});

export const planFinding = z.object({
  kind: z.enum(["sequential_scan", "missing_index"]),
  table: z.string(),
  text: z.string(),
  /** What to run; empty: nothing certain. */
  sql: z.string(),
  /** Cost with that index for the cost without, 0..1, by hypopg; null where it is not installed. */
  costShare: z.number().nullable(),
});
export type PlanFinding = z.infer<typeof planFinding>;

export const databasePlan = z.object({
  statementId: z.string(),
  statement: z.string(),
  /** Empty: it could not be explained. */
  planHash: z.string(),
  plan: planNode.nullable(),
  findings: z.array(planFinding),
  problem: z.string(),
  meanMs: count,
  firstSeenMs: count,
  lastSeenMs: count,
  /** Another plan of the same statement was seen before this one. */
  isChanged: z.boolean(),
  /** The same statement as services sent it: `/queries/:hash`; null where no service did. */
  queryHash: z.string().nullable(),
});
export type DatabasePlan = z.infer<typeof databasePlan>;

/** A plan as the page of its statement shows it. */
export const statementPlan = databasePlan
  .omit({ queryHash: true })
  .extend({ databaseId: z.string(), databaseName: z.string() });
export type StatementPlan = z.infer<typeof statementPlan>;

export const monitoredDatabase = databaseFields.extend({
  id: z.string(),
  state: databaseState,
  version: z.string(),
  figures: databaseFigures.nullable(),
  /** Sessions that wait for another one's lock. */
  blockedCount: count,
  adviceCount: count,
});
export type MonitoredDatabase = z.infer<typeof monitoredDatabase>;

/** The product's own control store, for those who may see the installation. */
export const embeddedDatabase = z.object({
  backend: z.enum(["pglite", "postgres"]),
  version: z.string(),
  isOk: z.boolean(),
  sizeBytes: count,
  tables: z.array(z.object({ name: z.string(), sizeBytes: count })),
  /** What it can't tell, and why. */
  unknown: z.string(),
});
export type EmbeddedDatabase = z.infer<typeof embeddedDatabase>;

/** Answer of `GET /api/databases`. */
export const databaseList = z.object({
  project,
  databases: z.array(monitoredDatabase),
  embedded: embeddedDatabase.nullable(),
});
export type DatabaseList = z.infer<typeof databaseList>;

const points = z.array(z.number().nullable());

/** Answer of `GET /api/databases/:id`. */
export const databasePage = z.object({
  project,
  range: timeRange,
  database: monitoredDatabase,
  snapshot: databaseSnapshot.nullable(),
  /** Newest first. */
  plans: z.array(databasePlan),
  series: z.object({
    timesMs: z.array(z.number()),
    connections: points,
    connectionsMax: points,
    commitsPerSecond: points,
    rollbacksPerSecond: points,
    cacheHitRatio: points,
    deadlocks: points,
    sizeBytes: points,
  }),
});
export type DatabasePage = z.infer<typeof databasePage>;

/** Answer of `POST /api/databases/:id/check`. */
export const databaseCheck = z.object({
  isUsable: z.boolean(),
  findings: z.array(
    z.object({
      tone: z.enum(["good", "warn", "bad"]),
      text: z.string(),
      /** What to run on the database; empty: nothing. */
      sql: z.string(),
    }),
  ),
});
export type DatabaseCheck = z.infer<typeof databaseCheck>;
