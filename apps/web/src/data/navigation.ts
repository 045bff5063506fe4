/** Moves between pages without loading documents: links, back and forward, scroll positions, titles, focus. */
import { batch, signal } from "@preact/signals";
import { findPage } from "../pages.ts";
import { toSignIn } from "../paths.ts";
import { askAll, fetchApi, type Answer } from "./api.ts";
import type { AppState, View } from "./appState.ts";
import { resolveView } from "./resolveView.ts";

export function titleOf({ view }: AppState): string {
  const { page, params, problem } = view.value;
  if (page === null) return `${problem?.title ?? "Not found"} · Throughline`;
  return `${page.title(params)} · Throughline`;
}

/** Takes over the browser's links and history. @returns the state that can navigate */
export function startNavigation(initial: AppState): AppState {
  let running: AbortController | null = null;
  let entry = entryOf(history.state) ?? newEntry();
  const positions = new Map<string, number>();
  history.replaceState({ entry }, "");
  history.scrollRestoration = "manual";
  // After a reload the browser itself knows best where the person was.
  addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
  addEventListener("pageshow", () => (history.scrollRestoration = "manual"));

  /** @param onReady called when all is loaded, before it is shown. @returns false when another navigation overtook this one, or when the document is loaded instead */
  async function show(url: string, onReady: () => void = () => {}): Promise<boolean> {
    running?.abort();
    const { signal: aborted } = (running = new AbortController());
    state.isNavigating.value = true;
    try {
      const answer = await askFor(url, aborted);
      const view = await resolveView(url, answer.problem);
      if (aborted.aborted) return false;
      const door = doorOf(answer, url);
      if (door !== null && state.session !== null) {
        location.assign(door);
        return false;
      }
      onReady();
      apply(view, answer);
      return true;
    } catch {
      // The code of the page is gone: a new version was deployed. Its document names the new files.
      if (!aborted.aborted) location.assign(url);
      return false;
    } finally {
      if (!aborted.aborted) state.isNavigating.value = false;
    }
  }

  function apply(view: View, answer: Answer): void {
    const isSamePage = view.page === state.view.value.page && state.view.value.problem === null;
    batch(() => {
      if (isSamePage && answer.problem === null) state.pageData.value.value = answer.data;
      else state.pageData.value = signal(answer.data);
      if (!isSamePage) state.behindMs.value = null;
      state.view.value = view;
    });
    document.title = titleOf(state);
  }

  async function navigate(url: string): Promise<void> {
    const { pathname } = new URL(url, location.href);
    const isElsewhere = pathname !== state.view.value.path || state.view.value.problem !== null;
    // The address changes with the page: until then what is seen has its own.
    const isShown = await show(url, () => {
      positions.set(entry, scrollY);
      entry = newEntry();
      history.pushState({ entry }, "", url);
    });
    if (!isShown) return;
    await rendered();
    if (!isElsewhere) return;
    scrollTo(0, 0);
    // A quick person may be typing into the new page already.
    if (document.activeElement?.matches("input, select, textarea") === true) return;
    document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }

  function replaceSearch(search: URLSearchParams): void {
    const text = search.toString();
    history.replaceState(history.state, "", location.pathname + (text === "" ? "" : `?${text}`));
    state.view.value = { ...state.view.value, search };
  }

  async function refetch(): Promise<void> {
    // What is on its way is newer.
    if (!state.isNavigating.value) await show(location.pathname + location.search);
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const url = link === null ? null : urlToShow(event, link);
    if (url === null) return;
    event.preventDefault();
    link?.closest<HTMLElement>("[popover]")?.hidePopover();
    void navigate(url);
  });
  addEventListener("popstate", (event) => {
    // A jump within the page is an entry of the browser's own making.
    const target = entryOf(event.state);
    if (target === null) return;
    positions.set(entry, scrollY);
    entry = target;
    void show(location.pathname + location.search).then(async (isShown) => {
      if (!isShown) return;
      await rendered();
      scrollTo(0, positions.get(target) ?? 0);
    });
  });

  const state: AppState = { ...initial, navigate, replaceSearch, refetch };
  return state;
}

/** Where a page goes that is over: its session has ended meanwhile, or the person has left its organisation. */
function doorOf({ problem }: Answer, url: string): string | null {
  if (problem?.code === "sign_in_required") return toSignIn(url);
  return problem?.code === "unknown_organisation" ? "/" : null;
}

async function askFor(url: string, aborted: AbortSignal): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, location.href);
  const found = findPage(pathname);
  const paths = found?.page.apiPath(found.params, searchParams) ?? null;
  return await askAll(paths, (path) => fetchApi(path, aborted));
}

/** The address of a plain click on a link to a page of the product; null for what the browser does itself. */
function urlToShow(event: MouseEvent, link: HTMLAnchorElement): string | null {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (
    !isPlain ||
    event.defaultPrevented ||
    (link.getAttribute("target") ?? "") !== "" ||
    link.hasAttribute("download")
  )
    return null;
  // By its attribute: a link within a drawing has no text as `href`.
  const { origin, pathname, search, hash } = new URL(link.getAttribute("href") ?? "", location.href);
  if (origin !== location.origin || findPage(pathname) === null) return null;
  const isJump = hash !== "" && pathname === location.pathname && search === location.search;
  return isJump ? null : pathname + search + hash;
}

function entryOf(historyState: unknown): string | null {
  return typeof historyState === "object" &&
    historyState !== null &&
    "entry" in historyState &&
    typeof historyState.entry === "string"
    ? historyState.entry
    : null;
}

/** `crypto.randomUUID` exists on https and localhost only; these need to differ within one tab. */
let entries = 0;
const newEntry = (): string => `${Date.now()}-${entries++}`;

/** Components render in a microtask after a signal changed. */
const rendered = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));
