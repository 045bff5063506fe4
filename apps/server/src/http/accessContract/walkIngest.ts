/**
 * Every address that takes telemetry, over HTTP and gRPC, from every kind of sender: who is let in, and whose rows it
 * becomes. Sessions and API keys are the actors of actors.ts: they read, and none of them may send.
 */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client, credentials, Metadata, status as GRPC } from "@grpc/grpc-js";
import pino from "pino";
import { createIngestKey, type NewIngestKey } from "../../access/createIngestKey.ts";
import { createSenderAuthenticator } from "../../access/index.ts";
import { makeIngestKey } from "../../access/keys/ingestKeyFormat.ts";
import { openOtlpGrpc, type OtlpGrpcServer } from "../../ingest/index.ts";
import { SIGNAL_BY_PATH } from "../../ingest/receive/otlpGrpc.ts";
import { ELSEWHERE, markSetUp } from "../testRig.ts";
import { castOf, newAddress, SITE } from "./actors.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { browserBodies, otlpBodies } from "./tools.ts";

interface Sender {
  readonly name: string;
  headers(): Promise<Readonly<Record<string, string>>>;
  /** In the address, as beacons have it. */
  readonly queryKey?: string;
  /** Whose rows it becomes, as `tenant/project`; null: it is refused. */
  readonly writesTo: string | null;
  readonly isHere?: true;
  /** Preflights: whether the browser is told to go on. */
  readonly mayAsk?: true;
}

/** They alone are taken at the addresses of the product's own pages, and nowhere else. */
const OWN_PAGE = "a page of the product itself";

export function walkIngestSuite(backend: AccessBackend): void {
  describe(`every address for telemetry as everybody on ${backend.name}`, () => {
    let rig: Rig;
    let senders: readonly Sender[];
    let grpc: OtlpGrpcServer;
    before(async () => {
      rig = await openRig(backend, { hasWideLimits: true });
      await markSetUp(rig.control);
      senders = await everySender(rig);
      grpc = await openOtlpGrpc({
        ingest: rig.engines.ingest,
        authenticate: createSenderAuthenticator({
          verifier: rig.access.ingestKeys,
          defaultTenantId: rig.tenantId,
        }),
        host: "127.0.0.1",
        port: 0,
        log: pino({ level: "silent" }),
      });
    });
    after(async () => {
      await grpc.close({ drainMs: 1000 });
      await rig.close();
    });

    const markOf = (sender: Sender, door: "http" | "grpc") => `${door}-${senders.indexOf(sender)}`;

    test("lets in who holds a key of it, or is on this machine, and nobody else", async () => {
      const wrong: string[] = [];
      const routes = rig.access.routes.filter(({ permission }) => permission === "ingest:write");
      const posts = routes.filter(({ method }) => method === "POST");
      assert.ok(posts.some(({ url }) => url === "/v1/traces"));
      for (const sender of senders) {
        for (const { method, url } of routes) {
          const query = sender.queryKey === undefined ? "" : `?key=${sender.queryKey}`;
          const answer = await rig.app.inject({
            method: method as "POST",
            url: url + query,
            ...(sender.isHere ? {} : { remoteAddress: newAddress() }),
            headers: {
              host: sender.isHere ? "localhost" : ELSEWHERE.headers.host,
              "content-type": "application/json",
              ...(method === "OPTIONS" ? { "access-control-request-method": "POST" } : {}),
              ...(await sender.headers()),
            },
            ...(method === "POST" ? { payload: bodyOf(url, markOf(sender, "http")) } : {}),
          });
          const expected = expectedStatus(sender, method, url);
          if (!expected.includes(answer.statusCode))
            wrong.push(
              `${sender.name}: ${method} ${url} answered ${answer.statusCode}, not ${expected.join("/")}`,
            );
        }
      }
      assert.deepEqual(wrong, []);
    });

    test("gRPC asks the same of them", async () => {
      const client = new Client(`127.0.0.1:${grpc.port}`, credentials.createInsecure());
      const wrong: string[] = [];
      for (const sender of senders) {
        for (const path of SIGNAL_BY_PATH.keys()) {
          const code = await callGrpc(client, path, sender, await sender.headers());
          const isLetIn = code === GRPC.OK;
          const isRight = isLetIn
            ? sender.writesTo !== null && sender.queryKey === undefined
            : code === GRPC.UNAUTHENTICATED || code === GRPC.PERMISSION_DENIED;
          if (!isRight || isLetIn !== (sender.writesTo !== null && sender.queryKey === undefined))
            wrong.push(`${sender.name}: ${path} answered ${GRPC[code]}`);
        }
      }
      client.close();
      assert.deepEqual(wrong, []);
    });

    test("what is let in becomes rows of the sender's own project, and of nobody else's", async () => {
      await rig.engines.ingest.close({ drainMs: 10_000 });
      const read = <Row>(sql: string) => rig.engines.telemetry.internal.query<Row>(sql, {}, { name: "test" });
      const expected = senders
        .filter(
          ({ name, writesTo, queryKey }) => writesTo !== null && name !== OWN_PAGE && queryKey === undefined,
        )
        .map((sender) => `${markOf(sender, "http")} ${sender.writesTo}`);
      for (const table of ["spans", "logs", "metric_points"]) {
        const rows = await read<{ row: string }>(
          `SELECT DISTINCT concat(service, ' ', tenant_id, '/', project_id) AS row FROM ${table} WHERE startsWith(service, 'http-')`,
        );
        assert.deepEqual(rows.map(({ row }) => row).toSorted(), expected.toSorted(), table);
      }
    });
  });
}

