/** What changed around a moment: the metric's course, whether it really changed, and ranked candidates. */
import type {
  AuditEntry,
  ChangesFilter,
  ChangesPage,
  Deployment,
  Marker,
  TimeRange,
} from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { releasesIn } from "../releases.ts";
import { timeGrid } from "../timeGrid.ts";
import { levelOf, readCells, type Cell } from "./cells.ts";
import { readDays } from "./days.ts";
import { configurationCandidates, deploymentCandidates, releaseCandidates } from "./events.ts";
import { momentsIn, sidesOf } from "./moment.ts";
import { errorCandidates, routeCandidates } from "./novelties.ts";
import { questionOf, type Question } from "./question.ts";
import { rank, type Found, type RankedMoment } from "./rank.ts";
import { readSubjects } from "./subjects.ts";
import { trafficCandidates } from "./traffic.ts";
import { weightCandidates } from "./weight.ts";

/** What the control store knows of the range. */
export interface KnownEvents {
  readonly deployments: readonly Deployment[];
  /** Null: the reader of the answer may not read the audit log. */
  readonly audit: readonly AuditEntry[] | null;
  readonly markers: readonly Marker[];
}

export interface WhatChangedOptions {
  readonly range: TimeRange;
  readonly filter: ChangesFilter;
  /** The asked moment. */
  readonly atMs: number | null;
  readonly nowMs: number;
}

export async function readWhatChanged(
  reader: ScopedReader,
  { range, filter, atMs, nowMs }: WhatChangedOptions,
  known: KnownEvents,
): Promise<Omit<ChangesPage, "project" | "fetchedAtMs">> {
  const grid = timeGrid(range, nowMs);
  const subjects = await readSubjects(reader, grid);
  const metric =
    filter.metric ?? (subjects.services.length > 0 || subjects.pages.length === 0 ? "p95" : "LCP");
  const question = questionOf(metric, filter, grid);
  const [cells, days] = await Promise.all([readCells(reader, question), readDays(reader, question, nowMs)]);
  const { moment, otherMomentsMs, reason } = momentsIn(question, cells, days, atMs);
  const releases = await releasesIn(reader, grid.range, nowMs);
  const events: Found[] = [
    ...deploymentCandidates(known.deployments, question.service),
    ...releaseCandidates(releases, known.deployments, question.service),
    ...configurationCandidates(known.audit ?? []),
  ];
  const compared = moment === null ? NOTHING : await compareSides(reader, question, cells, moment.atMs);
  const ranked: RankedMoment | null =
    moment === null ? null : { atMs: moment.atMs, stepMs: grid.stepMs, direction: directionOf(moment) };
  return {
    range: grid.range,
    metric,
    unit: question.unit,
    filter: {
      page: question.page ?? null,
      device: question.device ?? null,
      service: question.service ?? null,
      route: question.route ?? null,
    },
    series: seriesOf(question, cells),
    moment,
    otherMomentsMs: [...otherMomentsMs],
    reason,
    isByDays: days !== null,
    candidates: rank([...events, ...compared.candidates], ranked),
    notLookedAt: [
      ...(known.audit === null
        ? [
            {
              kind: "configuration" as const,
              reason: "Changes of configuration are in the audit log, which you may not read.",
            },
          ]
        : []),
      ...compared.notLookedAt,
    ],
    markers: [...known.markers],
    ...subjects,
  };
}

interface Compared {
  readonly candidates: readonly Found[];
  readonly notLookedAt: ChangesPage["notLookedAt"];
}

const NOTHING: Compared = { candidates: [], notLookedAt: [] };

async function compareSides(
  reader: ScopedReader,
  question: Question,
  cells: readonly Cell[],
  atMs: number,
): Promise<Compared> {
  const nAfter = sidesOf(cells, atMs).after.reduce((sum, { n }) => sum + n, 0);
  const [traffic, weight, errors, routes] = await Promise.all([
    trafficCandidates(reader, question, atMs),
    question.isVital ? weightCandidates(reader, question, atMs) : { candidates: [], reason: null },
    errorCandidates(reader, question, atMs, nAfter),
    routeCandidates(reader, question, atMs, nAfter),
  ]);
  return {
    candidates: [...traffic, ...weight.candidates, ...errors, ...routes],
    notLookedAt: weight.reason === null ? [] : [{ kind: "page-weight", reason: weight.reason }],
  };
}

function directionOf({ before, after }: NonNullable<ChangesPage["moment"]>): -1 | 0 | 1 {
  if (before === null || after === null || before === after) return 0;
  return after > before ? 1 : -1;
}

function seriesOf(question: Question, cells: readonly Cell[]): ChangesPage["series"] {
  const byTime = new Map(cells.map((cell) => [cell.timeMs, cell]));
  const shown = question.grid.timesMs.map((timeMs) => {
    const cell = byTime.get(timeMs);
    return cell === undefined ? { n: 0, value: null } : levelOf(question, [cell]);
  });
  return {
    timesMs: [...question.grid.timesMs],
    values: shown.map(({ value }) => value),
    counts: shown.map(({ n }) => n),
  };
}
