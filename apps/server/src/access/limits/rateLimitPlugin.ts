/**
 * Rate limits of routes, in two steps: the address before anybody asks who it is (so that a flood without a sign-in costs
 * no look-up), person or key once they are known and before the body is read.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { sendProblemDetails } from "../problemDetails.ts";
import type { RateDecision, RateLimiter, RateSubject } from "./rateLimiter.ts";
import { tighter } from "./rateLimiter.ts";
import { setRateLimitHeaders } from "./rateLimitHeaders.ts";
import { RULE_BY_PATH, type RateRuleName } from "./rules.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Without one a route has the rule of its path (RULE_BY_PATH), else `read` for GET and HEAD and `write` for the rest. */
    rateLimit?: RateRuleName | "none";
  }
}

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Who is signed in or which key was shown, as found by an earlier onRequest hook. */
  readonly identityOf: (request: FastifyRequest) => Pick<RateSubject, "user" | "key">;
  /** The client's address; Fastify's `request.ip`, which believes only proxies that the app trusts, by default. */
  readonly addressOf?: (request: FastifyRequest) => string;
}

/** Of http/problem.ts's catalogue. */
export const RATE_LIMITED = { status: 429, title: "Too many requests" } as const;

const plugin: FastifyPluginAsync<RateLimitOptions> = async (app, options) => {
  const { limiter, identityOf, addressOf = (request: FastifyRequest) => request.ip } = options;
  const afterAddress = new WeakMap<FastifyRequest, RateDecision>();

  app.addHook("onRequest", async (request, reply) => {
    const rule = ruleOf(request);
    if (rule === null) return;
    const decision = await limiter.take(rule, { address: addressOf(request) });
    if (!decision.isAllowed) return refuse(request, reply, decision);
    afterAddress.set(request, decision);
  });

  app.addHook("preParsing", async (request, reply) => {
    const rule = ruleOf(request);
    const ofAddress = afterAddress.get(request);
    if (rule === null || ofAddress === undefined) return;
    const identity = identityOf(request);
    const isKnown = identity.user !== undefined || identity.key !== undefined;
    const decision = isKnown ? tighter(ofAddress, await limiter.take(rule, identity)) : ofAddress;
    if (!decision.isAllowed) return refuse(request, reply, decision);
    if (decision.tightest !== null) setRateLimitHeaders(reply, decision.tightest);
  });
};

/** Null: no limit here. Ingest has its own, in terms of OTLP: ingestGate.ts. */
export function ruleOf(request: FastifyRequest): RateRuleName | null {
  const { rateLimit, permission } = request.routeOptions.config;
  if (rateLimit !== undefined) return rateLimit === "none" ? null : rateLimit;
  if (permission === "ingest:write") return null;
  const path = request.url.split("?", 1)[0] ?? "";
  const ofPath = RULE_BY_PATH.find(([prefix]) => path.startsWith(prefix));
  if (ofPath !== undefined) return ofPath[1];
  return request.method === "GET" || request.method === "HEAD" ? "read" : "write";
}

function refuse(request: FastifyRequest, reply: FastifyReply, decision: RateDecision): FastifyReply {
  const { retryAfterSeconds, tightest } = decision;
  if (tightest !== null) setRateLimitHeaders(reply, tightest);
  const message = `${whose(tightest?.rule.by)} sent too many requests: try again in ${inWords(retryAfterSeconds)}.`;
  return sendProblemDetails(request, reply, {
    ...RATE_LIMITED,
    code: "rate_limited",
    message,
    retryAfterSeconds,
  });
}

function whose(by: string | undefined): string {
  if (by === "user") return "You";
  if (by === "key") return "This API key";
  return "Your address";
}

function inWords(seconds: number): string {
  if (seconds < 120) return `${seconds} ${seconds === 1 ? "second" : "seconds"}`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** Register it before the plugin that finds out who asks. */
export const rateLimitPlugin = fastifyPlugin(plugin, { name: "rate-limits" });
