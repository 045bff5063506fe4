/** Watched databases on a real PostgreSQL: registered over HTTP, looked at by the collector, explained. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import {
  type Bottleneck,
  bottleneckList,
  databaseCheck,
  databaseList,
  databasePage,
  type DatabaseCheck,
  type DatabasePage,
  type MonitoredDatabase,
  queryPage,
} from "@throughline/contract";
import pino from "pino";
import { DIST_DIR } from "../../../../../test/pages/fixtureServer.ts";
import {
  LITERAL,
  ORDERS,
  startWatchedPostgres,
  type WatchedPostgres,
} from "../../../../../test/harness/watchedPostgres.ts";
import { until } from "../../../../../test/harness/until.ts";
import { resealSecrets } from "../../access/resealSecrets.ts";
import { createSecretBox } from "../../access/secrets.ts";
import { createOpenSession, startDatabaseCollector, type DatabaseCollector } from "../../databases/index.ts";
import { openControlStore, type ControlStore } from "../../engines/control/index.ts";
import { otlpJson } from "../../insight/testRig.ts";
import { createOutgoing, type Outgoing } from "../../outgoing/index.ts";
import {
  addPerson,
  cookieOf,
  markSetUp,
  openEngines,
  openInstance,
  type Engines,
  type Instance,
} from "../testRig.ts";

let dataDir: string;
let control: ControlStore;
let engines: Engines;
let instance: Instance;
let outgoing: Outgoing;
let collector: DatabaseCollector;
let postgres: WatchedPostgres;
let admin: string;
let viewer: string;
let stranger: string;
const logged: string[] = [];
before(async () => {
  postgres = await startWatchedPostgres();
  dataDir = await mkdtemp(join(tmpdir(), "throughline-databases-"));
  control = await openControlStore({ dataDir });
  engines = await openEngines(control);
  await markSetUp(control);
  const allow = ["127.0.0.1"];
  instance = await openInstance(engines, { distDir: DIST_DIR, outgoingAllow: allow });
  outgoing = createOutgoing({ allow });
  const log = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
  collector = startDatabaseCollector({
    control,
    ingest: engines.ingest,
    box: instance.access.box,
    open: createOpenSession(outgoing, { connectMs: 1500 }),
    log,
    tickMs: 3_600_000,
  });
  const otherTenant = "0198c0de-0000-7000-8000-000000000001";
  await control.query("insert into tenants (id, name) values ($1, 'Other')", [otherTenant]);
  await control.query("insert into projects (id, tenant_id, name) values ('default', $1, 'D')", [
    otherTenant,
  ]);
  const cookie = async (tenantId: string, role: "ADMIN" | "VIEWER") =>
    await cookieOf(instance.access, (await addPerson(control, tenantId, role)).userId);
  admin = await cookie(engines.firstTenantId, "ADMIN");
  viewer = await cookie(engines.firstTenantId, "VIEWER");
  stranger = await cookie(otherTenant, "ADMIN");
});
after(async () => {
  await collector.close();
  await instance.close();
  await outgoing.close();
  await engines.close();
  await control.close();
  await postgres.stop();
  await rm(dataDir, { recursive: true, force: true });
});

type Method = "GET" | "POST" | "PATCH" | "DELETE";

async function ask(cookie: string, method: Method, url: string, payload?: object) {
  return await instance.app.inject({
    method,
    url,
    headers: { host: "localhost", origin: "http://localhost", cookie },
    ...(payload === undefined ? {} : { payload }),
  });
}

/** @returns the id */
async function register(name: string, more: object = {}): Promise<string> {
  const answer = await ask(admin, "POST", "/api/databases", {
    project: "default",
    name,
    host: "127.0.0.1",
    port: postgres.port,
    database: postgres.database,
    username: postgres.username,
    password: postgres.password,
    tls: "disable",
    slowMs: 0,
    ...more,
  });
  assert.equal(answer.statusCode, 200, answer.body);
  return (answer.json() as { id: string }).id;
}

/** Looks now, whatever the interval is. */
async function look(id: string): Promise<DatabasePage> {
  await control.query("update database_states set next_at = now() - interval '1 s' where database_id = $1", [
    id,
  ]);
  await control.query(
    "update database_plans set last_seen_at = last_seen_at - interval '1 hour' where database_id = $1",
    [id],
  );
  await collector.run();
  return await page(id);
}