const isOfPages = (url: string) => url.startsWith("/own/");

function expectedStatus(sender: Sender, method: string, url: string): readonly number[] {
  if (method === "OPTIONS") return sender.mayAsk && !isOfPages(url) ? [204] : [403];
  if (method !== "POST") return [405];
  if (isOfPages(url)) return sender.name === OWN_PAGE ? [200] : [403];
  const isLetIn =
    sender.writesTo !== null &&
    sender.name !== OWN_PAGE &&
    (sender.queryKey === undefined || !url.startsWith("/v1/"));
  return isLetIn ? [200] : [401, 403];
}

function bodyOf(url: string, mark: string): string {
  const bodies = { ...otlpBodies(mark), ...browserBodies() };
  return JSON.stringify(bodies[url.replace(/^\/own/, "")]);
}

async function callGrpc(
  client: Client,
  path: string,
  sender: Sender,
  headers: Readonly<Record<string, string>>,
): Promise<GRPC> {
  const metadata = new Metadata();
  // Else whoever has no key would be a program on this machine, which may send without one.
  if (!sender.isHere) metadata.set("x-forwarded-for", newAddress());
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const asIs = (bytes: Buffer): Buffer => bytes;
  return await new Promise((resolve) => {
    client.makeUnaryRequest(path, asIs, asIs, Buffer.alloc(0), metadata, (error) =>
      resolve(error === null ? GRPC.OK : error.code),
    );
  });
}

async function everySender(rig: Rig): Promise<readonly Sender[]> {
  const { actors, otherTenantId } = await castOf(rig);
  const ours = `${rig.tenantId}/default`;
  const theirs = `${otherTenantId}/default`;
  const key = async (more: Partial<NewIngestKey> = {}) =>
    await createIngestKey(rig.control, {
      tenantId: rig.tenantId,
      projectId: "default",
      name: "k",
      kind: "server",
      ...more,
    });
  const browser = { kind: "browser", allowedOrigins: [SITE] } as const;
  const past = new Date(Date.now() - 1000);
  const server = await key();
  const foreign = await key({ tenantId: otherTenantId });
  const ofPage = await key(browser);
  const foreignPage = await key({ ...browser, tenantId: otherTenantId });
  const expired = await key({ expiresAt: past });
  const rotated = await key({ expiresAt: new Date(Date.now() + 3_600_000) });
  const revoked = await key();
  await rig.control.query("update ingest_keys set revoked_at = now() where id = $1", [revoked.id]);
  await rig.access.ingestKeys.reload();

  const bearer = (of: { readonly key: string }) => ({ authorization: `Bearer ${of.key}` });
  const sender = (
    name: string,
    headers: Readonly<Record<string, string>>,
    writesTo: string | null,
    more: Partial<Sender> = {},
  ): Sender => ({ name, headers: async () => headers, writesTo, ...more });
  return [
    sender("a program on this machine", {}, ours, { isHere: true }),
    sender("a proxy on this machine", { "x-forwarded-for": "127.0.0.1" }, null, { isHere: true }),
    sender("a page of another site on this machine", { origin: "https://evil.example" }, null, {
      isHere: true,
    }),
    sender(
      "a program on this machine that names a project of nobody",
      { "x-throughline-project": "nowhere" },
      null,
      {
        isHere: true,
      },
    ),
    sender("a server key", bearer(server), ours),
    sender("a server key in its own header", { "x-throughline-key": server.key }, ours),
    sender("a server key in the address", {}, ours, { queryKey: server.key }),
    sender(
      "a server key that names its project",
      { ...bearer(server), "x-throughline-project": "default" },
      ours,
    ),
    sender(
      "a server key that names another project",
      { ...bearer(server), "x-throughline-project": "theirs" },
      null,
    ),
    sender("a server key on a page", { ...bearer(server), origin: SITE }, null, { mayAsk: true }),
    sender("a server key that was rotated and has time left", bearer(rotated), ours),
    sender("another organisation's server key", bearer(foreign), theirs),
    sender(
      "another organisation's server key that names this one",
      { ...bearer(foreign), "x-throughline-tenant": rig.tenantId },
      theirs,
    ),
    sender("a browser key on its site", { ...bearer(ofPage), origin: SITE }, ours, { mayAsk: true }),
    sender("a browser key in the address, on its site", { origin: SITE }, ours, {
      queryKey: ofPage.key,
      mayAsk: true,
    }),
    sender(
      "another organisation's browser key on its site",
      { ...bearer(foreignPage), origin: SITE },
      theirs,
      {
        mayAsk: true,
      },
    ),
    sender("a browser key on another site", { ...bearer(ofPage), origin: "https://evil.example" }, null),
    sender("a browser key without a site", bearer(ofPage), null),
    sender("an expired key", bearer(expired), null),
    sender("a revoked key", bearer(revoked), null),
    sender("an invented key", { authorization: `Bearer ${makeIngestKey()}` }, null),
    sender("half of a key", { authorization: `Bearer ${server.key.slice(0, -4)}` }, null),
    sender("a page without a key", { origin: SITE }, null, { mayAsk: true }),
    sender(OWN_PAGE, { origin: `http://${ELSEWHERE.headers.host}` }, null),
    // Everybody of the other walk but those who hold an ingest key: who may read may not send.
    ...actors
      .filter(({ isSender }) => isSender !== true)
      .map((actor): Sender => ({ name: actor.name, headers: () => actor.headers(true), writesTo: null })),
  ];
}
