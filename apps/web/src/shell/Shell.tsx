/** What surrounds every page: navigation, the page's head with range and live state, keys, messages. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { ClockContext } from "../ui/Time.tsx";
import { Toast } from "../ui/Toast.tsx";
import { KeyboardHelp, useShortcuts } from "./Keyboard.tsx";
import { LiveIndicator } from "./LiveIndicator.tsx";
import { Navigation } from "./Navigation.tsx";
import { Preferences } from "./Preferences.tsx";
import { ProjectSwitcher } from "./ProjectSwitcher.tsx";
import { RangePicker } from "./RangePicker.tsx";
import "./shell.css";

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const app = useApp();
  const { view, zone, nowMs, isNavigating } = app;
  useShortcuts(app);
  const clock = useMemo(() => ({ zone, nowMs }), [zone, nowMs]);
  const { page, params, problem } = view.value;
  return (
    <ClockContext.Provider value={clock}>
      <a class="skip unseen" href="#content">
        Skip to the content
      </a>
      <div class="shell">
        <header class="side">
          <div class="side-inner">
            <a class="brand" href="/">
              <svg viewBox="0 0 24 24" aria-hidden="true">
                <path d="M2 17c5 0 4-10 9-10s4 10 11 10" />
                <circle cx="11" cy="7" r="2" />
              </svg>
              Throughline
            </a>
            <ProjectSwitcher />
            <Navigation />
            <Preferences />
          </div>
        </header>
        <main id="content" tabIndex={-1} aria-busy={isNavigating.value}>
          <header class="head">
            <h1 tabIndex={-1}>{problem !== null || page === null ? "Throughline" : page.title(params)}</h1>
            <LiveIndicator />
            {page?.hasRange === true ? <RangePicker /> : null}
          </header>
          {children}
        </main>
      </div>
      <div class={`progress ${isNavigating.value ? "progress-on" : ""}`} aria-hidden="true" />
      <KeyboardHelp />
      <Toast />
    </ClockContext.Provider>
  );
}
