/** What every part of the page may read and change. One object a page load; signals, so that only what changed renders. */
import type { Problem, Project, SessionState } from "@throughline/contract";
import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext, type ComponentType } from "preact";
import { useContext } from "preact/hooks";
import type { Page, PageProps, Params } from "../page.ts";
import type { Preferences, Theme, Zone } from "./preferences.ts";

export type { Theme, Zone };

/** What the server embeds in the HTML, and the browser starts from. */
export interface InitialState {
  /** Path and query. */
  readonly url: string;
  /** What the page's API address answered; null with a problem. */
  readonly data: unknown;
  readonly problem: Problem | null;
  readonly projects: readonly Project[];
  /** Who asks, and what they may do; null where the server has no sign-in. */
  readonly session: SessionState | null;
  readonly installation: Installation;
  /** The clock of the HTML: ages are counted from here until the browser's own clock takes over. */
  readonly renderedAtMs: number;
}

export interface Installation {
  readonly version: string;
  /** Where pages and API are reached, without a slash at the end. */
  readonly pagesUrl: string;
  readonly otlpHttpUrl: string;
  readonly otlpGrpcUrl: string | null;
  /** Whether these pages report their own speed. */
  readonly isMeasured: boolean;
}

/** `off`: this page has nothing live, e.g. a range that has ended. */
export type LiveStatus = "off" | "connecting" | "live" | "reconnecting" | "paused";

/** The page that is shown, and for which address. */
export interface View {
  readonly path: string;
  readonly search: URLSearchParams;
  readonly params: Params;
  /** null: no page has this address. */
  readonly page: Page | null;
  readonly content: ComponentType<PageProps<unknown>> | null;
  readonly problem: Problem | null;
}

export interface AppState {
  readonly view: Signal<View>;
  /**
   * The data of the page that is shown. Another page gets another signal (`pageData` is replaced), so that nothing of
   * the page that is left ever computes with the next one's data.
   */
  readonly pageData: Signal<Signal<unknown>>;
  readonly data: ReadonlySignal<unknown>;
  readonly projects: Signal<readonly Project[]>;
  /** As of the page load: whoever signs in or out, or changes organisations, loads a new one. */
  readonly session: SessionState | null;
  readonly installation: Installation;
  /** The zone times are shown in now: UTC until hydration is done. */
  readonly zone: Signal<Zone>;
  readonly chosenZone: Signal<Zone>;
  readonly theme: Signal<Theme>;
  readonly nowMs: Signal<number>;
  readonly isNavigating: Signal<boolean>;
  readonly isHelpOpen: Signal<boolean>;
  readonly liveStatus: Signal<LiveStatus>;
  /** From a row's arrival at the server to the event that told of it; null before the first event. */
  readonly behindMs: Signal<number | null>;
  /** Shows the address without loading a document; does nothing on the server. */
  readonly navigate: (url: string) => Promise<void>;
  /** Changes the address of the shown page without asking for data: for what the page knows already. */
  readonly replaceSearch: (search: URLSearchParams) => void;
  /** Asks for the data of the shown page again. */
  readonly refetch: () => Promise<void>;
}

const nothing = async (): Promise<void> => {};

export function createAppState(initial: InitialState, view: View, preferences: Preferences): AppState {
  const pageData = signal(signal(initial.data));
  return {
    view: signal(view),
    pageData,
    data: computed(() => pageData.value.value),
    projects: signal(initial.projects),
    session: initial.session,
    installation: initial.installation,
    zone: signal<Zone>("utc"),
    chosenZone: signal(preferences.zone),
    theme: signal(preferences.theme),
    nowMs: signal(initial.renderedAtMs),
    isNavigating: signal(false),
    isHelpOpen: signal(false),
    liveStatus: signal<LiveStatus>("off"),
    behindMs: signal<number | null>(null),
    navigate: nothing,
    replaceSearch: () => {},
    refetch: nothing,
  };
}

export const AppContext = createContext<AppState | null>(null);

/** @throws outside of `<App>` */
export function useApp(): AppState {
  const state = useContext(AppContext);
  if (state === null) throw new Error("useApp is for components inside of <App>.");
  return state;
}

/** Whether the person may do this here: what they may not is not offered. The server decides in any case. */
export function useMay(): (permission: string) => boolean {
  const { session } = useApp();
  return (permission) => session?.permissions.includes(permission) === true;
}
