/** What is sent to those who watch the same thing: one topic of one project with the same parameters. */
import type { LiveTopic, RangeKey, TailQuery, VitalsFilter } from "@throughline/contract";
import type { ActionName } from "../access/index.ts";
import type { Scope } from "../engines/telemetry/index.ts";
import type { StoredNotice } from "../ingest/index.ts";

/** What a topic needs; the route itself asks for the least of them. */
export const TOPIC_PERMISSIONS: Readonly<Record<LiveTopic, ActionName>> = {
  overview: "telemetry:read",
  service: "telemetry:read",
  vitals: "telemetry:read",
  errors: "telemetry:read",
  changes: "telemetry:read",
  business: "telemetry:read",
  deployments: "deployments:read",
  tail: "telemetry:read",
  system: "system:read",
};

/** Custom ranges have ended: nothing of them is live. */
export type LiveRange = Exclude<RangeKey, "custom">;

/** Topics that only say that there is news: what a page shows depends on its filter, and it asks for that by itself. */
export type NewsTopic = "errors" | "changes" | "business" | "deployments";

export type Watch =
  | { readonly topic: "overview"; readonly range: LiveRange }
  | { readonly topic: "service"; readonly range: LiveRange; readonly service: string }
  | { readonly topic: "vitals"; readonly range: LiveRange; readonly filter: VitalsFilter }
  | { readonly topic: NewsTopic }
  | { readonly topic: "tail"; readonly query: TailQuery }
  | { readonly topic: "system" };

/** Where a channel gets its events from; it works from creation until `stop`. */
export interface Source {
  /** Rows became readable. */
  stored?(notice: StoredNotice): void;
  /** Budgets of the project were left or met again. */
  budgetsChanged?(): void;
  /** Somebody decided about an error of the project, or a decision ended. */
  errorsChanged?(): void;
  /** A deployment of the project was told, or what is known of it changed. */
  deploymentsChanged?(): void;
  /** Somebody began to watch and knows nothing yet, or nobody does any more. */
  watched(isWatched: boolean): void;
  stop(): void;
}

export type Publish = (data: unknown) => void;

/** Channels with the same key are one. */
export function channelKey({ tenantId, projectId }: Scope, watch: Watch): string {
  const parameters = watchParameters(watch);
  return JSON.stringify([tenantId, projectId, watch.topic, ...parameters]);
}

function watchParameters(watch: Watch): readonly (string | null)[] {
  switch (watch.topic) {
    case "overview":
      return [watch.range];
    case "service":
      return [watch.range, watch.service];
    case "vitals": {
      const { page, device, country, connection, release } = watch.filter;
      return [watch.range, ...[page, device, country, connection, release].map((value) => value ?? null)];
    }
    case "tail": {
      const { kind, service, severity, q } = watch.query;
      return [kind, service ?? null, severity ?? null, q?.toLowerCase() ?? null];
    }
    case "errors":
    case "changes":
    case "business":
    case "deployments":
    case "system":
      return [];
  }
}

/** Each event of these topics replaces the one before; of the tail every event counts. */
export function isState(topic: LiveTopic): boolean {
  return topic !== "tail";
}
