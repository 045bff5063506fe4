/** States and events of errors in words. */
import type { ErrorEvent, ErrorState } from "@throughline/contract";
import type { Tone } from "../ui/Badge.tsx";

export const STATE_TONES: Readonly<Record<ErrorState["status"], Tone>> = {
  open: "neutral",
  regressed: "bad",
  resolved: "good",
  ignored: "neutral",
};

export const FILTER_STATES = [
  { value: "unresolved", label: "unresolved" },
  { value: "regressed", label: "came back" },
  { value: "open", label: "open" },
  { value: "resolved", label: "resolved" },
  { value: "ignored", label: "ignored" },
  { value: "all", label: "all" },
] as const;

export const SORTS = [
  { value: "last", label: "last seen" },
  { value: "count", label: "how often" },
  { value: "users", label: "users affected" },
  { value: "first", label: "first seen" },
] as const;

/** The badge's word. */
export function stateWord({ status, resolvedRelease }: ErrorState): string {
  if (status === "regressed") return "came back";
  return status === "resolved" && resolvedRelease !== null ? `resolved in ${resolvedRelease}` : status;
}

/** What its state means for what comes. */
export function stateText({ status, resolvedRelease, ignoredCount, ignoredUntilMs }: ErrorState): string {
  if (status === "regressed") return "It was resolved and has been seen again.";
  if (status === "resolved")
    return resolvedRelease === null
      ? "It counts as come back when it is seen again."
      : `It counts as come back when it is seen in ${resolvedRelease} or a later release.`;
  if (status === "ignored") {
    if (ignoredCount === null && ignoredUntilMs === null) return "It stays ignored however often it is seen.";
    const parts = [
      ignoredCount === null ? "" : `it was seen ${ignoredCount} times more`,
      ignoredUntilMs === null
        ? ""
        : `${new Date(ignoredUntilMs).toISOString().slice(0, 16).replace("T", " ")} UTC`,
    ].filter((text) => text !== "");
    return `It is ignored until ${parts.join(" or ")}.`;
  }
  return "Nobody has resolved it yet.";
}

export function eventText({ kind, release, owner, by }: ErrorEvent): string {
  const who = by ?? "Throughline";
  const inRelease = release === "" ? "" : ` in ${release}`;
  switch (kind) {
    case "first-seen":
      return `First seen${inRelease}`;
    case "regressed":
      return `Came back${inRelease}`;
    case "ignore-ended":
      return "Is ignored no longer";
    case "resolved":
      return `${who} resolved it${inRelease}`;
    case "ignored":
      return `${who} ignored it`;
    case "reopened":
      return `${who} reopened it`;
    case "assigned":
      return `${who} gave it to ${owner ?? "nobody"}`;
  }
}

export const eventTone = (kind: ErrorEvent["kind"]): Tone =>
  kind === "regressed" ? "bad" : kind === "resolved" ? "good" : kind === "first-seen" ? "warn" : "neutral";

/** How many people it met: users where they are known, else sessions. */
export function affected({
  users,
  sessions,
}: {
  readonly users: number | null;
  readonly sessions: number | null;
}): { readonly count: number; readonly unit: "users" | "sessions" } | null {
  if (users !== null) return { count: users, unit: "users" };
  return sessions === null ? null : { count: sessions, unit: "sessions" };
}
