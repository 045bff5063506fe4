/**
 * A session lasts until the tab is closed or half an hour passes without anything. It is kept in sessionStorage, never
 * in a cookie; where storage is blocked it lasts as long as the document.
 */
import { isAllowed, options } from "./run.ts";
import { randomHex } from "./values.ts";

const IDLE_MS_MAX = 30 * 60_000;

/** Time of the last use and id. */
let kept = "";

/** The session's id; to ask for it is to use it. */
export function sessionId(): string {
  // Storage may be blocked: to touch it throws, and what is remembered here has to do.
  try {
    if (isAllowed) kept = sessionStorage.throughline ?? kept;
  } catch {}
  const nowMs = Date.now();
  let [lastMs, id] = kept.split(" ");
  if (!id || !(nowMs - Number(lastMs) < IDLE_MS_MAX)) id = randomHex(32);
  kept = `${nowMs} ${id}`;
  try {
    if (isAllowed) sessionStorage.throughline = kept;
  } catch {}
  return id;
}

/** Told by the id, so that all pages of a session agree. The first touch of storage is dear: not while the page loads. */
export function isSampled(): boolean {
  const rate = options?.sampleRate ?? 1;
  return rate >= 1 || Number(`0x${sessionId().slice(0, 8)}`) / 2 ** 32 < rate;
}
