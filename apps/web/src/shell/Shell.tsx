/** What surrounds every page: navigation, the page's head with range and live state, keys, messages. */
import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { useApp } from "../data/appState.ts";
import { toSetup } from "../paths.ts";
import { ClockContext } from "../ui/Time.tsx";
import { Toast } from "../ui/Toast.tsx";
import { AccountMenu } from "./AccountMenu.tsx";
import { BareShell } from "./BareShell.tsx";
import { Brand } from "./Brand.tsx";
import { KeyboardHelp, useShortcuts } from "./Keyboard.tsx";
import { LiveIndicator } from "./LiveIndicator.tsx";
import { Navigation } from "./Navigation.tsx";
import { Preferences } from "./Preferences.tsx";
import { ProjectSwitcher } from "./ProjectSwitcher.tsx";
import { QuotaBanner } from "./QuotaBanner.tsx";
import { RangePicker } from "./RangePicker.tsx";
import "./shell.css";

export function Shell({ children }: { readonly children: ComponentChildren }) {
  const app = useApp();
  const { view, zone, nowMs, isNavigating } = app;
  useShortcuts(app);
  const clock = useMemo(() => ({ zone, nowMs }), [zone, nowMs]);
  const { page, params, problem } = view.value;
  if (page?.isBare === true && problem === null) {
    return (
      <ClockContext.Provider value={clock}>
        <BareShell title={page.title(params)}>{children}</BareShell>
        <KeyboardHelp />
        <Toast />
      </ClockContext.Provider>
    );
  }
  return (
    <ClockContext.Provider value={clock}>
      <a class="skip unseen" href="#content">
        Skip to the content
      </a>
      <div class="shell">
        <header class="side">
          <div class="side-inner">
            <Brand />
            <ProjectSwitcher />
            <Navigation />
            <AccountMenu />
            <Preferences />
          </div>
        </header>
        <main id="content" tabIndex={-1} aria-busy={isNavigating.value}>
          <header class="head">
            <h1 tabIndex={-1}>{problem !== null || page === null ? "Throughline" : page.title(params)}</h1>
            <LiveIndicator />
            {page?.hasRange === true ? <RangePicker /> : null}
          </header>
          <SetupBanner />
          <QuotaBanner />
          {children}
        </main>
      </div>
      <div class={`progress ${isNavigating.value ? "progress-on" : ""}`} aria-hidden="true" />
      <KeyboardHelp />
      <Toast />
    </ClockContext.Provider>
  );
}

/** As long as nobody can sign in, whoever is on this machine sees everything, and should know. */
function SetupBanner() {
  const { session } = useApp();
  if (session?.isSetupNeeded !== true) return null;
  return (
    <p class="setup-banner" role="note">
      <span>No account exists yet, so whoever is on this machine sees these pages.</span>
      <a href={toSetup()}>Create the owner account</a>
    </p>
  );
}
