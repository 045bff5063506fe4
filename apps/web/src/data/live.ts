/** The page's one live connection: contract in `packages/contract/src/live.ts`. */
import type {
  LiveNews,
  LiveOverview,
  LiveService,
  LiveTail,
  LiveTopic,
  LiveVitals,
  SystemPage,
} from "@throughline/contract";
import { useEffect, useRef } from "preact/hooks";
import { toSignIn } from "../paths.ts";
import { fetchApi } from "./api.ts";
import { useApp, type AppState } from "./appState.ts";
import { measure, sample } from "./measure.ts";

/** Becomes the stream's query; what is undefined is left out. */
export interface Subscription {
  readonly topics: readonly LiveTopic[];
  readonly project: string;
  readonly range?: string;
  readonly service?: string | undefined;
  readonly kind?: string | undefined;
  readonly severity?: string | undefined;
  readonly q?: string | undefined;
  readonly page?: string | undefined;
  readonly device?: string | undefined;
  readonly country?: string | undefined;
  readonly connection?: string | undefined;
  readonly release?: string | undefined;
}

export interface LiveHandlers {
  readonly overview?: (event: LiveOverview) => void;
  readonly service?: (event: LiveService) => void;
  readonly vitals?: (event: LiveVitals) => void;
  readonly errors?: (event: LiveNews) => void;
  readonly changes?: (event: LiveNews) => void;
  readonly business?: (event: LiveNews) => void;
  readonly deployments?: (event: LiveNews) => void;
  readonly tail?: (event: LiveTail) => void;
  readonly system?: (event: SystemPage) => void;
  /** More was missed than can be sent again: the page is fetched anew. */
  readonly resync?: () => void;
}

const TOPICS = [
  "overview",
  "service",
  "vitals",
  "errors",
  "changes",
  "business",
  "deployments",
  "tail",
  "system",
] as const satisfies readonly LiveTopic[];
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;

/**
 * Hears of changes while the page is seen. A stream that breaks is opened again with backoff and jitter and asks for what
 * it missed; when that is too much, the page is fetched again.
 * @param subscription null: nothing to hear of
 */
export function useLive(subscription: Subscription | null, handlers: LiveHandlers): void {
  const app = useApp();
  const latest = useRef(handlers);
  latest.current = handlers;
  const query = subscription === null ? null : queryOf(subscription);
  useEffect(() => {
    if (query === null) return;
    const close = openLive(app, query, () => latest.current);
    return () => {
      close();
      app.liveStatus.value = "off";
    };
  }, [app, query]);
}

function queryOf({ topics, ...rest }: Subscription): string {
  const search = new URLSearchParams({ topics: topics.join() });
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) search.set(name, value);
  return search.toString();
}

async function leaveWhenSignedOut(app: AppState): Promise<void> {
  if (app.session?.person == null) return;
  const { data } = await fetchApi("/api/me");
  if (typeof data === "object" && data !== null && "person" in data && data.person === null)
    location.assign(toSignIn(location.pathname + location.search));
}

/** @returns closes it for good */
function openLive(app: AppState, query: string, handlers: () => LiveHandlers): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastId = "";
  let failures = 0;
  let brokenAtMs: number | null = null;

  function open(): void {
    clearTimeout(timer);
    source?.close();
    const after = lastId === "" ? "" : `&after=${encodeURIComponent(lastId)}`;
    const opened = (source = new EventSource(`/api/admin/dashboard/stream?${query}${after}`));
    const on = (name: string, work: (event: MessageEvent<string>) => void): void =>
      opened.addEventListener(name, (event: MessageEvent<string>) => {
        if (event.lastEventId !== "") lastId = event.lastEventId;
        work(event);
      });
    on("connected", ({ data }) => {
      const { tenantId } = JSON.parse(data);
      // Chosen elsewhere while this page was away: its numbers are another organisation's.
      if (app.session !== null && tenantId !== app.session.tenantId) return location.assign("/");
      failures = 0;
      if (brokenAtMs !== null) measure("dashboard.sse_reconnect", { gapMs: performance.now() - brokenAtMs });
      brokenAtMs = null;
      app.liveStatus.value = "live";
    });
    on("reconnect", open);
    on("resync", () => {
      handlers().resync?.();
      void app.refetch();
    });
    for (const topic of TOPICS) {
      on(topic, ({ data }) => {
        const event = JSON.parse(data);
        if (typeof event.oldestReceivedAtMs === "number") {
          app.behindMs.value = event.atMs - event.oldestReceivedAtMs;
          sample("dashboard.data_age", app.behindMs.value);
        }
        handlers()[topic]?.(event);
      });
    }
    opened.addEventListener("error", () => {
      // Its own retry knows neither backoff nor the id in the address.
      opened.close();
      if (opened !== source) return;
      app.liveStatus.value = "reconnecting";
      brokenAtMs ??= performance.now();
      const longestMs = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);
      failures++;
      // A browser does not tell why: when the session has ended, no later attempt gets through either.
      if (failures === 2) void leaveWhenSignedOut(app);
      timer = setTimeout(open, longestMs * (0.5 + Math.random() / 2));
    });
  }

  function close(): void {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  function onVisibility(): void {
    if (document.hidden) {
      close();
      app.liveStatus.value = "paused";
    } else if (source === null) {
      app.liveStatus.value = "connecting";
      open();
    }
  }

  document.addEventListener("visibilitychange", onVisibility);
  app.liveStatus.value = "connecting";
  onVisibility();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    close();
  };
}
