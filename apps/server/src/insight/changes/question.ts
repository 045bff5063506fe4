/** What is asked about: which metric, of what, in which range. */
import type { ChangeMetric, ChangesFilter } from "@throughline/contract";
import { groupedPage, vitalSource, type VitalSource } from "../vitals/vitalSource.ts";
import type { TimeGrid } from "../timeGrid.ts";

export interface Question {
  readonly metric: ChangeMetric;
  readonly isVital: boolean;
  readonly unit: "ms" | "" | "%";
  readonly grid: TimeGrid;
  /** Grouped. */
  readonly page: string | undefined;
  readonly device: ChangesFilter["device"];
  readonly service: string | undefined;
  readonly route: string | undefined;
  /** Of vitals. */
  readonly source: VitalSource;
}

export function questionOf(metric: ChangeMetric, filter: ChangesFilter, grid: TimeGrid): Question {
  const isVital = metric !== "p95" && metric !== "errors";
  const page = isVital && filter.page !== undefined ? groupedPage(filter.page) : undefined;
  const device = isVital ? filter.device : undefined;
  return {
    metric,
    isVital,
    unit: metric === "errors" ? "%" : metric === "CLS" ? "" : "ms",
    grid,
    page,
    device,
    service: isVital ? undefined : filter.service,
    route: isVital ? undefined : filter.route,
    source: vitalSource({
      ...(page === undefined ? {} : { page: filter.page }),
      ...(device === undefined ? {} : { device }),
    }),
  };
}
