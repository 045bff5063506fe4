/** `GET /api/admin/dashboard/stream`: the live stream of a page. Protocol: packages/contract/src/live.ts. */
import {
  LIVE_HEARTBEAT_MS,
  LIVE_TOPICS,
  RANGE_KEYS,
  tailQuery,
  vitalsFilter,
  type LiveTopic,
} from "@throughline/contract";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import type { Scope } from "../engines/telemetry/index.ts";
import { type ActionName, sendProblemDetails } from "../access/index.ts";
import { type LiveRange, TOPIC_PERMISSIONS, type Watch } from "./channel.ts";
import { LiveConnection } from "./connection.ts";
import type { LiveHub } from "./hub.ts";

const LIVE_PATH = "/api/admin/dashboard/stream";
const LIVE_RANGES = RANGE_KEYS.filter((key): key is LiveRange => key !== "custom");
const RETRY_MS = 2000;

export interface StreamLimits {
  readonly connectionsMax: number;
  readonly lifeMsMin: number;
  readonly lifeMsMax: number;
  readonly heartbeatMs: number;
  readonly waitingBytesMax: number;
  readonly stalledMsMax: number;
  /** How often it is asked whether the stream may go on: with what is remembered of a session (4 s) within 5 s. */
  readonly recheckMs: number;
}

export const DEFAULT_STREAM_LIMITS: StreamLimits = {
  connectionsMax: 500,
  // Before proxies end long requests, and spread so that pages don't all come back at once.
  lifeMsMin: 4 * 60_000,
  lifeMsMax: 6 * 60_000,
  heartbeatMs: LIVE_HEARTBEAT_MS,
  waitingBytesMax: 1024 * 1024,
  stalledMsMax: 30_000,
  recheckMs: 800,
};

type LiveRequest = FastifyRequest<{ Querystring: LiveQuery }>;

export interface LiveStreamOptions {
  readonly hub: LiveHub;
  /** Whose data the request may see, of which project; rejects with what HTTP shall answer. */
  readonly scopeOf: (
    request: LiveRequest,
    needs: readonly ActionName[],
  ) => Promise<{ readonly scope: Scope }>;
  /** Asked while the stream is open: whoever was signed out or lost the project sees nothing more. */
  readonly mayGoOn?: (request: LiveRequest, needs: readonly ActionName[], scope: Scope) => Promise<boolean>;
  readonly limits?: Partial<StreamLimits>;
}

export const liveQuery = z
  .object({
    project: z.string().min(1).max(100).optional(),
    topics: z
      .string()
      .max(100)
      .transform((text) => [...new Set(text.split(","))])
      .pipe(z.array(z.enum(LIVE_TOPICS)).min(1)),
    range: z.enum(LIVE_RANGES).default("1h"),
    after: z.string().max(100).optional(),
  })
  .extend(tailQuery.shape)
  .extend(vitalsFilter.omit({ verify: true }).shape)
  .refine(({ topics, service }) => !topics.includes("service") || service !== undefined, {
    path: ["service"],
    message: "is needed for the topic service",
  });
export type LiveQuery = z.infer<typeof liveQuery>;

