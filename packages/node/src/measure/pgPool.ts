/**
 * Pools of `pg`: connections in use and idle, callers that wait and how long, under the names of
 * https://opentelemetry.io/docs/specs/semconv/database/database-metrics/ . They are read when metrics are, so that a pool
 * in which nothing moves any more is seen, too.
 */
import { context, SpanKind, type Histogram } from "@opentelemetry/api";
import { InstrumentationBase, InstrumentationNodeModuleDefinition } from "@opentelemetry/instrumentation";

interface Pool {
  readonly options: {
    readonly max?: number;
    readonly host?: string;
    readonly port?: number;
    readonly database?: string;
  };
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ended?: boolean;
}
type Connected = (error: Error | undefined, ...rest: unknown[]) => unknown;
type Connect = (this: Pool, callback?: Connected) => unknown;
interface PoolClass {
  prototype: { connect: Connect; [PATCHED]?: boolean };
}

const PATCHED: unique symbol = Symbol("throughline.pool");
const POOL_NAME = "db.client.connection.pool.name";
/** Waits below this are how long a handshake takes: no span for them. */
const WAIT_SPAN_MS = 1;

interface Totals {
  used: number;
  idle: number;
  waiting: number;
  max: number;
}

export class PgPoolInstrumentation extends InstrumentationBase {
  // `declare`: the base class's constructor calls init() before fields of this class would be set.
  declare private pools: Set<WeakRef<Pool>>;
  declare private known: WeakSet<Pool>;
  declare private waitTime: Histogram;

  constructor() {
    super("@throughline/node/pg-pool", "0.1.0", {});
  }

  override _updateMetricInstruments(): void {
    this.pools ??= new Set();
    this.known ??= new WeakSet();
    const { meter } = this;
    this.waitTime = meter.createHistogram("db.client.connection.wait_time", {
      unit: "s",
      description: "How long it took to get a connection from the pool.",
      advice: { explicitBucketBoundaries: [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10] },
    });
    const count = meter.createObservableUpDownCounter("db.client.connection.count", {
      unit: "{connection}",
      description: "Open connections by state.",
    });
    const pending = meter.createObservableUpDownCounter("db.client.connection.pending_requests", {
      unit: "{request}",
      description: "Callers that wait for a connection.",
    });
    const max = meter.createObservableUpDownCounter("db.client.connection.max", {
      unit: "{connection}",
      description: "The most connections the pool opens.",
    });
    meter.addBatchObservableCallback(
      (result) => {
        for (const [name, totals] of this.totals()) {
          const attributes = { [POOL_NAME]: name };
          result.observe(count, totals.used, { ...attributes, "db.client.connection.state": "used" });
          result.observe(count, totals.idle, { ...attributes, "db.client.connection.state": "idle" });
          result.observe(pending, totals.waiting, attributes);
          result.observe(max, totals.max, attributes);
        }
      },
      [count, pending, max],
    );
  }

  protected override init(): InstrumentationNodeModuleDefinition {
    return new InstrumentationNodeModuleDefinition("pg-pool", [">=2.0.0 <4"], (exports: unknown) => {
      const { default: inner } = exports as { default?: PoolClass };
      this.patch(inner ?? (exports as PoolClass));
      return exports;
    });
  }

  private patch({ prototype }: PoolClass): void {
    if (prototype[PATCHED] === true) return;
    prototype[PATCHED] = true;
    const original = prototype.connect;
    const note = (pool: Pool, startMs: number): void => this.noteWait(pool, startMs);
    const remember = (pool: Pool): void => this.remember(pool);
    prototype.connect = function connect(this: Pool, callback?: Connected): unknown {
      remember(this);
      const startMs = performance.now();
      if (callback !== undefined) {
        const noted = context.bind(context.active(), (...args: Parameters<Connected>) => {
          note(this, startMs);
          return callback.apply(this, args);
        });
        return original.call(this, noted);
      }
      const connected = original.call(this);
      // The promise that is handed on is the pool's own: its rejection stays the application's to handle.
      if (connected instanceof Promise) {
        const noted = context.bind(context.active(), () => note(this, startMs));
        connected.then(noted, noted);
      }
      return connected;
    };
  }

  private remember(pool: Pool): void {
    if (this.known.has(pool)) return;
    this.known.add(pool);
    this.pools.add(new WeakRef(pool));
  }

  private noteWait(pool: Pool, startMs: number): void {
    const waitedMs = performance.now() - startMs;
    this.waitTime.record(waitedMs / 1000, { [POOL_NAME]: nameOf(pool) });
    if (waitedMs < WAIT_SPAN_MS) return;
    this.tracer
      .startSpan("pg-pool.connect", {
        kind: SpanKind.INTERNAL,
        startTime: performance.timeOrigin + startMs,
        attributes: { [POOL_NAME]: nameOf(pool), "db.client.connection.pending_requests": pool.waitingCount },
      })
      .end(performance.timeOrigin + startMs + waitedMs);
  }

  /** By name, as two pools may have the same; pools that are gone are forgotten. */
  private totals(): Map<string, Totals> {
    const byName = new Map<string, Totals>();
    for (const reference of this.pools) {
      const pool = reference.deref();
      if (pool === undefined || (pool.ended === true && pool.totalCount === 0)) {
        this.pools.delete(reference);
        continue;
      }
      const name = nameOf(pool);
      const totals = byName.get(name) ?? { used: 0, idle: 0, waiting: 0, max: 0 };
      totals.used += pool.totalCount - pool.idleCount;
      totals.idle += pool.idleCount;
      totals.waiting += pool.waitingCount;
      totals.max += pool.options.max ?? 0;
      byName.set(name, totals);
    }
    return byName;
  }
}

function nameOf({ options }: Pool): string {
  const address = addressOf(options);
  return `${address.host ?? "localhost"}:${address.port ?? 5432}/${address.database ?? ""}`;
}

function addressOf(options: Pool["options"] & { connectionString?: string }): Pool["options"] {
  const { connectionString } = options;
  if (connectionString === undefined || !URL.canParse(connectionString)) return options;
  const { hostname, port, pathname } = new URL(connectionString);
  return {
    host: hostname,
    port: port === "" ? 5432 : Number(port),
    database: decodeURIComponent(pathname.slice(1)),
  };
}
