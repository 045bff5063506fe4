/** How what browsers report is said. */
import type { NavigationType, VitalName } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";
import { formatDuration } from "../ui/format.ts";

export const DEVICES = [
  { value: "mobile", label: "phone" },
  { value: "tablet", label: "tablet" },
  { value: "desktop", label: "desktop" },
] as const;

export const deviceText = (device: string): string =>
  DEVICES.find(({ value }) => value === device)?.label ?? "";

/** "1.8 s", or "0.21" for shifts, which have no unit. */
export const vitalText = (name: VitalName, value: number): string =>
  name === "CLS" ? value.toFixed(value < 0.1 ? 3 : 2) : formatDuration(value);

export const RATING_TONES = {
  good: "good",
  "needs-improvement": "warn",
  poor: "bad",
} as const satisfies Record<string, Tone>;

export const ratingText = (rating: keyof typeof RATING_TONES): string =>
  rating === "needs-improvement" ? "needs improvement" : rating;

/** What each vital is, for those who do not live with the abbreviations. */
export const VITAL_TITLES: Readonly<Record<VitalName, string>> = {
  TTFB: "First byte",
  FCP: "First paint",
  LCP: "Largest paint",
  INP: "Slowest interaction",
  CLS: "Largest layout shift",
};

export const NAVIGATIONS: Readonly<Record<NavigationType | "", string>> = {
  "": "",
  navigate: "loaded",
  reload: "reloaded",
  "back-forward": "back or forward",
  "back-forward-cache": "back, from the browser's memory",
  prerender: "rendered ahead",
  restore: "restored tab",
  "soft-navigation": "changed without a load",
};

export const PHASES: Readonly<Record<string, string>> = {
  waitingDuration: "redirects and waiting",
  cacheDuration: "service worker and cache",
  dnsDuration: "name lookup",
  connectionDuration: "connecting",
  requestDuration: "server's answer",
};

/** The last part of an address, which is what tells scripts and images apart. */
export function fileOf(url: string): string {
  return url.split("/").findLast((part) => part !== "") ?? url;
}
