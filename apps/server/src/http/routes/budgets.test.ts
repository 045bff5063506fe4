/** Budgets over HTTP: who may, what is refused, what is remembered, and what they do to the vitals' answer. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { budgetEvents, budgetList, vitalsPage, type BudgetList } from "@throughline/contract";
import { openControlStore, type ControlStore } from "../../engines/control/index.ts";
import {
  addPerson,
  cookieOf,
  markSetUp,
  openEngines,
  openInstance,
  type Engines,
  type Instance,
} from "../testRig.ts";
import { DIST_DIR } from "../../../../../test/pages/fixtureServer.ts";

let dataDir: string;
let control: ControlStore;
let engines: Engines;
let instance: Instance;
let admin: { readonly userId: string; readonly cookie: string };
let viewer: { readonly userId: string; readonly cookie: string };
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "throughline-budget-routes-"));
  control = await openControlStore({ dataDir });
  engines = await openEngines(control);
  await markSetUp(control);
  instance = await openInstance(engines, { distDir: DIST_DIR });
  const person = async (role: "ADMIN" | "VIEWER") => {
    const { userId } = await addPerson(control, engines.firstTenantId, role);
    return { userId, cookie: await cookieOf(instance.access, userId) };
  };
  admin = await person("ADMIN");
  viewer = await person("VIEWER");
});
after(async () => {
  await instance.close();
  await engines.close();
  await control.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function ask(
  who: { readonly cookie: string },
  method: "GET" | "POST" | "PATCH" | "DELETE",
  url: string,
  payload?: object,
) {
  return await instance.app.inject({
    method,
    url,
    headers: { host: "localhost", origin: "http://localhost", cookie: who.cookie },
    ...(payload === undefined ? {} : { payload }),
  });
}

async function list(who = viewer): Promise<BudgetList> {
  const answer = await ask(who, "GET", "/api/budgets?project=default");
  assert.equal(answer.statusCode, 200, answer.body);
  return budgetList.parse(answer.json());
}

const LCP = { project: "default", page: "/checkout", metric: "LCP", target: 2000 } as const;

test("a budget's life: made, seen, changed, deleted, with its history and its lines in the audit log", async () => {
  const made = await ask(admin, "POST", "/api/budgets", {
    ...LCP,
    ownerId: viewer.userId,
    note: "pays the bills",
  });
  assert.equal(made.statusCode, 200, made.body);
  const { id } = made.json() as { id: string };
  const [budget] = (await list()).budgets;
  assert.deepEqual(
    { ...budget, createdAtMs: 0, changedAtMs: 0 },
    {
      id,
      page: "/checkout",
      device: null,
      metric: "LCP",
      target: 2000,
      ownerId: viewer.userId,
      owner: { id: viewer.userId, name: "A VIEWER" },
      note: "pays the bills",
      createdAtMs: 0,
      changedAtMs: 0,
    },
  );
  const again = await ask(admin, "POST", "/api/budgets", LCP);
  assert.deepEqual([again.statusCode, again.json().code], [409, "already_exists"]);
  const changed = await ask(admin, "PATCH", `/api/budgets/${id}`, { target: 1800, ownerId: null });
  assert.equal(changed.statusCode, 200, changed.body);
  const gone = await ask(admin, "DELETE", `/api/budgets/${id}`, {});
  assert.equal(gone.statusCode, 200, gone.body);
  const { budgets, history, people } = await list();
  assert.deepEqual([budgets, people], [[], []]);
  assert.deepEqual(
    history.map(({ action, by, targetBefore, targetAfter, ownerBefore, ownerAfter }) => [
      action,
      by,
      targetBefore,
      targetAfter,
      ownerBefore,
      ownerAfter,
    ]),
    [
      ["deleted", "A ADMIN", 1800, null, null, null],
      ["changed", "A ADMIN", 2000, 1800, "A VIEWER", null],
      ["created", "A ADMIN", null, 2000, null, "A VIEWER"],
    ],
  );
  const lines = await control.query<{ action: string; result: string }>(
    "select action, result from audit_log where action like 'budget.%' order by id",
  );
  assert.deepEqual(
    lines.map(({ action, result }) => `${action} ${result}`),
    ["budget.create done", "budget.create refused", "budget.change done", "budget.delete done"],
  );
  for (const [method, body] of [
    ["PATCH", { target: 1 }],
    ["DELETE", {}],
  ] as const) {
    const unknown = await ask(admin, method, `/api/budgets/${id}`, body);
    assert.deepEqual([unknown.statusCode, unknown.json().code], [404, "unknown_budget"]);
  }
});

test("viewers read and change nothing", async () => {
  const made = await ask(admin, "POST", "/api/budgets", { ...LCP, page: "/read-only" });
  const { id } = made.json() as { id: string };
  for (const answer of [
    await ask(viewer, "POST", "/api/budgets", { ...LCP, page: "/other" }),
    await ask(viewer, "PATCH", `/api/budgets/${id}`, { target: 1 }),
    await ask(viewer, "DELETE", `/api/budgets/${id}`, {}),
  ])
    assert.deepEqual([answer.statusCode, answer.json().code], [403, "forbidden"]);
  assert.equal((await list()).budgets.length, 1);
  assert.ok((await list(admin)).people.length >= 2);
});

test("a budget of a project that one may not see does not exist", async () => {
  await control.query("insert into projects (id, tenant_id, name) values ('hidden', $1, 'Hidden')", [
    engines.firstTenantId,
  ]);
  const made = await ask(admin, "POST", "/api/budgets", { ...LCP, project: "hidden" });
  assert.equal(made.statusCode, 200, made.body);
  const stranger = await addPerson(control, engines.firstTenantId, "VIEWER", { projectIds: ["default"] });
  const cookie = await cookieOf(instance.access, stranger.userId);
  const answer = await ask({ cookie }, "GET", "/api/budgets?project=hidden");
  assert.deepEqual([answer.statusCode, answer.json().code], [404, "unknown_project"]);
  assert.equal(
    budgetList.parse((await ask(viewer, "GET", "/api/budgets?project=hidden")).json()).budgets.length,
    1,
  );
});

test("what makes no sense is refused with a sentence", async () => {
  for (const body of [
    { ...LCP, target: 0 },
    { ...LCP, target: -1 },
    { ...LCP, target: 600_001 },
    { ...LCP, metric: "CLS", target: 101 },
    { ...LCP, metric: "FID" },
    { ...LCP, page: "checkout" },
    { ...LCP, page: "/checkout?step=2" },
    { ...LCP, page: "/\u0000" },
    { ...LCP, device: "fridge" },
    { ...LCP, ownerId: "nobody-i-know" },
    { ...LCP, note: "x".repeat(1001) },
  ]) {
    const answer = await ask(admin, "POST", "/api/budgets", body);
    assert.equal(answer.statusCode, 400, JSON.stringify(body));
    assert.ok((answer.json().detail as string).length > 10);
  }
  const { id } = (
    await ask(admin, "POST", "/api/budgets", { ...LCP, metric: "CLS", target: 0.1 })
  ).json() as {
    id: string;
  };
  for (const change of [{}, { target: 2500 }, { ownerId: "nobody-i-know" }])
    assert.equal(
      (await ask(admin, "PATCH", `/api/budgets/${id}`, change)).statusCode,
      400,
      JSON.stringify(change),
    );
});

test("an address becomes its page; the budget is the target in the vitals' answer", async () => {
  const made = await ask(admin, "POST", "/api/budgets", { ...LCP, page: "/orders/4711", target: 1234 });
  assert.equal(made.statusCode, 200, made.body);
  const { id } = made.json() as { id: string };
  assert.ok((await list()).budgets.some(({ page }) => page === "/orders/:id"));
  const sent = await instance.app.inject({
    method: "POST",
    url: "/api/web-vitals?project=default",
    remoteAddress: "127.0.0.1",
    headers: { host: "localhost", origin: "http://localhost:3000", "content-type": "text/plain" },
    payload: JSON.stringify([{ name: "LCP", value: 1300, id: "v6-1", pageUrl: "/orders/1" }]),
  });
  assert.equal(sent.statusCode, 200, sent.body);
  const answer = await ask(viewer, "GET", "/api/web-vitals?project=default&page=/orders/2&verify=true");
  const [lcp] = vitalsPage.parse(answer.json()).vitals;
  assert.deepEqual(
    [lcp?.target, lcp?.budget.budgetId, lcp?.budget.state, lcp?.budget.overShare, lcp?.rating],
    [1234, id, "unknown", 1, "good"],
  );
});

test("events come newest first, page after page, and by page or pattern", async () => {
  const pages = Array.from({ length: 12 }, (_, index) => (index % 3 === 0 ? "/a/x" : "/b/y"));
  for (const [index, page] of pages.entries())
    await control.query(
      `insert into budget_events (id, tenant_id, project_id, at, kind, page, device, metric, target, p75, low, high, n,
         over_count, window_from, window_to)
       values ($1, $2, 'default', now(), 'breach', $3, '', 'LCP', 2500, $4, 3000, 4000, 500, 300, now(), now())`,
      [
        `00000000-0000-7000-8000-0000000000${String(index).padStart(2, "0")}`,
        engines.firstTenantId,
        page,
        index,
      ],
    );
  async function all(query: string): Promise<number[]> {
    const seen: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const answer = await ask(viewer, "GET", `/api/budgets/events?project=default&limit=5${query}${cursor}`);
      assert.equal(answer.statusCode, 200, answer.body);
      const read = budgetEvents.parse(answer.json());
      seen.push(...read.events.map(({ p75 }) => p75));
      cursor = read.nextCursor === null ? null : `&cursor=${read.nextCursor}`;
    }
    return seen;
  }
  assert.deepEqual(await all(""), [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
  assert.deepEqual(await all("&page=/a/x"), [9, 6, 3, 0]);
  assert.deepEqual(await all("&page=/a*"), [9, 6, 3, 0]);
  assert.deepEqual(await all("&page=/c*"), []);
});