async function page(id: string): Promise<DatabasePage> {
  const answer = await ask(viewer, "GET", `/api/databases/${id}?range=1h`);
  assert.equal(answer.statusCode, 200, answer.body);
  return databasePage.parse(answer.json());
}

async function listed(id: string): Promise<MonitoredDatabase> {
  const answer = await ask(viewer, "GET", "/api/databases?project=default");
  const found = databaseList.parse(answer.json()).databases.find((each) => each.id === id);
  assert.ok(found, answer.body);
  return found;
}

async function check(id: string): Promise<DatabaseCheck> {
  const answer = await ask(admin, "POST", `/api/databases/${id}/check`);
  assert.equal(answer.statusCode, 200, answer.body);
  return databaseCheck.parse(answer.json());
}

async function take(id: string): Promise<void> {
  const answer = await ask(admin, "DELETE", `/api/databases/${id}`);
  assert.equal(answer.statusCode, 200, answer.body);
}

test("a missing index: plan, advice, and its end once the index is there", async () => {
  const id = await register("missing index");
  const shop = await postgres.client();
  for (let n = 0; n < 5; n++)
    await shop.query(`select * from orders where mail = '${LITERAL}' and customer_id > ${n}`);
  // PostgreSQL writes its counters of tables at most once a second.
  await shop.query("select pg_stat_force_next_flush()");
  const seen = await look(id);
  assert.deepEqual(seen.database.state.status, "ok", seen.database.state.problem);
  const statement = "select * from orders where mail = ? and customer_id > ?";
  const counted = seen.snapshot?.statements.find((each) => each.statement === statement);
  assert.equal(counted?.calls, 5);
  const plan = seen.plans.find((each) => each.statement === statement);
  assert.equal(plan?.problem, "");
  assert.match(JSON.stringify(plan?.plan), /Seq Scan/);
  const [finding] = plan?.findings ?? [];
  assert.equal(finding?.kind, "missing_index");
  assert.equal(finding?.table, "public.orders");
  assert.equal(finding?.sql, 'create index concurrently on "public"."orders" ("mail", "customer_id");');
  assert.match(finding?.text ?? "", new RegExp(`${ORDERS}`));
  assert.equal((await listed(id)).adviceCount >= 1, true);
  const { snapshot } = seen;
  const indexes = new Map(snapshot?.indexes.map((index) => [index.name, index]));
  assert.equal(indexes.get("orders_total_again")?.coveredBy, "orders_total");
  assert.equal(indexes.get("orders_total")?.coveredBy, "");
  assert.equal(indexes.get("orders_total")?.isUnused, true);
  assert.equal(indexes.get("orders_pkey")?.isUnused, false, "a primary key is never surplus");
  const table = snapshot?.tables.find(({ name }) => name === "orders");
  assert.equal(table?.liveRows, ORDERS);
  assert.ok((table?.sequentialScans ?? 0) >= 5);

  await shop.query("create index orders_mail on orders (mail, customer_id)");
  await shop.query("analyze orders");
  const then = await look(id);
  const plans = then.plans.filter((each) => each.statement === statement);
  assert.equal(plans.length, 2, "both plans are kept");
  const changed = plans.find(({ isChanged }) => isChanged);
  assert.match(JSON.stringify(changed?.plan), /orders_mail/);
  assert.deepEqual(
    plans.map(({ findings }) => findings.length),
    [0, 0],
    "nothing is missing any more",
  );
  await take(id);
});

