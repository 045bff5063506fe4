import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { liveOverview, liveService, liveTail, problem, type LiveOverview } from "@throughline/contract";
import { openLiveRig, type EventReader, type LiveRig, type ReceivedEvent } from "./testRig.ts";

const SECOND = { timeout: 60_000 };

function isOverviewWith(requests: number, service?: string): (event: ReceivedEvent) => boolean {
  return ({ name, data }) =>
    name === "overview" && requestsOf(liveOverview.parse(JSON.parse(data)), service) === requests;
}

function requestsOf({ services }: LiveOverview, service?: string): number {
  return services
    .filter((row) => service === undefined || row.service === service)
    .reduce((sum, { requests }) => sum + requests, 0);
}

function tailTexts({ events }: EventReader): string[] {
  return events
    .filter(({ name }) => name === "tail")
    .flatMap(({ data }) => liveTail.parse(JSON.parse(data)).items.map(({ text }) => text));
}

function hasLine(text: string): (event: ReceivedEvent) => boolean {
  return ({ name, data }) => name === "tail" && data.includes(JSON.stringify(text));
}

describe("the live stream", SECOND, () => {
  let rig: LiveRig;
  before(async () => {
    rig = await openLiveRig();
  });
  after(() => rig.close());

  test("starts with connected, then answers, and shows rows soon after they were sent", async () => {
    const reader = await rig.open("topics=overview&range=1h&project=first");
    assert.equal(reader.response.statusCode, 200);
    assert.match(reader.response.headers["content-type"] ?? "", /^text\/event-stream/);
    assert.equal(reader.response.headers["x-accel-buffering"], "no");
    assert.match(reader.response.headers["cache-control"] ?? "", /no-cache/);
    await reader.until(isOverviewWith(0));
    assert.equal(reader.events[0]?.name, "connected");
    await rig.send({ project: "first" }, { spans: ["GET /a", "GET /a", "GET /b"] });
    const event = await reader.until(isOverviewWith(3));
    const live = liveOverview.parse(JSON.parse(event.data));
    assert.deepEqual(live.routes.map(({ route, requests }) => [route, requests]).toSorted(), [
      ["GET /a", 2],
      ["GET /b", 1],
    ]);
    assert.ok(live.atMs >= live.oldestReceivedAtMs);
    assert.equal(live.seriesTail.timesMs.length, live.seriesTail.p95Ms.length);
    reader.close();
  });

  test("asks once for many viewers", async () => {
    const readers = await Promise.all(
      Array.from({ length: 8 }, () => rig.open("topics=overview&range=6h&project=crowd")),
    );
    for (const reader of readers) await reader.until(isOverviewWith(0));
    const askedBefore = rig.asked.length;
    await rig.send({ project: "crowd" }, { spans: ["GET /a"] });
    const events = await Promise.all(readers.map((reader) => reader.until(isOverviewWith(1))));
    assert.equal(new Set(events.map(({ id }) => id)).size, 1);
    const times = rig.asked.slice(askedBefore).filter((name) => name === "requests").length;
    // Once for the rows; perhaps once more, for the viewer who came last.
    assert.ok(times === 1 || times === 2, `asked ${times} times for 8 viewers`);
    for (const reader of readers) reader.close();
  });

  test("asks again for the last rows when they come while it asks", async () => {
    const reader = await rig.open("topics=overview&project=burst");
    let sent = 0;
    for (let round = 0; round < 20; round++) {
      await rig.send({ project: "burst" }, { spans: ["GET /a", "GET /b"] });
      sent += 2;
    }
    await reader.until(isOverviewWith(sent));
    reader.close();
  });

  test("a service page hears of its own service only", async () => {
    const reader = await rig.open("topics=service&service=api&project=two");
    await reader.until(({ name }) => name === "service");
    await rig.send({ project: "two" }, { service: "web", spans: ["GET /web"] });
    await rig.send({ project: "two" }, { service: "api", spans: ["GET /api"] });
    const event = await reader.until(({ data }) => data.includes("GET /api"));
    const live = liveService.parse(JSON.parse(event.data));
    assert.equal(live.service, "api");
    assert.deepEqual(
      live.routes.map(({ service, route, requests }) => [service, route, requests]),
      [["api", "GET /api", 1]],
    );
    reader.close();
  });

  test("the tail brings lines of spans and logs, as filtered", async () => {
    const all = await rig.open("topics=tail&project=lines");
    const errors = await rig.open("topics=tail&kind=log&severity=error&q=BOOM&project=lines");
    await rig.send({ project: "lines" }, { spans: ["GET /a"], logs: ["quiet boom"] });
    await rig.send({ project: "lines" }, { logs: ["a loud boom", "something else"], severityNumber: 17 });
    await errors.until(hasLine("a loud boom"));
    await all.until(hasLine("something else"));
    assert.deepEqual(tailTexts(errors), ["a loud boom"]);
    assert.deepEqual(tailTexts(all).toSorted(), ["GET /a", "a loud boom", "quiet boom", "something else"]);
    all.close();
    errors.close();
  });

  test("after a reconnect exactly the missed events come, each once", async () => {
    const first = await rig.open("topics=tail&project=replay");
    await rig.send({ project: "replay" }, { logs: ["seen"] });
    const seen = await first.until(hasLine("seen"));
    // A second page keeps watching, and tells when the missed lines have become events.
    const other = await rig.open("topics=tail&project=replay");
    first.close();
    for (const text of ["missed 1", "missed 2", "missed 3"]) {
      await rig.send({ project: "replay" }, { logs: [text] });
      await other.until(hasLine(text));
    }
    for (const again of [
      await rig.open("topics=tail&project=replay", { headers: { "last-event-id": seen.id } }),
      await rig.open(`topics=tail&project=replay&after=${seen.id}`),
    ]) {
      await again.until(hasLine("missed 3"));
      assert.deepEqual(tailTexts(again), ["missed 1", "missed 2", "missed 3"]);
      assert.ok(!again.events.some(({ name }) => name === "resync"));
      assert.deepEqual(
        again.events.filter(({ name }) => name === "tail"),
        other.events.filter(({ name }) => name === "tail"),
      );
      again.close();
    }
    other.close();
  });

  test("lines that came while nobody watched are there after a reconnect", async () => {
    const first = await rig.open("topics=tail&project=gap");
    await rig.send({ project: "gap" }, { logs: ["seen"] });
    const seen = await first.until(hasLine("seen"));
    first.close();
    await first.ended;
    await rig.send({ project: "gap" }, { logs: ["missed"] });
    const again = await rig.open(`topics=tail&project=gap&after=${seen.id}`);
    await again.until(hasLine("missed"));
    assert.deepEqual(tailTexts(again), ["missed"]);
    again.close();
  });

  test("an id of another process, of the future, or that is none asks for a resync", async () => {
    const known = await rig.open("topics=tail&project=ids");
    const connected = await known.until(({ name }) => name === "connected");
    const boot = connected.id.split("-")[0];
    for (const after of ["00000000-1", `${boot}-999999999`, "nonsense", "-", `${boot}-`]) {
      const reader = await rig.open(`topics=tail&project=ids&after=${encodeURIComponent(after)}`);
      const resync = await reader.until(({ name }) => name === "resync");
      assert.match(resync.id, /^[0-9a-f]{8}-\d+$/);
      reader.close();
    }
    const again = await rig.open(`topics=tail&project=ids&after=${connected.id}`);
    await again.until(({ name }) => name === "connected");
    await rig.send({ project: "ids" }, { logs: ["next"] });
    await again.until(hasLine("next"));
    assert.ok(!again.events.some(({ name }) => name === "resync"));
    known.close();
    again.close();
  });

  test("tenants and projects hear nothing of each other", async () => {
    const acme = await rig.open("topics=overview,tail&project=same");
    const globex = await rig.open("topics=overview,tail&project=same", { tenant: "globex" });
    const elsewhere = await rig.open("topics=overview,tail&project=elsewhere");
    await rig.send({ tenant: "acme", project: "same" }, { spans: ["GET /acme"] });
    await acme.until(isOverviewWith(1));
    await acme.until(hasLine("GET /acme"));
    // Their own rows come after, so whatever could have leaked would be there by then.
    await rig.send({ tenant: "globex", project: "same" }, { spans: ["GET /globex"] });
    await rig.send({ tenant: "acme", project: "elsewhere" }, { spans: ["GET /elsewhere"] });
    await globex.until(isOverviewWith(1));
    await globex.until(hasLine("GET /globex"));
    await elsewhere.until(isOverviewWith(1));
    for (const [reader, own] of [
      [globex, "GET /globex"],
      [elsewhere, "GET /elsewhere"],
    ] as const) {
      assert.deepEqual(tailTexts(reader), [own]);
      assert.ok(!reader.events.some(({ data }) => data.includes("/acme")));
    }
    const stolen = await rig.open(`topics=tail&project=same&after=${acme.events[0]?.id}`, {
      tenant: "globex",
    });
    await rig.send({ tenant: "globex", project: "same" }, { spans: ["GET /more"] });
    await stolen.until(hasLine("GET /more"));
    assert.ok(!stolen.events.some(({ data }) => data.includes("/acme")));
    for (const reader of [acme, globex, elsewhere, stolen]) reader.close();
  });

  test("wrong parameters are refused with a problem document", async () => {
    for (const query of [
      "",
      "topics=nothing",
      "topics=service",
      "topics=overview&range=custom",
      "topics=overview&range=2h",
    ]) {
      const answer = await fetch(`http://127.0.0.1:${rig.port}/api/admin/dashboard/stream?${query}`);
      assert.equal(answer.status, 400, query);
      assert.equal(problem.parse(await answer.json()).code, "invalid_query");
    }
  });
});