export const liveStream: FastifyPluginAsyncZod<LiveStreamOptions> = async (app, options) => {
  const { hub, scopeOf } = options;
  const { meter } = hub;
  const limits = { ...DEFAULT_STREAM_LIMITS, ...options.limits };
  const open = new Set<LiveConnection>();
  /** Places taken: open ones and those whose project is being looked up. */
  let taken = 0;

  app.get(
    LIVE_PATH,
    { config: { permission: "telemetry:read", isLongLived: true }, schema: { querystring: liveQuery } },
    async (request, reply) => {
      if (taken >= limits.connectionsMax) return refuse(request, reply, limits.connectionsMax);
      taken += 1;
      const { scope } = await scopeOf(request, needsOf(request.query)).catch((error: unknown) => {
        taken -= 1;
        throw error;
      });
      reply.hijack();
      if (reply.raw.destroyed) taken -= 1;
      else serve(request, reply, scope);
    },
  );

  function serve(request: LiveRequest, reply: FastifyReply, scope: Scope): void {
    const response = reply.raw;
    // The browser's own retry has a newer id in its header than in the address it was opened with.
    const after = lastEventId(request) ?? request.query.after;
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-content-type-options": "nosniff",
    });
    // Events are small and must not wait for each other.
    response.socket?.setNoDelay(true);
    const connection = new LiveConnection({
      response,
      waitingBytesMax: limits.waitingBytesMax,
      stalledMsMax: limits.stalledMsMax,
      lastId: () => hub.lastId,
      onEvent: () => meter.countEvent(),
    });
    const subscription = hub.subscribe(scope, watchesOf(request.query), after, connection);
    open.add(connection);
    meter.connected(open.size);
    response.write(`retry: ${RETRY_MS}\n`);
    connection.say("connected", { id: subscription.id, tenantId: scope.tenantId }, subscription.id);
    if (subscription.isResync) connection.resync("What came after your last event is no longer known.");
    for (const { topic, event } of subscription.events) connection.deliver(topic, event);

    const heartbeat = setInterval(() => connection.heartbeat(), limits.heartbeatMs);
    const lifeMs = limits.lifeMsMin + Math.random() * (limits.lifeMsMax - limits.lifeMsMin);
    const life = setTimeout(() => connection.end(), lifeMs);
    const recheck = setInterval(() => void endUnlessAllowed(request, scope, connection), limits.recheckMs);
    response.on("close", () => {
      clearInterval(recheck);
      clearInterval(heartbeat);
      clearTimeout(life);
      subscription.end();
      open.delete(connection);
      taken -= 1;
      meter.connected(open.size);
    });
    // Resets are everyday on the way to browsers; "close" follows and does all there is to do.
    response.on("error", () => {});
  }

  async function endUnlessAllowed(
    request: LiveRequest,
    scope: Scope,
    connection: LiveConnection,
  ): Promise<void> {
    try {
      const isAllowed = (await options.mayGoOn?.(request, needsOf(request.query), scope)) ?? true;
      if (!isAllowed) connection.end();
    } catch {
      // While it can't be found out nobody can have been signed out either; the stream ends by itself in minutes.
    }
  }

  // Before the server waits for open requests, which these are.
  app.addHook("preClose", async () => {
    for (const connection of open) connection.end();
  });
};

function needsOf({ topics }: LiveQuery): readonly ActionName[] {
  return topics.map((topic) => TOPIC_PERMISSIONS[topic]);
}

function watchesOf(query: LiveQuery): Watch[] {
  return query.topics.map((topic) => watchOf(topic, query));
}

function watchOf(topic: LiveTopic, query: LiveQuery): Watch {
  const { range, kind, service, severity, q } = query;
  switch (topic) {
    case "overview":
      return { topic, range };
    case "service":
      return { topic, range, service: service ?? "" };
    case "vitals": {
      const { page, device, country, connection, release } = query;
      return { topic, range, filter: { page, device, country, connection, release } };
    }
    case "tail":
      return { topic, query: { kind, service, severity, q } };
    case "errors":
    case "changes":
    case "business":
    case "deployments":
    case "system":
      return { topic };
  }
}

function lastEventId({ headers }: FastifyRequest): string | undefined {
  const id = headers["last-event-id"];
  return typeof id === "string" && id !== "" && id.length <= 100 ? id : undefined;
}

function refuse(request: FastifyRequest, reply: FastifyReply, connectionsMax: number): FastifyReply {
  return sendProblemDetails(request, reply, {
    status: 503,
    title: "Too many live connections",
    code: "too_many_connections",
    message: `${connectionsMax} pages are live already. Close some, or reload this one to see newer data.`,
    retryAfterSeconds: 30,
  });
}
