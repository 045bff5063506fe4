/** Errors that are alike: what is known of them, and what people decided. */
import { z } from "zod";
import { project } from "./common.ts";
import { timeRange } from "./range.ts";
import { codePlace } from "./visits.ts";

/** `regressed`: it was resolved and came back. */
export const errorStatus = z.enum(["open", "resolved", "ignored", "regressed"]);
export type ErrorStatus = z.infer<typeof errorStatus>;

const owner = z.object({ id: z.string(), name: z.string() });

export const errorState = z.object({
  status: errorStatus,
  /** When it came to this status; null: nobody ever decided anything. */
  sinceMs: z.number().nullable(),
  /** Resolved in this release; null: in all. */
  resolvedRelease: z.string().nullable(),
  /** Ignored until then, or for so many occurrences more; both null: for ever. */
  ignoredUntilMs: z.number().nullable(),
  ignoredCount: z.number().nullable(),
  owner: owner.nullable(),
});
export type ErrorState = z.infer<typeof errorState>;

export const errorSource = z.enum(["browser", "server"]);

/** 64 bits as a decimal number: more than a JavaScript number holds. */
export const errorFingerprint = z
  .string()
  .refine((text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 64n, {
    error: "is a whole number of at most 64 bits",
  });

export const errorGroupRow = z.object({
  fingerprint: z.string(),
  type: z.string(),
  /** Of the newest occurrence, at most 300 characters. */
  message: z.string(),
  service: z.string(),
  source: errorSource,
  /** In the range and filter. */
  count: z.number(),
  /** Distinct users (`user.id`) and sessions (`session.id`) in the range; null where no sender named any. */
  users: z.number().nullable(),
  sessions: z.number().nullable(),
  /** Since counting began, at most a year back. */
  firstSeenMs: z.number(),
  /** In the range. */
  lastSeenMs: z.number(),
  /** In the range, at most twenty; empty where no sender named any. */
  releases: z.array(z.string()),
  /** The newest one that names a trace. */
  traceId: z.string().nullable(),
  sparkline: z.array(z.number()),
  state: errorState,
});
export type ErrorGroupRow = z.infer<typeof errorGroupRow>;

export const ERROR_ORDERS = ["last", "count", "users", "first"] as const;
/** `unresolved` is open and regressed. */
export const ERROR_STATE_FILTERS = ["unresolved", "open", "regressed", "resolved", "ignored", "all"] as const;

/** Filters of `GET /api/errors`, beside project and range. */
export const errorsFilter = z.object({
  service: z.string().min(1).max(200).optional(),
  release: z.string().min(1).max(200).optional(),
  source: errorSource.optional(),
  state: z.enum(ERROR_STATE_FILTERS).default("unresolved"),
  /** Part of the type or the newest message, in any case. */
  q: z.string().min(1).max(200).optional(),
  sort: z.enum(ERROR_ORDERS).default("last"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(500).optional(),
});
export type ErrorsFilter = z.infer<typeof errorsFilter>;

export const ERROR_EVENT_KINDS = [
  "first-seen",
  "regressed",
  "ignore-ended",
  "resolved",
  "ignored",
  "reopened",
  "assigned",
] as const;

/** What people did and what the product saw. */
export const errorEvent = z.object({
  id: z.string(),
  fingerprint: z.string(),
  atMs: z.number(),
  kind: z.enum(ERROR_EVENT_KINDS),
  /** Null: the product itself. */
  by: z.string().nullable(),
  /** Where it was seen, or resolved; empty where unknown. */
  release: z.string(),
  service: z.string(),
  type: z.string(),
  message: z.string(),
  traceId: z.string().nullable(),
  note: z.string(),
  /** Whom it was given to; null: nobody. */
  owner: z.string().nullable(),
});
export type ErrorEvent = z.infer<typeof errorEvent>;

/** `GET /api/errors` */
export const errorList = z.object({
  project,
  range: timeRange,
  errors: z.array(errorGroupRow),
  /** Of the whole filter. */
  totals: z.object({ groups: z.number(), count: z.number() }),
  /** First seen, regressed, ignored no longer: of the range, newest first, at most ten. */
  events: z.array(errorEvent),
  /** Those that sent errors in the range, for choosing. */
  services: z.array(z.string()),
  releases: z.array(z.string()),
  nextCursor: z.string().nullable(),
});
export type ErrorList = z.infer<typeof errorList>;

export const errorOccurrence = z.object({
  timeMs: z.number(),
  service: z.string(),
  release: z.string(),
  environment: z.string(),
  /** Route of the request or page of the site. */
  route: z.string(),
  message: z.string(),
  stack: z.string(),
  /** Frames of a browser's stack, as source maps say where there are any; empty for servers. */
  frames: z.array(codePlace),
  isHandled: z.boolean(),
  traceId: z.string().nullable(),
  spanId: z.string().nullable(),
  sessionId: z.string().nullable(),
  attributes: z.record(z.string(), z.string()),
});
export type ErrorOccurrence = z.infer<typeof errorOccurrence>;

/** `GET /api/errors/{fingerprint}` */
export const errorPage = z.object({
  project,
  range: timeRange,
  error: errorGroupRow.omit({ sparkline: true, lastSeenMs: true, releases: true }).extend({
    /** Ever, as far as counts are kept. */
    lastSeenMs: z.number(),
    countEver: z.number(),
    /** In the range: told as not caught by the application. */
    unhandled: z.number(),
  }),
  series: z.object({ timesMs: z.array(z.number()), counts: z.array(z.number()) }),
  /** Ever, last seen first, at most fifty. */
  releases: z.array(
    z.object({ release: z.string(), count: z.number(), firstSeenMs: z.number(), lastSeenMs: z.number() }),
  ),
  /** Of the days of the range, most first, at most twenty. */
  routes: z.array(z.object({ route: z.string(), count: z.number() })),
  /** Newest of the range, at most ten. */
  occurrences: z.array(errorOccurrence),
  history: z.array(errorEvent),
  /** Who may be an owner; empty for those who can't decide. */
  people: z.array(owner),
});
export type ErrorPage = z.infer<typeof errorPage>;

const note = z.string().trim().max(1000).default("");
const projectField = z.string().min(1).max(100).optional();

/** Body of `POST /api/errors/{fingerprint}/state`. */
export const errorDecision = z.discriminatedUnion("status", [
  z.object({ status: z.literal("open"), project: projectField, note }),
  z.object({
    status: z.literal("resolved"),
    project: projectField,
    note,
    /** Null: in all releases, from now on. */
    release: z.string().trim().min(1).max(200).nullable().default(null),
  }),
  z.object({
    status: z.literal("ignored"),
    project: projectField,
    note,
    untilMs: z.number().int().min(0).max(4_102_444_800_000).nullable().default(null),
    untilCount: z.number().int().min(1).max(1_000_000_000).nullable().default(null),
  }),
]);
export type ErrorDecision = z.infer<typeof errorDecision>;

/** Body of `PUT /api/errors/{fingerprint}/owner`. */
export const errorOwner = z.object({
  project: projectField,
  /** A member's id; null: nobody. */
  ownerId: z.string().min(1).max(100).nullable(),
});
