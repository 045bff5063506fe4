/** Vitals judged by the project's own budgets: what `GET /api/web-vitals` and open pages show. */
import type { BudgetEvent, TimeRange, VitalsFilter } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import { ExpiringMap } from "../engines/shared/index.ts";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import {
  groupedPage,
  readVitals,
  type Symbolicate,
  type VitalHistory,
  type VitalsAnswer,
} from "../insight/index.ts";
import { selectTargets } from "./budgetRows.ts";
import { readBudgetEvents } from "./readBudgets.ts";
import { targetFor } from "./targets.ts";

/** Whole days do not change by the second, and a live page asks after every beacon. */
const HISTORY_TTL_MS = 60_000;
const HISTORIES_MAX = 200;
const EVENTS_SHOWN = 20;

export interface VitalsReader {
  /** @param isFresh nothing remembered is used */
  read(
    reader: ScopedReader,
    range: TimeRange,
    filter: VitalsFilter,
    nowMs: number,
    isFresh: boolean,
  ): Promise<VitalsAnswer>;
  /** The newest events of the page, or of all. */
  events(reader: ScopedReader, filter: VitalsFilter): Promise<BudgetEvent[]>;
}

/** @param symbolicatorOf what the project's source maps say of places in its scripts */
export function createVitalsReader(
  control: ControlStore,
  symbolicatorOf: (tenantId: string, projectId: string) => Symbolicate,
): VitalsReader {
  const histories = new ExpiringMap<Promise<VitalHistory>>(HISTORIES_MAX, Date.now);
  return {
    async read(reader, range, filter, nowMs, isFresh) {
      const { tenantId, projectId } = reader.scope;
      const budgets = await selectTargets(control, tenantId, projectId);
      const page = pageOf(filter) ?? "";
      return await readVitals(reader, range, filter, nowMs, {
        symbolicate: symbolicatorOf(tenantId, projectId),
        targetOf: (metric) => targetFor(budgets, { page, device: filter.device ?? "", metric }),
        historyOf: (source, read) => {
          if (isFresh) return read();
          const key = JSON.stringify([tenantId, projectId, source]);
          const known = histories.get(key);
          if (known !== undefined) return known;
          const asked = read();
          histories.set(key, asked, HISTORY_TTL_MS);
          // A failure is not remembered: whoever asks next asks anew.
          asked.catch(() => histories.set(key, asked, 0));
          return asked;
        },
      });
    },
    async events({ scope: { tenantId, projectId } }, filter) {
      const question = { page: pageOf(filter), limit: EVENTS_SHOWN };
      return (await readBudgetEvents(control, tenantId, projectId, question)).events;
    },
  };
}

function pageOf({ page }: VitalsFilter): string | undefined {
  return page === undefined || page.includes("*") ? page : groupedPage(page);
}