test("a missing index hurts a service: UNINDEXED_QUERY with its plan, until the index is there", async () => {
  let isChecked = true;
  const unindexed = async (): Promise<Bottleneck[]> => {
    const answer = await ask(viewer, "GET", "/api/bottlenecks?project=default&range=1h");
    assert.equal(answer.statusCode, 200, answer.body);
    const { bottlenecks, checks } = bottleneckList.parse(answer.json());
    isChecked = checks.find(({ type }) => type === "UNINDEXED_QUERY")?.isChecked ?? false;
    return bottlenecks.filter(({ type }) => type === "UNINDEXED_QUERY");
  };

  assert.deepEqual([await unindexed(), isChecked], [[], false], "without a database it is not checked");

  const shop = await postgres.client();
  await shop.query("drop index if exists orders_mail");
  await shop.query("select pg_stat_statements_reset()");
  // As drivers send them: with parameters. The service says it in its own way of writing.
  for (let n = 0; n < 5; n++) {
    await shop.query("select note from orders where mail = $1", [LITERAL]);
    await shop.query("select note from orders where id = $1", [n]);
    await shop.query("select count(*) from orders");
    await shop.query("select total from orders where customer_id = $1", [n]);
  }
  await shop.query("select pg_stat_force_next_flush()");
  const id = await register("hurts");
  const seen = await look(id);
  const slow = seen.plans.find(({ statement }) => statement === "select note from orders where mail = ?");
  assert.equal(slow?.findings[0]?.kind, "missing_index");
  assert.deepEqual([await unindexed(), isChecked], [[], true], "no service ran any of them");

  const traceId = "5af7651916cd43dd8448eb211c80319c";
  const ran = (text: string, spanId: string) => ({
    name: "SELECT shop",
    kind: 3,
    durationMs: 120,
    traceId,
    spanId,
    parentSpanId: "00f067aa0ba902b7",
    attributes: { "db.system.name": "postgresql", "db.query.text": text },
  });
  const spans = [
    {
      name: "GET /orders",
      route: "GET /orders",
      kind: 2,
      durationMs: 300,
      traceId,
      spanId: "00f067aa0ba902b7",
    },
    ran("select note from orders where mail = $1", "00f067aa0ba902b8"),
    ran("select note from orders where id = 7", "00f067aa0ba902b9"),
    ran("select count(*) from orders", "00f067aa0ba902ba"),
  ];
  for (const { signal, body } of otlpJson({ service: "shop-api", spans })) {
    const answer = await instance.app.inject({
      method: "POST",
      url: `/v1/${signal}`,
      headers: { host: "localhost", "x-throughline-project": "default" },
      payload: body,
    });
    assert.equal(answer.statusCode, 200, answer.body);
  }
  await until("all is stored", async () => engines.ingest.status().oldestUnstoredAgeMs === null);
  const [found, ...others] = await unindexed();
  assert.deepEqual(others, [], "an index, a count of all, and what no service ran are not told");
  assert.ok(found);
  assert.equal(found.subject, "select note from orders where mail = ?");
  assert.match(found.description, new RegExp(`public\\.orders in hurts, about ${ORDERS} rows`));
  assert.match(found.recommendation, /create index concurrently on "public"\."orders" \("mail"\);/);
  assert.deepEqual(found.affectedEndpoints, [{ service: "shop-api", route: "GET /orders" }]);
  assert.equal(found.shareOfRequestTime, 120 / 300);
  assert.deepEqual(found.evidence.plan, {
    databaseId: id,
    databaseName: "hurts",
    statementId: slow.statementId,
  });
  assert.equal(found.evidence.traceId, traceId);
  assert.equal((await ask(viewer, "GET", `/api/traces/${traceId}?project=default`)).statusCode, 200);
  const overview = await ask(viewer, "GET", "/api/overview?project=default&range=1h");
  assert.ok(
    (overview.json() as { bottlenecks: Bottleneck[] }).bottlenecks.some((each) => each.id === found.id),
  );

  const hash = found.evidence.queryHash ?? "";
  const statement = await ask(viewer, "GET", `/api/queries/${hash}?project=default&range=1h`);
  const [plan] = queryPage.parse(statement.json()).plans;
  assert.deepEqual([plan?.databaseId, plan?.findings[0]?.kind], [id, "missing_index"]);
  assert.match(JSON.stringify(plan?.plan), /Seq Scan/);
  const [back] = (await page(id)).plans.filter(({ statementId }) => statementId === slow.statementId);
  assert.equal(back?.queryHash, hash);
  assert.equal((await ask(stranger, "GET", `/api/queries/${hash}?project=default`)).statusCode, 404);

  // Fast now, and slower ones only are explained: it is asked once more all the same.
  await shop.query("create index orders_mail_again on orders (mail)");
  await ask(admin, "PATCH", `/api/databases/${id}`, { slowMs: 600_000 });
  await look(id);
  assert.deepEqual([await unindexed(), isChecked], [[], true]);
  await shop.query("drop index orders_mail_again");
  await take(id);
});

