/**
 * Every route, field and topic of the running app, as everybody of actors.ts. What is expected comes from the action table
 * and from what each declares; no list is kept here. What takes telemetry: walkIngest.ts.
 */
import assert from "node:assert/strict";
import { randomUUIDv7 } from "node:crypto";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, test } from "node:test";
import { LIVE_TOPICS, problem } from "@throughline/contract";
import type { InjectOptions } from "fastify";
import { ACTIONS, isAction, type Permission } from "../../access/index.ts";
import { TOPIC_PERMISSIONS } from "../../live/channel.ts";
import { FIELD_PERMISSIONS } from "../graphql/fieldPermissions.ts";
import { ELSEWHERE, markSetUp } from "../testRig.ts";
import { type Actor, type Cast, castOf, newAddress, REFUSALS } from "./actors.ts";
import { type AccessBackend, openRig, type Rig } from "./backend.ts";
import { type LeastDocument, leastDocuments } from "./leastDocuments.ts";

const ACTORS_AT_ONCE = 6;
const BUSY = JSON.stringify({ type: "about:blank", title: "Busy", status: 503, code: "too_busy" });

export function walkSuite(backend: AccessBackend): void {
  describe(`every route, field and topic as everybody on ${backend.name}`, () => {
    let rig: Rig;
    let cast: Cast;
    before(async () => {
      rig = await openRig(backend, {
        hasWideLimits: true,
        // A page that is let through asks the API as its reader does: those addresses are walked by themselves.
        fetchJson: async () => ({ status: 503, body: BUSY }),
      });
    });
    after(() => rig.close());

    /** Each route that is not for senders. @returns what was answered otherwise than the table says */
    async function walkAs(actor: Actor, isFromHere: boolean): Promise<string[]> {
      const wrong: string[] = [];
      const statusOfGet = new Map<string, number>();
      // HEAD has no body to say why: it has to be refused as GET is, which is asked before. Where it is let through it is
      // GET without a body, and not asked.
      const routes = rig.access.routes
        .filter(({ permission }) => permission !== "ingest:write")
        .filter(
          ({ method, permission }) =>
            method !== "HEAD" || !(isLetIn(actor, permission) || actor.isForeignPage === true),
        )
        .toSorted((a, b) => Number(a.method === "HEAD") - Number(b.method === "HEAD"));
      for (const { method, url, permission } of routes) {
        const isRead = method === "GET" || method === "HEAD";
        // What is about oneself may end the session that it comes with.
        const headers = await actor.headers(isRead || isAction(permission));
        const answer = await ask(rig, {
          method: method as "GET",
          // Of a project that there is not: what is let through ends before it asks the telemetry store.
          url: `${filled(url)}${isRead ? "?project=nowhere" : ""}`,
          ...(isFromHere
            ? { headers: { host: "localhost", ...headers } }
            : { remoteAddress: newAddress(), headers: { ...ELSEWHERE.headers, ...headers } }),
          ...(isRead ? {} : { payload: {} }),
        });
        if (method === "GET") statusOfGet.set(url, answer.status);
        const isRight =
          method === "HEAD"
            ? answer.status === statusOfGet.get(url)
            : isRightAnswer(answer, permission, actor, isRead);
        if (!isRight)
          wrong.push(
            `${actor.name}: ${method} ${url} (${permission}) answered ${answer.status} ${answer.code ?? ""}`,
          );
      }
      assert.ok(routes.length > 130, `${routes.length} routes`);
      return wrong;
    }

    async function walkAsAll(actors: readonly Actor[], isFromHere = false): Promise<void> {
      assert.deepEqual((await inTurns(actors, (actor) => walkAs(actor, isFromHere))).flat(), []);
    }

    test("until there is an owner this machine looks, and nobody else does anything", async () => {
      const headers = async () => ({});
      const mayHere = (permission: Permission) => isAction(permission) && ACTIONS[permission].roles.VIEWER;
      await walkAsAll([{ name: "this machine", headers, may: mayHere }], true);
      await walkAsAll([{ name: "another machine", headers, may: () => false }]);
    });

    test("each route lets through and refuses as the table says", async () => {
      await markSetUp(rig.control);
      cast = await castOf(rig);
      await walkAsAll(cast.actors);
      await walkAsAll(
        [{ name: "nobody on this machine", headers: async () => ({}), may: () => false }],
        true,
      );
    });

    test("each topic of the live stream is told to those only whom the table names, of their own projects", async () => {
      const wrong: string[] = [];
      const followAs = async (actor: Actor): Promise<void> => {
        if (actor.isForeignPage) return;
        for (const topic of LIVE_TOPICS) {
          for (const project of ["default", cast.otherProjectId]) {
            const answer = await ask(rig, {
              url: `/api/admin/dashboard/stream?project=${project}&topics=${topic}&service=shop`,
              remoteAddress: newAddress(),
              headers: { ...ELSEWHERE.headers, ...(await actor.headers(true)) },
            });
            const isOpen = actor.may("telemetry:read") && actor.may(TOPIC_PERMISSIONS[topic]);
            // The other organisation's project is there for its own people only.
            const isThere = project === "default" || actor.seesOther === true;
            const expected = isThere ? "200 " : "404 unknown_project";
            const told = `${answer.status} ${answer.code ?? ""}`;
            const isRight = isOpen ? told === expected : REFUSALS.has(answer.code ?? "");
            if (!isRight) wrong.push(`${actor.name}: ${topic} of ${project} answered ${told}`);
          }
        }
      };
      await inTurns(cast.actors, followAs);
      assert.deepEqual(wrong, []);
      assert.deepEqual(Object.keys(TOPIC_PERMISSIONS).toSorted(), [...LIVE_TOPICS].toSorted());
    });

    test("each field of GraphQL answers those only whom the table names, of their own projects", async () => {
      const teller = cast.actors.find(({ name }) => name === "SUPER_ADMIN");
      const documents = await leastDocuments(async (query) => {
        const answer = await postDocument(teller ?? assert.fail(), { field: "Query.__schema", query });
        return answer.body;
      });
      assert.deepEqual(
        documents("p")
          .map(({ field }) => field)
          .toSorted(),
        Object.keys(FIELD_PERMISSIONS).toSorted(),
      );
      const wrong: string[] = [];
      const askAs = async (actor: Actor): Promise<void> => {
        for (const project of ["default", cast.otherProjectId]) {
          for (const document of documents(project)) {
            const { told } = await postDocument(actor, document);
            const action = FIELD_PERMISSIONS[document.field] ?? assert.fail(document.field);
            const isOpen = !actor.isForeignPage && actor.may("telemetry:read") && actor.may(action);
            const isThere = project === "default" || actor.seesOther === true;
            const isRight = isOpen ? told === (isThere ? "answered" : "unknown_project") : REFUSALS.has(told);
            if (!isRight) wrong.push(`${actor.name}: ${document.field} of ${project}: ${told}`);
          }
        }
      };
      await inTurns(cast.actors, askAs);
      assert.deepEqual(wrong, []);
    });

    async function postDocument(
      actor: Actor,
      { field, query }: LeastDocument,
    ): Promise<{ told: string; body: string }> {
      const isQuestion = field.startsWith("Query.");
      const response = await rig.app.inject({
        method: "POST",
        url: isQuestion ? "/graphql" : "/graphql/stream",
        remoteAddress: newAddress(),
        headers: {
          ...ELSEWHERE.headers,
          accept: isQuestion ? "application/json" : "text/event-stream",
          ...(await actor.headers(true)),
        },
        payload: { query },
        payloadAsStream: true,
      });
      const body = await beginningOf(response.stream(), !isQuestion && response.statusCode < 400);
      const code = /"code":"(\w+)"/.exec(body)?.[1];
      return { told: code ?? (response.statusCode < 400 ? "answered" : String(response.statusCode)), body };
    }
  });
}

