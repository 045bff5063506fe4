/** Starts in the browser on the HTML that the server rendered. */
import { hydrate } from "preact";
import { App } from "./app.tsx";
import { speakFor } from "./data/api.ts";
import { createAppState, type InitialState } from "./data/appState.ts";
import { measure, startMeasuring } from "./data/measure.ts";
import { startNavigation } from "./data/navigation.ts";
import { followOrganisation } from "./data/organisation.ts";
import { readPreferences } from "./data/preferences.ts";
import { resolveView } from "./data/resolveView.ts";

const CLOCK_MS = 10_000;

async function start(): Promise<void> {
  const root = document.getElementById("root");
  const embedded = document.getElementById("state")?.textContent;
  if (root === null || embedded == null) throw new Error("The page came without its content.");
  const initial: InitialState = JSON.parse(embedded);
  const tenantId = initial.session?.tenantId ?? null;
  speakFor(tenantId);
  followOrganisation(tenantId);
  const view = await resolveView(initial.url, initial.problem);
  const state = startNavigation(createAppState(initial, view, readPreferences(document.cookie)));
  const beganMs = performance.now();
  hydrate(<App state={state} />, root);
  measure("dashboard.render", { durationMs: performance.now() - beganMs, page: view.page?.id ?? "none" });
  // From here on what only a browser knows: its time zone and its clock.
  state.zone.value = state.chosenZone.value;
  const tick = (): void => {
    if (!document.hidden) state.nowMs.value = Date.now();
  };
  tick();
  setInterval(tick, CLOCK_MS);
  document.addEventListener("visibilitychange", tick);
  document.documentElement.dataset.ready = "";
  if (state.installation.isMeasured) void startMeasuring(state.installation.version);
}

void start();
