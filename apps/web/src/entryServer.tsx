/** Renders pages on the server. Built to `dist/server/entryServer.js`; used by `apps/server/src/http/pages`. */
import { renderToString } from "preact-render-to-string";
import { App } from "./app.tsx";
import { createAppState, type InitialState } from "./data/appState.ts";
import { titleOf } from "./data/navigation.ts";
import { readPreferences } from "./data/preferences.ts";
import { noSuchPage, resolveView } from "./data/resolveView.ts";

export { askAll, readAnswer } from "./data/api.ts";
export { findPage, pages } from "./pages.ts";
export { toSetup, toSignIn } from "./paths.ts";
export { noSuchPage };

export interface RenderedPage {
  readonly title: string;
  /** The chosen theme, or nothing when the system decides. */
  readonly theme: "light" | "dark" | null;
  readonly html: string;
}

export async function renderPage(initial: InitialState, cookies: string | undefined): Promise<RenderedPage> {
  const view = await resolveView(initial.url, initial.problem);
  const preferences = readPreferences(cookies);
  const state = createAppState(initial, view, preferences);
  return {
    title: titleOf(state),
    theme: preferences.theme === "auto" ? null : preferences.theme,
    html: renderToString(<App state={state} />),
  };
}