test("what an index would gain, by hypopg", async () => {
  const shop = await postgres.client();
  const offered = await shop.query("select from pg_available_extensions where name = 'hypopg'");
  assert.equal(offered.rowCount, 1, "hypopg is not installed: npm test installs it on Debian");
  await shop.query("create extension hypopg");
  await shop.query("select pg_stat_statements_reset()");
  await shop.query("select mail from orders where customer_id = 5");
  const id = await register("hypopg");
  const seen = await look(id);
  const plan = seen.plans.find((each) => each.statement === "select mail from orders where customer_id = ?");
  const [finding] = plan?.findings ?? [];
  assert.equal(finding?.sql, 'create index concurrently on "public"."orders" ("customer_id");');
  const { costShare } = finding ?? { costShare: null };
  assert.ok(costShare !== null && costShare > 0 && costShare < 0.5, String(costShare));
  const indexes = await shop.query("select from pg_indexes where indexdef like '%(customer_id)%'");
  assert.equal(indexes.rowCount, 0, "it was imagined only");
  await take(id);
});

test("no value of a statement and no password is stored, answered or logged", async () => {
  const id = await register("secrets");
  const shop = await postgres.client();
  const other = await postgres.client();
  await other.query("begin");
  await other.query(`select '${LITERAL}', pg_advisory_xact_lock(1)`);
  await shop.query(`update orders set note = '${LITERAL}' where id = 1`);
  const seen = await look(id);
  assert.ok(seen.snapshot?.activity.some(({ state }) => state === "idle in transaction"));
  await other.query("rollback");
  await check(id);
  const answers = [JSON.stringify(seen), (await ask(admin, "GET", "/api/databases?project=default")).body];
  const stored = await Promise.all(
    ["databases", "database_states", "database_plans", "audit_log"].map((table) =>
      control.query(`select * from ${table}`),
    ),
  );
  for (const text of [...answers, JSON.stringify(stored), logged.join("")]) {
    assert.ok(!text.includes(LITERAL), "a value is there");
    assert.ok(!text.includes(postgres.password), "the password is there");
  }
  assert.ok(JSON.stringify(stored).includes("database.create"), "its making is in the audit log");
  await take(id);
});

test("who blocks whom", async () => {
  const id = await register("locks");
  const [holder, waiter] = [await postgres.client(), await postgres.client()];
  const pidOf = async (client: typeof holder): Promise<number> =>
    (await client.query<{ pid: number }>("select pg_backend_pid() as pid")).rows[0]?.pid ?? 0;
  const [holderPid, waiterPid] = [await pidOf(holder), await pidOf(waiter)];
  await holder.query("begin");
  await holder.query("update orders set total = 1 where id = 7");
  const waiting = waiter.query("update orders set total = 2 where id = 7");
  const isWaiting = async (): Promise<boolean> =>
    (await holder.query("select from pg_locks where pid = $1 and not granted", [waiterPid])).rows.length > 0;
  while (!(await isWaiting())) await new Promise((resolve) => setTimeout(resolve, 20));
  const { snapshot, database } = await look(id);
  const blocked = snapshot?.activity.find(({ pid }) => pid === waiterPid);
  assert.deepEqual(blocked?.blockedBy, [holderPid]);
  assert.equal(blocked?.statement, "update orders set total = ? where id = ?");
  assert.match(blocked?.waitsFor ?? "", /^Lock: /);
  const blocker = snapshot?.activity.find(({ pid }) => pid === holderPid);
  assert.deepEqual([blocker?.state, blocker?.blockedBy], ["idle in transaction", []]);
  assert.ok((blocker?.transactionMs ?? -1) >= 0);
  assert.equal(database.blockedCount, 1);
  await holder.query("rollback");
  await waiting;
  await take(id);
});

