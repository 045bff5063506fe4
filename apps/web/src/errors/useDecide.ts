/** Decisions about errors from a page: sent, said, and taken back from where that is said. */
import type { ErrorState } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { sendApi } from "../data/api.ts";
import { showToast } from "../ui/Toast.tsx";

/** What the API takes as a decision. */
export type Decision =
  | { readonly status: "open" }
  | { readonly status: "resolved"; readonly release?: string | null }
  | { readonly status: "ignored"; readonly untilMs?: number | null; readonly untilCount?: number | null };

export interface Decided {
  readonly fingerprint: string;
  readonly state: ErrorState;
}

export function useDecide(project: string): (error: Decided, decision: Decision) => Promise<void> {
  const { refetch } = useApp();
  const send = async (fingerprint: string, decision: Decision): Promise<string | null> => {
    const { problem } = await sendApi("POST", `/api/errors/${fingerprint}/state`, { project, ...decision });
    void refetch();
    return problem === null ? null : (problem.detail ?? problem.title);
  };
  return async ({ fingerprint, state }, decision) => {
    const refusal = await send(fingerprint, decision);
    if (refusal !== null) return showToast(refusal);
    const word = { open: "open again", resolved: "resolved", ignored: "ignored" }[decision.status];
    showToast(`The error is ${word}.`, {
      label: "Undo",
      run: () => {
        void send(fingerprint, decisionOf(state)).then((failed) =>
          showToast(failed ?? "It is as it was before."),
        );
      },
    });
  };
}

/** The decision that leads to a state; one that came back is open again. */
function decisionOf({ status, resolvedRelease, ignoredCount, ignoredUntilMs }: ErrorState): Decision {
  if (status === "resolved") return { status, release: resolvedRelease };
  if (status === "ignored") return { status, untilCount: ignoredCount, untilMs: ignoredUntilMs };
  return { status: "open" };
}
