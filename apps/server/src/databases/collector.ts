/**
 * Looks at every registered database once in its interval. Whichever instance moves `next_at` on has the turn, and only the
 * holder of the newest claim may write what it saw. A database that fails is left alone for longer each time.
 */
import { randomUUID } from "node:crypto";
import { OWN_KEY_ID, type SecretBox } from "../access/index.ts";
import type { ControlStore } from "../engines/control/index.ts";
import type { Ingest } from "../ingest/index.ts";
import { metricsOf } from "./collect/metrics.ts";
import { keptCounters, takeSnapshot } from "./collect/takeSnapshot.ts";
import { DATABASE_COLUMNS, type DatabaseRow, targetOf } from "./databaseRows.ts";
import { storePlans } from "./plans/storePlans.ts";
import { DatabaseProblem } from "./problems.ts";
import type { DatabaseSession, OpenSession } from "./session.ts";

export interface DatabaseCollectorOptions {
  readonly control: ControlStore;
  readonly ingest: Pick<Ingest, "accept">;
  readonly box: SecretBox;
  readonly open: OpenSession;
  readonly log: { warn(details: object, message: string): void };
  readonly tickMs?: number;
}

export interface DatabaseCollector {
  /** Looks at all that are due now; resolves when it is done. */
  run(): Promise<void>;
  close(): Promise<void>;
}

const AT_ONCE_MAX = 4;
const BACKOFF_SECONDS_MAX = 900;
/** Longer than a session may last (session.ts): after that another instance may try. */
const CLAIM_SECONDS_MIN = 90;

type Claimed = DatabaseRow & { readonly claim: string; readonly counters: unknown };

export function startDatabaseCollector({
  control,
  ingest,
  box,
  open,
  log,
  tickMs = 2000,
}: DatabaseCollectorOptions): DatabaseCollector {
  const stopping = new AbortController();
  let running: Promise<void> | null = null;
  let hasFailed = false;

  async function claim(): Promise<Claimed | undefined> {
    const token = randomUUID();
    const [row] = await control.query<Claimed>(
      `with due as (
         select s.database_id from database_states s join databases d on d.id = s.database_id
         where d.is_enabled and s.next_at <= now() order by s.next_at limit 1 for update of s skip locked
       )
       update database_states s
         set claim = $1, tried_at = now(), next_at = now() + make_interval(secs => greatest(d.every_seconds, $2))
       from due join databases d on d.id = due.database_id where s.database_id = due.database_id
       returning ${DATABASE_COLUMNS}, s.claim, s.counters`,
      [token, CLAIM_SECONDS_MIN],
    );
    return row;
  }

  async function look(row: Claimed): Promise<void> {
    let session: DatabaseSession | null = null;
    try {
      session = await open(targetOf(row, box), stopping.signal);
      const before = keptCounters.nullable().catch(null).parse(row.counters);
      const found = await takeSnapshot(session, before, Date.now());
      const isOurs = await control.query(
        `update database_states set ok_at = now(), failures = 0, problem = '', snapshot = $3::jsonb, counters = $4::jsonb,
           next_at = tried_at + make_interval(secs => $5)
         where database_id = $1 and claim = $2 returning database_id`,
        [row.id, row.claim, JSON.stringify(found.snapshot), JSON.stringify(found.counters), row.everySeconds],
      );
      // Somebody else has the turn, or it was changed meanwhile: theirs counts.
      if (isOurs.length === 0) return;
      await ingest.accept({
        signal: "metrics",
        encoding: "json",
        compression: "identity",
        sender: { tenantId: row.tenantId, projectId: row.projectId, keyId: OWN_KEY_ID },
        body: Buffer.from(metricsOf(row, found)),
        receivedAtMs: Date.now(),
      });
      await storePlans(control, session, row, found);
    } catch (error) {
      if (!(error instanceof DatabaseProblem)) throw error;
      // Not the database's fault; the claim's time brings it back.
      if (stopping.signal.aborted) return;
      await control.query(
        `update database_states set failures = failures + 1, problem = $3,
           next_at = now() + make_interval(secs => least($5, $4 * power(2, least(failures, 10))))
         where database_id = $1 and claim = $2`,
        [row.id, row.claim, error.message, row.everySeconds, Math.max(row.everySeconds, BACKOFF_SECONDS_MAX)],
      );
    } finally {
      await session?.close();
    }
  }

  async function runner(): Promise<void> {
    for (let row = await claim(); row !== undefined && !stopping.signal.aborted; row = await claim()) {
      try {
        await look(row);
      } catch (err) {
        // Of our own stores or keys, not of the database; the claim's time brings it back.
        const problem = "Throughline itself failed here; its log says why.";
        log.warn({ err, databaseId: row.id }, "A watched database could not be looked at.");
        await control.query(
          "update database_states set problem = $3, failures = failures + 1 where database_id = $1 and claim = $2",
          [row.id, row.claim, problem],
        );
      }
    }
  }

  const run = async (): Promise<void> => {
    running ??= Promise.all(Array.from({ length: AT_ONCE_MAX }, runner))
      .then(
        () => {
          hasFailed = false;
        },
        (err: unknown) => {
          // Once per outage.
          if (!hasFailed) log.warn({ err }, "Watched databases could not be looked at; it is tried again.");
          hasFailed = true;
        },
      )
      .finally(() => {
        running = null;
      });
    await running;
  };
  const timer = setInterval(() => void run(), tickMs);
  timer.unref();
  return {
    run,
    async close() {
      stopping.abort();
      clearInterval(timer);
      await running;
    },
  };
}