describe("the life of a stream", SECOND, () => {
  test("news come for rows that concern the page, and for deployments that were told", async () => {
    // Its own, which tells of nothing by itself.
    const rig = await openLiveRig({ hub: { refreshMs: 3_600_000 } });
    const business = await rig.open("topics=business&project=news");
    const deployments = await rig.open("topics=deployments&project=news");
    const changes = await rig.open("topics=changes&project=news");
    const elsewhere = await rig.open("topics=deployments&project=other");
    const first = [business, deployments, changes, elsewhere];
    for (const reader of first) await reader.until(({ name }) => name !== "connected");
    const seen = first.map((reader) => reader.events.length);
    await rig.send({ project: "news" }, { logs: ["checkout"] });
    await business.until(() => business.events.length > (seen[0] ?? 0));
    await rig.send({ project: "news" }, { spans: ["GET /a"] });
    await changes.until(() => changes.events.length > (seen[2] ?? 0));
    assert.equal(deployments.events.length, seen[1], "rows are no news of deployments");
    const between = changes.events.length;
    rig.hub.deploymentsChanged({ tenantId: "acme", projectId: "news" });
    await deployments.until(() => deployments.events.length > (seen[1] ?? 0));
    await changes.until(() => changes.events.length > between);
    assert.equal(elsewhere.events.length, seen[3], "another project hears nothing");
    for (const reader of first) reader.close();
    await rig.close();
  });

  test("is full at its limit, and has a place again when one leaves", async () => {
    const rig = await openLiveRig({ stream: { connectionsMax: 1 } });
    try {
      const first = await rig.open("topics=tail");
      await first.until(({ name }) => name === "connected");
      assert.equal(rig.hub.status().connections, 1);
      const refused = await fetch(`http://127.0.0.1:${rig.port}/api/admin/dashboard/stream?topics=tail`);
      assert.equal(refused.status, 503);
      assert.ok(Number(refused.headers.get("retry-after")) > 0);
      assert.equal(problem.parse(await refused.json()).code, "too_many_connections");
      first.close();
      await eventually(() => rig.hub.status().connections === 0);
      const next = await rig.open("topics=tail");
      await next.until(({ name }) => name === "connected");
    } finally {
      await rig.close();
    }
  });

  test("announces its planned end, and goes on where it was", async () => {
    const rig = await openLiveRig({ stream: { lifeMsMin: 50, lifeMsMax: 100, heartbeatMs: 10 } });
    try {
      const first = await rig.open("topics=tail");
      await first.ended;
      assert.equal(first.events.at(-1)?.name, "reconnect");
      assert.ok(first.comments.length > 0);
      const lastId = first.events.findLast(({ id }) => id !== "")?.id;
      await rig.send({}, { logs: ["between"] });
      const second = await rig.open(`topics=tail&after=${lastId}`);
      await second.ended;
      assert.ok(!second.events.some(({ name }) => name === "resync"));
    } finally {
      await rig.close();
    }
  });

  test("ends with reconnect when the server shuts down", async () => {
    const rig = await openLiveRig();
    try {
      const reader = await rig.open("topics=overview,tail,system");
      await reader.until(({ name }) => name === "system");
      await rig.stopHttp();
      await reader.ended;
      assert.equal(reader.events.at(-1)?.name, "reconnect");
      await eventually(() => rig.hub.status().subscriptions === 0);
    } finally {
      await rig.close();
    }
  });

  test("what a slow reader can't take in is skipped, and the newest answer comes when it can", async () => {
    const rig = await openLiveRig({
      stream: { waitingBytesMax: 64 * 1024 },
      hub: { tailItemsMax: 5000 },
    });
    try {
      const slow = await rig.open("topics=overview,tail");
      await slow.until(({ name }) => name === "overview");
      slow.response.pause();
      const quick = await rig.open("topics=overview,tail");
      // Several times of what the sockets of both ends hold.
      const long = "x".repeat(1000);
      for (let round = 0; received(quick) < 20_000_000; round++) {
        const logs = Array.from({ length: 100 }, (_, line) => `${round} ${line} ${long}`);
        await rig.send({}, { logs });
      }
      await rig.send({}, { spans: ["GET /a"], logs: ["the last line"] });
      await quick.until(isOverviewWith(1));
      await quick.until(hasLine("the last line"));
      slow.response.resume();
      await slow.until(({ name }) => name === "resync");
      await slow.until(isOverviewWith(1));
      assert.ok(received(slow) < received(quick) / 2, `${received(slow)} of ${received(quick)} characters`);
    } finally {
      await rig.close();
    }
  });
});

function received({ events }: EventReader): number {
  return events.reduce((sum, { data }) => sum + data.length, 0);
}

async function eventually(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error("It did not become so within 20 s.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
