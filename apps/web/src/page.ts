/** What a page is: its address, its data's address on the API, and its component. The registry is `pages.ts`. */

import type { ReadonlySignal } from "@preact/signals";
import type { ComponentType } from "preact";
import type { ApiPaths } from "./data/api.ts";
import type { IconName } from "./ui/Icon.tsx";

export type Params = Readonly<Record<string, string>>;

export const NAV_GROUPS = {
  now: null,
  users: "Users",
  services: "Services",
  changes: "Changes",
  product: "Throughline",
} as const;

export interface NavEntry {
  readonly label: string;
  readonly icon: IconName;
  /** Opens the page behind `g`. */
  readonly key: string;
  readonly group: keyof typeof NAV_GROUPS;
  /** Stands in the bar of a phone, which has room for four. */
  readonly isQuick?: true;
}

/** A key that works on one page only. */
export interface PageKey {
  /** Names of keys, with spaces between. */
  readonly keys: string;
  /** A short sentence without its stop. */
  readonly does: string;
}

export interface PageProps<T> {
  /**
   * What the page's API address answered. Replaced when the person navigates within the page (another range, a filter)
   * and by `useLive`; read `.value` in the component, or make `computed`s of it that touch one text node each.
   */
  readonly data: ReadonlySignal<T>;
  /** Changes `data` in place, e.g. with what a live event brought. */
  readonly update: (change: (data: T) => T) => void;
  readonly params: Params;
  readonly search: URLSearchParams;
}

export interface PageDefinition<T> {
  /** Identifies the page in navigation and tests. */
  readonly id: string;
  /** `/services/:service`; parameters arrive decoded. */
  readonly path: string;
  readonly title: (params: Params) => string;
  /** Whether the range picker applies. */
  readonly hasRange: boolean;
  readonly permission:
    | "telemetry:read"
    | "deployments:read"
    | "system:read"
    | "ingest-keys:read"
    | "projects:write"
    | "members:read"
    | "audit:read"
    | "sso:write"
    | "usage:read"
    | "signed-in"
    | "public";
  /** Stands alone, without navigation: for people who are not signed in. */
  readonly isBare?: boolean;
  /** Where it stands in the navigation, if it does. `parent` names the entry to mark for pages below it. */
  readonly nav?: NavEntry;
  readonly parent?: string;
  /** Its own keys, for the list that `?` opens. */
  readonly keys?: readonly PageKey[];
  /** The API address of its data (or several, by name), or null when it needs none. Pass on only what the API knows. */
  readonly apiPath: (params: Params, search: URLSearchParams) => ApiPaths;
  /** The file that `load` imports, from `apps/web/`: the server preloads its chunk. */
  readonly source: string;
  /** Its code, a chunk of its own: `async () => (await import("./trace/TracePage.tsx")).TracePage`. */
  readonly load: () => Promise<ComponentType<PageProps<T>>>;
}

/** A page whose data type is known to itself only. */
export interface Page extends Omit<PageDefinition<unknown>, "load"> {
  readonly load: () => Promise<ComponentType<PageProps<unknown>>>;
}

/** The API answers with T at a page's `apiPath`; this is the one place that takes its word for it. */
export function definePage<T>(definition: PageDefinition<T>): Page {
  return { ...definition, load: async () => (await definition.load()) as ComponentType<PageProps<unknown>> };
}

/** Parameters that stay when the person moves to another page. */
export const KEPT_PARAMS = ["project", "range", "from", "to"] as const;

/** The query string with only the named parameters (default: those of every page), with its `?`, or nothing. */
export function pickParams(search: URLSearchParams, names: readonly string[] = KEPT_PARAMS): string {
  const kept = new URLSearchParams();
  for (const name of names) {
    const value = search.get(name);
    if (value !== null && value !== "") kept.set(name, value);
  }
  const text = kept.toString();
  return text === "" ? "" : `?${text}`;
}
