import type { Problem } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toOverview } from "../paths.ts";
import { Button, ButtonLink } from "../ui/Button.tsx";
import { ErrorState } from "../ui/States.tsx";

/** A page that could not be shown: what happened, what to do. */
export function ProblemState({ problem }: { readonly problem: Problem | null }) {
  const { refetch } = useApp();
  const { title, detail, status, code, instance } = problem ?? UNKNOWN_PROBLEM;
  const isWorthRetrying = status >= 500 || status === 429;
  return (
    <section class="card">
      <ErrorState
        title={title}
        detail={detail ?? "No more is known."}
        code={[status, code, instance].filter(Boolean).join(" · ")}
        action={
          status === 401 || status === 403 ? undefined : (
            <>
              {isWorthRetrying ? (
                <Button kind="primary" onClick={() => void refetch()}>
                  Try again
                </Button>
              ) : null}
              <ButtonLink href={toOverview(new URLSearchParams())}>Go to the overview</ButtonLink>
            </>
          )
        }
      />
    </section>
  );
}

const UNKNOWN_PROBLEM: Problem = {
  type: "about:blank",
  title: "This page can't be shown",
  status: 500,
  code: "internal",
  detail: "The server's log says why.",
};
