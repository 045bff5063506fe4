import type { LiveTopic } from "@throughline/contract";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "./appState.ts";
import { useLive } from "./live.ts";

/** Between two questions of one page, however much comes. */
const EVERY_MS = 2000;

/**
 * Asks for the page's own filter anew when the stream tells of news; never while the page is hidden.
 * @param rangeKey a range that has ended ("custom") stays as it is
 * @param everyMs longer for pages whose question is a heavy one
 */
export function useNews(
  topic: Extract<LiveTopic, "errors" | "changes" | "business" | "deployments">,
  project: string,
  rangeKey: string,
  everyMs = EVERY_MS,
): void {
  const { refetch, isNavigating } = useApp();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const lastMs = useRef(Number.NEGATIVE_INFINITY);
  const isOld = useRef(false);
  function ask(): void {
    // Its news waits until somebody looks: the stream would not tell of it again.
    if (document.hidden) return;
    // The answer on its way may be from before these news.
    if (isNavigating.value) return plan();
    lastMs.current = performance.now();
    isOld.current = false;
    void refetch();
  }
  function plan(): void {
    clearTimeout(timer.current);
    isOld.current = true;
    const now = performance.now();
    const waitMs = Math.max(isNavigating.value ? everyMs : 0, lastMs.current + everyMs - now);
    timer.current = setTimeout(ask, waitMs);
  }
  useEffect(() => {
    const onVisibility = (): void => {
      if (!document.hidden && isOld.current) plan();
    };
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(timer.current);
    };
  }, []);
  useLive(rangeKey === "custom" ? null : { topics: [topic], project, range: rangeKey }, { [topic]: plan });
}
