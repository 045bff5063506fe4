/** Budgets: which p75 a page's vitals shall have, who cares for it, and when it was left and met again. */
import { z } from "zod";
import { deviceType, vitalName } from "./rum.ts";
import { project } from "./common.ts";

/** Beyond these no budget means anything: ten minutes, and a CLS of a hundred screens. */
const TARGET_MS_MAX = 600_000;
const TARGET_CLS_MAX = 100;

const budgetFields = z.object({
  /** A page as it is grouped (`/products/:id`), or with `*` for any text. `*` alone is every page and the whole site. */
  page: z
    .string()
    .trim()
    .max(500)
    .regex(/^(\/|\*)/, { error: "must begin with / or be *" })
    .regex(/^[^\p{Cc}?#]*$/u, { error: "has no query, no fragment and no control characters" }),
  /** Null: all devices together. */
  device: deviceType.nullable(),
  metric: vitalName,
  /** Of p75, milliseconds; CLS without a unit. A value equal to it is within it. */
  target: z.number().positive(),
  /** A member's id; null: nobody. */
  ownerId: z.string().min(1).max(100).nullable(),
  note: z.string().trim().max(1000),
});

interface TargetOf {
  readonly metric?: string | undefined;
  readonly target?: number | undefined;
}

const isInRange = ({ metric, target = 0 }: TargetOf): boolean =>
  target <= (metric === "CLS" ? TARGET_CLS_MAX : TARGET_MS_MAX);
const RANGE_ERROR = {
  error: `a target is at most ${TARGET_MS_MAX} ms, of CLS at most ${TARGET_CLS_MAX}`,
  path: ["target"],
};

/** Body of `POST /api/budgets`. */
export const newBudget = budgetFields
  .extend({
    project: z.string().min(1).max(100).optional(),
    device: budgetFields.shape.device.default(null),
    ownerId: budgetFields.shape.ownerId.default(null),
    note: budgetFields.shape.note.default(""),
  })
  .refine(isInRange, RANGE_ERROR);
export type NewBudget = z.infer<typeof newBudget>;

/** Body of `PATCH /api/budgets/:id`; page, device and metric are what a budget is of, and stay. */
export const budgetChange = budgetFields
  .pick({ target: true, ownerId: true, note: true })
  .partial()
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: "name at least one of target, ownerId, note",
  });
export type BudgetChange = z.infer<typeof budgetChange>;

const owner = z.object({ id: z.string(), name: z.string() });

export const budget = budgetFields.extend({
  id: z.string(),
  owner: owner.nullable(),
  createdAtMs: z.number(),
  changedAtMs: z.number(),
});
export type Budget = z.infer<typeof budget>;

/** What an evaluation saw when it told a breach or a recovery. */
export const budgetEvent = z.object({
  id: z.string(),
  atMs: z.number(),
  kind: z.enum(["breach", "recovery"]),
  /** Empty: all pages of the site together. */
  page: z.string(),
  device: deviceType.nullable(),
  metric: vitalName,
  target: z.number(),
  /** Null: the published threshold, without a budget of one's own. */
  budgetId: z.string().nullable(),
  p75: z.number(),
  /** 95 % interval of p75. */
  low: z.number(),
  high: z.number(),
  n: z.number(),
  /** Page views above the target. */
  overCount: z.number(),
  windowFromMs: z.number(),
  windowToMs: z.number(),
});
export type BudgetEvent = z.infer<typeof budgetEvent>;

export const budgetHistoryEntry = z.object({
  id: z.string(),
  budgetId: z.string(),
  atMs: z.number(),
  action: z.enum(["created", "changed", "deleted"]),
  /** Who did it: a member's name, or what else it was. */
  by: z.string(),
  page: z.string(),
  device: deviceType.nullable(),
  metric: vitalName,
  /** Null: there was none before, or is none any more. */
  targetBefore: z.number().nullable(),
  targetAfter: z.number().nullable(),
  ownerBefore: z.string().nullable(),
  ownerAfter: z.string().nullable(),
});
export type BudgetHistoryEntry = z.infer<typeof budgetHistoryEntry>;

/** Answer of `GET /api/budgets`. */
export const budgetList = z.object({
  project,
  budgets: z.array(budget),
  /** Who may be an owner; empty for those who can't write. */
  people: z.array(owner),
  /** Newest first, at most 100. */
  history: z.array(budgetHistoryEntry),
});
export type BudgetList = z.infer<typeof budgetList>;

/** Answer of `GET /api/budgets/events`. */
export const budgetEvents = z.object({
  project,
  /** Newest first. */
  events: z.array(budgetEvent),
  nextCursor: z.string().nullable(),
});
export type BudgetEvents = z.infer<typeof budgetEvents>;

/**
 * Does a pattern with `*` (any text, also none) hold for a page? Two-pointer matching without backtracking beyond the last
 * star, so no pattern takes long.
 */
export function pageMatches(pattern: string, page: string): boolean {
  let at = 0;
  let patternAt = 0;
  let star = -1;
  let starAt = 0;
  while (at < page.length) {
    if (pattern[patternAt] === "*") {
      star = patternAt++;
      starAt = at;
    } else if (pattern[patternAt] === page[at]) {
      patternAt++;
      at++;
    } else if (star >= 0) {
      patternAt = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[patternAt] === "*") patternAt++;
  return patternAt === pattern.length;
}
