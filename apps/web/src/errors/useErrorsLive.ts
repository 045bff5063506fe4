import type { TimeRange } from "@throughline/contract";
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { useLive } from "../data/live.ts";

/** Between two questions of one page, however many errors come. */
const EVERY_MS = 2000;

/** Asks for the page's own filter anew when errors came or somebody decided; a range that has ended stays as it is. */
export function useErrorsLive(project: string, { key }: TimeRange): void {
  const { refetch } = useApp();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const lastMs = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(key === "custom" ? null : { topics: ["errors"], project, range: key }, {
    errors: () => {
      clearTimeout(timer.current);
      timer.current = setTimeout(
        () => {
          lastMs.current = performance.now();
          void refetch();
        },
        Math.max(0, lastMs.current + EVERY_MS - performance.now()),
      );
    },
  });
}