test("counters: what was added since the look before, and never less than nothing after a reset", async () => {
  const id = await register("counters");
  const first = await look(id);
  assert.equal(first.snapshot?.sinceMs, null);
  assert.equal(first.snapshot?.figures.commitsPerSecond, null, "one look gives no rate");
  const shop = await postgres.client();
  for (let n = 0; n < 40; n++) await shop.query("select count(*) from orders where customer_id = 3");
  await shop.query("select pg_stat_force_next_flush()");
  const second = await look(id);
  const statement = "select count(*) from orders where customer_id = ?";
  const counted = (seen: DatabasePage) =>
    seen.snapshot?.statements.find((each) => each.statement === statement);
  assert.equal(counted(second)?.newCalls, 40);
  assert.ok((second.snapshot?.figures.commitsPerSecond ?? 0) > 0);
  await shop.query("select pg_stat_statements_reset()");
  await shop.query("select pg_stat_reset()");
  for (let n = 0; n < 3; n++) await shop.query("select count(*) from orders where customer_id = 3");
  await shop.query("select pg_stat_force_next_flush()");
  const third = await look(id);
  assert.equal(counted(third)?.newCalls, 3);
  const { figures } = third.snapshot ?? { figures: null };
  for (const [name, value] of Object.entries(figures ?? {}))
    assert.ok(value === null || value >= 0, `${name} is ${value}`);
  assert.notEqual(third.snapshot?.countersSinceMs, null);
  // The same numbers went through ingest, as metrics.
  let series = third.series;
  for (let tries = 0; !series.commitsPerSecond.some((value) => value !== null); tries++) {
    assert.ok(tries < 200, "no metrics came out of the store");
    await new Promise((resolve) => setTimeout(resolve, 50));
    series = (await page(id)).series;
  }
  assert.ok(series.connections.some((value) => value !== null && value >= 1));
  assert.ok(
    [...series.commitsPerSecond, ...series.rollbacksPerSecond].every((value) => value === null || value >= 0),
  );
  await take(id);
});

test("the session is read-only, and a statement that would do something is planned, not run", async () => {
  const id = await register("read only");
  const { findings, isUsable } = await check(id);
  assert.equal(isUsable, true, JSON.stringify(findings));
  assert.ok(findings.some(({ text }) => text === "The session is read-only."));
  const shop = await postgres.client();
  await shop.query("select pg_stat_statements_reset()");
  await shop.query("create or replace function costly() returns integer language sql volatile as 'select 1'");
  await shop.query("delete from orders where id = -1 and total = costly()");
  await shop.query("with gone as (delete from orders where id = -2 returning id) select * from gone");
  await shop.query("create table if not exists made_by_somebody (n int)");
  const seen = await look(id);
  const rows = await shop.query<{ n: number }>("select count(*)::int as n from orders");
  assert.equal(rows.rows[0]?.n, ORDERS);
  const removal = seen.plans.find(({ statement }) => statement.startsWith("delete from orders"));
  assert.match(removal?.problem ?? "", /only for a role that may run it/);
  const made = seen.plans.find(({ statement }) => statement.startsWith("create table"));
  assert.equal(made?.plan ?? null, null);
  await take(id);
});

test("what is missing is said precisely, with the statement that mends it", async () => {
  const shop = await postgres.client();
  await shop.query("create role poor login password 'poor-password'");
  await shop.query("create database bare");
  const id = await register("poor", { database: "bare", username: "poor", password: "poor-password" });
  const { findings } = await check(id);
  const sql = findings.map((each) => each.sql);
  assert.ok(sql.includes('grant pg_monitor to "poor";'));
  assert.ok(sql.includes('grant pg_read_all_data to "poor";'));
  assert.ok(sql.includes("create extension if not exists pg_stat_statements;"));
  const { snapshot } = await look(id);
  assert.ok(snapshot?.gaps.some(({ part }) => part === "statements"));
  await take(id);
});

