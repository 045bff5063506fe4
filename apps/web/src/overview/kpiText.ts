/** How a key number reads: value and unit, its change, what it rests on. */
import type { Kpi } from "@throughline/contract";
import { bytesOf, durationOf, formatNumber, formatShortCount, UNKNOWN, type Quantity } from "../ui/format.ts";

export function kpiQuantity({ value, unit }: Pick<Kpi, "value" | "unit">): Quantity {
  if (value === null) return { value: UNKNOWN, unit: "" };
  if (unit === "ms") return durationOf(value);
  if (unit === "s") return durationOf(value * 1000);
  if (unit === "B") return bytesOf(value);
  if (unit === "count") return { value: formatShortCount(value), unit: "" };
  return { value: formatNumber(value), unit };
}

export interface KpiChange {
  /** "▲ 21 %" */
  readonly text: string;
  readonly tone: "good" | "bad" | "muted";
}

/** Changes smaller than this are called none. */
const NOTEWORTHY_RATIO = 0.005;
/** A change this small is not judged good or bad: it would come and go by itself. */
const JUDGED_RATIO = 0.03;

/** null when there is nothing to compare with. */
export function kpiChange({ changeRatio, better }: Pick<Kpi, "changeRatio" | "better">): KpiChange | null {
  if (changeRatio === null) return null;
  if (Math.abs(changeRatio) < NOTEWORTHY_RATIO) return { text: "± 0 %", tone: "muted" };
  const isUp = changeRatio > 0;
  const size = Math.abs(changeRatio);
  const amount =
    size >= 9 ? `${formatNumber(Math.round(size + 1))}×` : `${formatNumber(roundPercent(size * 100))} %`;
  const isJudged = better !== "neither" && size >= JUDGED_RATIO;
  const tone = isJudged ? (isUp === (better === "higher") ? "good" : "bad") : "muted";
  return { text: `${isUp ? "▲" : "▼"} ${amount}`, tone };
}

const roundPercent = (percent: number): number =>
  percent >= 10 ? Math.round(percent) : Math.round(percent * 10) / 10;