function isRightAnswer(
  { status, code, allowedOrigin }: Answer,
  permission: Permission,
  actor: Actor,
  isRead: boolean,
): boolean {
  if (status === 500 || code === "rate_limited") return false;
  // A browser sends what another site's page asks for, and shows the page nothing of the answer: `*` stands for files
  // that are everybody's, and is nothing to a browser that sent a cookie.
  if (isRead && actor.isForeignPage)
    return allowedOrigin === undefined || (permission === "public" && allowedOrigin === "*");
  return isLetIn(actor, permission) !== REFUSALS.has(code ?? "");
}

function isLetIn(actor: Actor, permission: Permission): boolean {
  return permission === "public" ? !actor.isForeignPage : actor.may(permission);
}

/** The whole body, or of a stream that never ends its first event. */
async function beginningOf(body: Readable, isEndless: boolean): Promise<string> {
  if (!isEndless) return await text(body);
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let said = "";
  body.setEncoding("utf8").on("data", (chunk: string) => {
    said += chunk;
    if (/^data: .+\n/m.test(said)) resolve(said);
  });
  body.on("end", () => resolve(said)).on("error", reject);
  const first = await promise;
  body.removeAllListeners("error").on("error", () => undefined);
  body.destroy();
  return first;
}

/** A value for each parameter that no row has. */
function filled(url: string): string {
  return url
    .replaceAll(/:(\w+)/g, (_all, name: string) => (name === "projectId" ? "nothing" : randomUUIDv7()))
    .replace("*", "nothing");
}

/** Some at a time: all at once would only wait for each other. */
async function inTurns<T>(actors: readonly Actor[], walk: (actor: Actor) => Promise<T>): Promise<T[]> {
  const left = actors.values();
  const found: T[] = [];
  const goOn = async (): Promise<void> => {
    for (const actor of left) found.push(await walk(actor));
  };
  await Promise.all(Array.from({ length: ACTORS_AT_ONCE }, goOn));
  return found;
}

interface Answer {
  readonly status: number;
  readonly code: string | null;
  readonly allowedOrigin: unknown;
}

/** Resolves once the head of the answer is there: a stream that was let through never ends by itself. */
async function ask(rig: Rig, options: InjectOptions): Promise<Answer> {
  const first = await askOnce(rig, options);
  // On a machine that is slow now it may take too long to find out who asks: neither let in nor refused.
  return first.code === "too_busy" ? await ask(rig, options) : first;
}

async function askOnce(rig: Rig, options: InjectOptions): Promise<Answer> {
  const answer = await rig.app.inject({ ...options, payloadAsStream: true });
  const body = answer.stream();
  const { statusCode: status, headers } = answer;
  const allowedOrigin = headers["access-control-allow-origin"];
  if (status < 400) {
    body.destroy();
    return { status, code: null, allowedOrigin };
  }
  const said = await text(body);
  const isProblem = String(headers["content-type"]).startsWith("application/problem+json");
  const code = isProblem && said !== "" ? problem.parse(JSON.parse(said)).code : null;
  return { status, code, allowedOrigin };
}
