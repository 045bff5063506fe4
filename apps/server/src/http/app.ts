/** The HTTP server of the pages, the API and, for convenience, OTLP on the same port. */
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
  LogController,
} from "fastify";
import { validatorCompiler } from "fastify-type-provider-zod";
import {
  type Access,
  accessPlugin,
  type RateLimiter,
  type RateSubject,
  rateLimitPlugin,
} from "../access/index.ts";
import { browserHttp, type BrowserHttpOptions, otlpHttp, type OtlpHttpOptions } from "../ingest/index.ts";
import { requestSpans } from "../observe/index.ts";
import { answerWithProblems, sendProblem, toProblem } from "./problem.ts";

/** Long service names and routes travel in paths. */
const MAX_PARAM_LENGTH = 600;
const REQUEST_TIMEOUT_MS = 60_000;

export interface HttpAppOptions {
  /** What is said about an address that does not exist. */
  readonly notFound?: (request: FastifyRequest) => string;
  /** Without: this machine reads, nobody else does anything. */
  readonly access?: Access;
  readonly limiter?: RateLimiter;
  /** Proxies that say truly whose request they pass on. */
  readonly trustedProxies?: readonly string[];
}

/** An app on which every route must declare its permission and every error is a problem document. */
export async function createHttpApp(
  log: FastifyBaseLogger,
  { notFound = nothingThere, access, limiter, trustedProxies = [] }: HttpAppOptions = {},
): Promise<FastifyInstance> {
  const app = fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
    // For limits and the audit log only: who is on this machine depends on the socket's own address.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    // Addresses that the router can't read never reach a route or its error handler.
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, toProblem(error)),
  });
  app.setValidatorCompiler(validatorCompiler);
  answerWithProblems(app, notFound);
  await app.register(requestSpans);
  if (limiter !== undefined) await app.register(rateLimitPlugin, { limiter, identityOf });
  await app.register(accessPlugin, access === undefined ? {} : { access });
  app.addHook("onSend", async (_request, reply) => {
    reply.header("x-content-type-options", "nosniff");
  });
  return app;
}

function identityOf({ principal }: FastifyRequest): Pick<RateSubject, "user" | "key"> {
  if (principal?.kind === "person") return { user: principal.userId };
  return principal?.kind === "api-key" ? { key: principal.keyId } : {};
}

function nothingThere(request: FastifyRequest): string {
  return `There is nothing at ${request.method} ${request.url.split("?", 1)[0]?.slice(0, 200)}.`;
}

/** Adds `/v1/{traces,metrics,logs}`. */
export async function addOtlp(app: FastifyInstance, options: OtlpHttpOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook("onRoute", (route) => {
      route.config = { ...route.config, permission: "ingest:write" };
    });
    await scope.register(otlpHttp, options);
  });
}

/** Adds `POST /api/web-vitals` and `POST /api/events`, below `prefix` when there is one. */
export async function addBrowserIngest(
  app: FastifyInstance,
  options: BrowserHttpOptions,
  prefix = "",
): Promise<void> {
  await app.register(
    async (scope) => {
      scope.addHook("onRoute", (route) => {
        route.config = { ...route.config, permission: "ingest:write" };
      });
      await scope.register(browserHttp, options);
    },
    { prefix },
  );
}

/** The OTLP port: nothing but ingest, and a sentence for whoever opens it in a browser. */
export async function createOtlpApp(
  log: FastifyBaseLogger,
  options: OtlpHttpOptions,
  pagesUrl: () => string,
  trustedProxies: readonly string[] = [],
): Promise<FastifyInstance> {
  const app = await createHttpApp(log, {
    trustedProxies,
    notFound: () =>
      `This port takes OpenTelemetry data: POST /v1/traces, /v1/metrics or /v1/logs. The pages are at ${pagesUrl()}.`,
  });
  await addOtlp(app, options);
  return app;
}