test("a database that refuses, hangs or lies is explained, and asked less often", async () => {
  const wrong = await register("wrong password", { password: "not-this-one" });
  await look(wrong);
  const failing = await look(wrong);
  assert.equal(failing.database.state.problem, "PostgreSQL refused the password of watcher.");
  assert.deepEqual([failing.database.state.status, failing.database.state.failures], ["failing", 2]);
  const [{ wait } = { wait: 0 }] = await control.query<{ wait: number }>(
    `select extract(epoch from next_at - tried_at)::float8 as wait from database_states where database_id = $1`,
    [wrong],
  );
  assert.ok(wait > 60, "it waits longer than the interval");
  await take(wrong);

  const absent = await register("no such database", { database: "nowhere" });
  assert.match((await look(absent)).database.state.problem, /no database nowhere/);
  await take(absent);

  const hanging = await register("hanging");
  await postgres.signalAll("SIGSTOP");
  try {
    assert.match((await look(hanging)).database.state.problem, /does not answer|broke the connection off/);
  } finally {
    await postgres.signalAll("SIGCONT");
  }
  assert.equal((await look(hanging)).database.state.status, "ok");
  await take(hanging);

  const liar = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => void socket.write("HTTP/1.1 400 Bad Request\r\n\r\n<b>not yours</b>"));
  });
  await new Promise<void>((resolve) => liar.listen(0, "127.0.0.1", resolve));
  const { port } = liar.address() as { port: number };
  const lying = await register("lying", { port });
  const { state } = (await look(lying)).database;
  assert.equal(state.status, "failing");
  assert.doesNotMatch(state.problem, /not yours/);
  await new Promise((resolve) => liar.close(resolve));
  const refused = await look(lying);
  assert.match(refused.database.state.problem, /Nothing answers on 127\.0\.0\.1/);
  await take(lying);
});

test("an address inside the operator's network is not asked, nor a password sent without TLS", async () => {
  const inside = await register("inside", { host: "169.254.169.254", tls: "verify-full" });
  assert.match((await check(inside)).findings[0]?.text ?? "", /THROUGHLINE_OUTGOING_ALLOW/);
  await take(inside);
  const open = await register("open", { host: "db.example.org" });
  assert.match((await check(open)).findings[0]?.text ?? "", /Without TLS a password is only sent/);
  await take(open);
  const plain = await register("no tls there", { tls: "require" });
  assert.match((await check(plain)).findings[0]?.text ?? "", /does not offer TLS/);
  await take(plain);
  for (const host of ["/var/run/postgresql", "a b", "postgres://x", ""]) {
    const answer = await ask(admin, "POST", "/api/databases", {
      project: "default",
      name: "x",
      host,
      database: "d",
      username: "u",
      password: "p",
    });
    assert.equal(answer.statusCode, 400, host);
  }
});

test("a password goes nowhere else: another address needs it again, and nobody else sees the database", async () => {
  const id = await register("kept");
  const moved = await ask(admin, "PATCH", `/api/databases/${id}`, { host: "203.0.113.7" });
  assert.deepEqual([moved.statusCode, moved.json().code], [400, "invalid_input"]);
  const renamed = await ask(admin, "PATCH", `/api/databases/${id}`, { name: "renamed", slowMs: 20 });
  assert.equal(renamed.statusCode, 200, renamed.body);
  assert.equal((await look(id)).database.name, "renamed");
  const urls: [Method, string, object?][] = [
    ["GET", `/api/databases/${id}`],
    ["PATCH", `/api/databases/${id}`, { name: "theirs" }],
    ["POST", `/api/databases/${id}/check`],
    ["DELETE", `/api/databases/${id}`],
  ];
  for (const [method, url, body] of urls) {
    const answer = await ask(stranger, method, url, body);
    assert.deepEqual([answer.statusCode, answer.json().code], [404, "unknown_database"], `${method} ${url}`);
  }
  const theirs = databaseList.parse((await ask(stranger, "GET", "/api/databases?project=default")).json());
  assert.deepEqual([theirs.databases, theirs.embedded], [[], null]);
  assert.equal((await ask(viewer, "DELETE", `/api/databases/${id}`)).statusCode, 403);
  const [before] = await control.query<{ password: string }>("select password from databases where id = $1", [
    id,
  ]);
  const box = createSecretBox("another-key-that-is-long-enough-to-be-one");
  assert.throws(() => box.open(before?.password ?? "", "databases.password"), /not known here/);
  await assert.rejects(
    resealSecrets(control, box),
    /not known here/,
    "sealed passwords are among what is sealed anew",
  );
  await take(id);
  assert.deepEqual(await control.query("select from database_states where database_id = $1", [id]), []);
});

test("the product's own database is listed with what it can't tell", async () => {
  const list = databaseList.parse((await ask(admin, "GET", "/api/databases?project=default")).json());
  assert.equal(list.embedded?.backend, "pglite");
  assert.ok((list.embedded?.sizeBytes ?? 0) > 0);
  assert.match(list.embedded?.unknown ?? "", /inside this process/);
});
