/** Vitals in words: what each is, its value with unit, and what was found out about it. */
import type { BudgetState, VitalName, VitalRating, VitalReading } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";
import {
  durationOf,
  formatCount,
  formatDuration,
  formatNumber,
  joined,
  type Quantity,
} from "../ui/format.ts";

export const VITAL_TITLES: Readonly<Record<VitalName, string>> = {
  LCP: "Largest Contentful Paint",
  INP: "Interaction to Next Paint",
  CLS: "Cumulative Layout Shift",
  FCP: "First Contentful Paint",
  TTFB: "Time to First Byte",
};

export const VITAL_MEANING: Readonly<Record<VitalName, string>> = {
  LCP: "until the largest part of the page is seen",
  INP: "until the page answers a click, tap or key",
  CLS: "how far things jump while one reads",
  FCP: "until anything is seen",
  TTFB: "until the server's answer begins",
};

export const RATING_TEXT: Readonly<Record<VitalRating, string>> = {
  good: "good",
  "needs-improvement": "needs improvement",
  poor: "poor",
};

export const RATING_TONE: Readonly<Record<VitalRating, Tone>> = {
  good: "good",
  "needs-improvement": "warn",
  poor: "bad",
};

/** 0.1234 → "0.123" for CLS; a duration in the unit that suits it otherwise. */
export function vitalQuantity(name: VitalName, value: number): Quantity {
  if (name === "CLS") return { value: clsText(value), unit: "" };
  return durationOf(value);
}

export const vitalText = (name: VitalName, value: number): string => joined(vitalQuantity(name, value));

function clsText(value: number): string {
  const text = Math.abs(value)
    .toFixed(3)
    .replace(/\.?0+$/, "");
  return value < 0 ? `−${text}` : text;
}

/** "+ 320 ms": against the period before. */
export function trendText({ name, trend }: Pick<VitalReading, "name" | "trend">): string | null {
  if (trend === null) return null;
  if (trend === 0) return "no difference";
  return `${trend > 0 ? "▲" : "▼"} ${vitalText(name, Math.abs(trend))}`;
}

export interface Sentence {
  readonly tone: Tone;
  readonly word: string;
  readonly text: string;
}

export function budgetSentence(name: VitalName, budget: BudgetState): Sentence {
  const target = `Target ${vitalText(name, budget.target)}${budget.budgetId === null ? " (published)" : ""}`;
  if (budget.state === "in")
    return { tone: "good", word: "in budget", text: `${target}: all of the 95 % interval is within it.` };
  if (budget.state === "over")
    return { tone: "bad", word: "over budget", text: `${target}: all of the 95 % interval is above it.` };
  return { tone: "neutral", word: "not enough data", text: `${target}: ${missingText(budget)}` };
}

function missingText({ unknownBecause, viewsNeeded, knownInMs }: BudgetState): string {
  if (viewsNeeded === null) return "so close to it that no number of page views would tell.";
  const views = `about ${roughCount(viewsNeeded)} more page views`;
  const when = knownInMs === null ? "" : `, at this rate in ${roughDuration(knownInMs)}`;
  return unknownBecause === "close" ? `too close to call; ${views}${when}.` : `known after ${views}${when}.`;
}

/** Two digits of an estimate: 149 634 → "150 000". */
function roughCount(count: number): string {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(count)) - 1);
  return formatCount(Math.ceil(count / unit) * unit);
}

/** "3 h", "12 days". */
export function roughDuration(ms: number): string {
  const hours = ms / 3_600_000;
  if (hours < 48) return formatDuration(Math.max(60_000, Math.round(ms / 60_000) * 60_000));
  if (hours > 24 * 365) return "more than a year";
  return `${Math.round(hours / 24)} days`;
}

/** The newest release against the one before. */
export function releaseSentence({ name, release, releaseReason }: VitalReading): Sentence {
  if (release === null) return { tone: "neutral", word: "no verdict", text: releaseReason ?? "" };
  const { verdict, release: newest, previousRelease, p75, previousP75, n, viewsNeeded } = release;
  const values =
    p75 === null || previousP75 === null
      ? ""
      : `: ${vitalText(name, previousP75)} before, ${vitalText(name, p75)} now`;
  const pair = `${newest} against ${previousRelease}`;
  if (verdict === "regressed") return { tone: "bad", word: "worse", text: `Release ${pair}${values}.` };
  if (verdict === "improved") return { tone: "good", word: "better", text: `Release ${pair}${values}.` };
  if (verdict === "noChange")
    return { tone: "neutral", word: "no change", text: `Release ${pair}${values}.` };
  const more =
    viewsNeeded === null
      ? "no number of them would tell"
      : `about ${roughCount(viewsNeeded)} more would tell`;
  return {
    tone: "neutral",
    word: "not enough data",
    text: `Release ${pair}: ${formatCount(n)} page views so far, ${more}.`,
  };
}

/** Since when it is as it is. `day` is written by the caller, in the zone of the page. */
export function sinceSentence({ name, since, sinceReason }: VitalReading, day: string): Sentence {
  if (since === null) return { tone: "neutral", word: "since when", text: sinceReason ?? "" };
  const { before, after, relativeEffect, nearestRelease } = since;
  const share = relativeEffect === null ? "" : ` (${signedPercent(relativeEffect)})`;
  const release =
    nearestRelease === null
      ? " No release was first seen within two days of it."
      : ` Nearest release: ${nearestRelease.release}.`;
  return {
    tone: after > before ? "bad" : "good",
    word: `since ${day}`,
    text: `${vitalText(name, before)} → ${vitalText(name, after)}${share} a day at a fixed mix of devices.${release}`,
  };
}

const signedPercent = (ratio: number): string =>
  `${ratio < 0 ? "−" : "+"}${formatNumber(Math.round(Math.abs(ratio) * 100))} %`;

/** The page, or its visitors? Null where nothing moved that matters. */
export function mixSentence({ name, mixShift }: VitalReading): Sentence | null {
  if (mixShift === null || mixShift.cause === "none") return null;
  const { cause, within, mix, strata } = mixShift;
  const grown = strata.toSorted(
    (a, b) => Math.abs(b.shareAfter - b.shareBefore) - Math.abs(a.shareAfter - a.shareBefore),
  )[0];
  const shares =
    grown === undefined
      ? ""
      : ` ${grown.name}: ${formatNumber(grown.shareBefore * 100)} % of page views before, ${formatNumber(grown.shareAfter * 100)} % now.`;
  const parts = `page ${signedValue(name, within)}, visitors ${signedValue(name, mix)}`;
  const tone = within > 0 ? "bad" : "good";
  if (cause === "page")
    return { tone, word: "the page changed", text: `Against the period before: ${parts}.` };
  if (cause === "traffic")
    return { tone: "neutral", word: "other visitors", text: `Not the page (${parts}).${shares}` };
  if (cause === "both") return { tone, word: "page and visitors", text: `Both changed: ${parts}.${shares}` };
  return {
    tone: "neutral",
    word: "not certain",
    text: `It moved, and whether the page did can't be told yet: ${parts}.`,
  };
}

const signedValue = (name: VitalName, value: number): string =>
  `${value < 0 ? "−" : "+"}${vitalText(name, Math.abs(value))}`;
