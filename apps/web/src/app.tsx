// First, as they fix the order of the layers.
import "./styles/tokens.css";
import "./styles/base.css";
import { useCallback } from "preact/hooks";
import { AppContext, useApp, type AppState } from "./data/appState.ts";
import { Shell } from "./shell/Shell.tsx";
import { ProblemState } from "./shell/ProblemState.tsx";

export function App({ state }: { readonly state: AppState }) {
  return (
    <AppContext.Provider value={state}>
      <Shell>
        <CurrentPage />
      </Shell>
    </AppContext.Provider>
  );
}

function CurrentPage() {
  const { view, pageData } = useApp();
  const data = pageData.value;
  const { page, content: Content, problem, params, search } = view.value;
  const update = useCallback(
    (change: (value: unknown) => unknown) => {
      data.value = change(data.value);
    },
    [data],
  );
  if (Content === null || problem !== null || page === null) return <ProblemState problem={problem} />;
  // The key gives every page its own state, and keeps it while the person stays on the page.
  return <Content key={page.id} data={data} update={update} params={params} search={search} />;
}
