/** The roots of the schema: permission, project and range first, then one question of insight each. */
import type { Health } from "@throughline/contract";
import type { FastifyRequest } from "fastify";
import { AccessError, ACTIONS, type ActionName, may, tenantPrincipalOf } from "../../access/index.ts";
import type { Scope } from "../../engines/telemetry/index.ts";
import { type ReadPlans, readTopBottlenecks } from "../../insight/bottlenecks/index.ts";
import {
  readEndpointMetrics,
  readEndpointTrends,
  readHealth,
  readPerformance,
  readQueryTotals,
  readResources,
  readSlowQueries,
} from "../../insight/performance/index.ts";
import { timeGrid } from "../../insight/timeGrid.ts";
import type { LiveHub } from "../../live/index.ts";
import { ProblemError } from "../problem.ts";
import type { RangedReadContext, ReadContexts } from "../readContext.ts";
import { createSingleFlight } from "../singleFlight.ts";
import { bottleneckAnswer, endpointAnswer, poolAnswer, resourceAnswer, slowQueryAnswer } from "./answers.ts";
import { FIELD_PERMISSIONS } from "./fieldPermissions.ts";
import { liveSteps } from "./liveSteps.ts";
import { intervalSeconds, rangeOf, TIME_RANGES, type TimeRangeArguments } from "./timeRanges.ts";

export interface GraphqlContext {
  readonly request: FastifyRequest;
  /** The reader of a subscription went away, or the server closes. */
  readonly ended: AbortSignal;
}

export interface QuestionOptions {
  readonly contexts: ReadContexts;
  readonly hub: LiveHub;
  /** Of watched databases, for the bottlenecks. */
  readonly readPlans: ReadPlans;
  /** Asked while a subscription is open. */
  readonly mayGoOn: (request: FastifyRequest, needs: readonly ActionName[], scope: Scope) => Promise<boolean>;
}

/** Of all statements of the project in the range. */
export interface QueryFigures {
  readonly totalQueries: number;
  readonly avgQueryTimeMs: number | null;
}

interface CommonArguments extends TimeRangeArguments {
  readonly facilityId?: string | null;
}

const THRESHOLD_MS_MAX = 600_000;
const SLOW_QUERIES_MAX = 100;
const POINTS_MAX = 300;

export function createQuestions({ contexts, hub, readPlans, mayGoOn }: QuestionOptions) {
  const share = createSingleFlight();

  async function contextOf(
    field: string,
    { facilityId, ...time }: CommonArguments,
    { request }: GraphqlContext,
  ): Promise<RangedReadContext> {
    const principal = tenantPrincipalOf(request);
    const action = FIELD_PERMISSIONS[field];
    if (action === undefined || !may(principal, action))
      throw new AccessError(
        "forbidden",
        `The field ${field} needs: ${action === undefined ? "nobody may ask for it" : ACTIONS[action].text}.`,
      );
    return await contexts.readRange(principal, { ...rangeOf(time), project: facilityId ?? undefined });
  }

  async function overview(field: string, given: CommonArguments, context: GraphqlContext) {
    const { reader, range, nowMs } = await contextOf(field, given, context);
    const answer = await share(["performance", reader.scope, range], () =>
      readPerformance(reader, range, nowMs),
    );
    // Asked only where a document names them; graphql calls what is a function.
    let asked: Promise<Health> | undefined;
    const health = () =>
      (asked ??= share(["health", reader.scope, range], () => readHealth(reader, range, nowMs)));
    return {
      timeRange: given.timeRange,
      ...answer,
      healthScore: async () => (await health()).score,
      status: async () => (await health()).status,
      performanceTrend: async () => (await health()).trend,
      topBottlenecks: async () => {
        const found = await share(["bottlenecks.top", reader.scope, range], () =>
          readTopBottlenecks(reader, range, nowMs, readPlans),
        );
        return found.map(bottleneckAnswer);
      },
    };
  }

  const Query = {
    performanceOverview: (given: CommonArguments, context: GraphqlContext) =>
      overview("Query.performanceOverview", given, context),

    async slowQueries(
      given: CommonArguments & { readonly threshold: number; readonly limit: number },
      context: GraphqlContext,
    ) {
      const { threshold, limit } = given;
      refuseOutside("threshold", threshold, 1, THRESHOLD_MS_MAX);
      refuseOutside("limit", limit, 1, SLOW_QUERIES_MAX);
      const { reader, range, nowMs } = await contextOf("Query.slowQueries", given, context);
      const question = { thresholdMs: threshold, limit };
      const rows = await share(["slowQueries", reader.scope, range, question], () =>
        readSlowQueries(reader, range, question, nowMs),
      );
      return rows.map(slowQueryAnswer);
    },

    async endpointMetrics(
      given: CommonArguments & { readonly endpoint?: string | null },
      context: GraphqlContext,
    ) {
      const { reader, range, nowMs } = await contextOf("Query.endpointMetrics", given, context);
      const endpoint = given.endpoint ?? undefined;
      const rows = await share(["endpointMetrics", reader.scope, range, endpoint], () =>
        readEndpointMetrics(reader, range, endpoint, nowMs),
      );
      let asked: ReturnType<typeof readEndpointTrends> | undefined;
      const trends = () =>
        (asked ??= share(["endpointTrends", reader.scope, range], () =>
          readEndpointTrends(reader, range, nowMs),
        ));
      return rows.map((row) => ({
        ...endpointAnswer(row),
        trend: async () => (await trends())(row.service, row.route),
      }));
    },

    async resourceUtilization(
      given: CommonArguments & { readonly interval: string },
      context: GraphqlContext,
    ) {
      const wantedSeconds = intervalSeconds(given.interval);
      const { reader, range, nowMs } = await contextOf("Query.resourceUtilization", given, context);
      const isTooFine = (range.toMs - range.fromMs) / 1000 / wantedSeconds > POINTS_MAX;
      const stepSeconds = isTooFine ? range.stepSeconds : wantedSeconds;
      const points = await share(["resources", reader.scope, range, stepSeconds], () =>
        readResources(reader, { ...range, stepSeconds }, nowMs),
      );
      return points.map(resourceAnswer);
    },

    async databasePoolMetrics(given: CommonArguments, context: GraphqlContext) {
      const { reader, range, nowMs } = await contextOf("Query.databasePoolMetrics", given, context);
      return await share(["pools", reader.scope, range], async () => {
        const [points, totals] = await Promise.all([
          readResources(reader, range, nowMs),
          readQueryTotals(reader, timeGrid(range, nowMs)),
        ]);
        const { executions, totalNs } = totals;
        const avgQueryTimeMs = executions === 0 ? null : totalNs / executions / 1e6;
        return poolAnswer(points, { totalQueries: executions, avgQueryTimeMs });
      });
    },
  };

  const Subscription = {
    /** Refused before the first event, so that it is told why. */
    async performanceOverview(given: CommonArguments, context: GraphqlContext) {
      const field = "Subscription.performanceOverview";
      const range = TIME_RANGES[given.timeRange];
      if (range === "custom")
        throw new ProblemError("invalid_range", "A subscription needs a range that moves on, not CUSTOM.");
      const { reader } = await contextOf(field, given, context);
      const steps = liveSteps({
        hub,
        scope: reader.scope,
        range,
        ended: context.ended,
        isAllowed: () =>
          mayGoOn(context.request, [FIELD_PERMISSIONS[field] ?? "telemetry:read"], reader.scope),
      });
      const fixed = { ...given, facilityId: reader.scope.projectId };
      const answer = async () => ({ performanceOverview: await overview(field, fixed, context) });
      return (async function* () {
        yield await answer();
        for await (const _ of steps) yield await answer();
      })();
    },
  };

  return { Query, Subscription };
}

function refuseOutside(name: string, value: number, least: number, most: number): void {
  if (value < least || value > most)
    throw new ProblemError("invalid_query", `'${name}' must be between ${least} and ${most}.`);
}
