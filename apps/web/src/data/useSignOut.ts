import { toSignIn } from "../paths.ts";
import { showToast } from "../ui/Toast.tsx";
import { useSend, type Sending } from "./useSend.ts";

/**
 * Ends the session, and loads a document that knows nothing of it.
 * @param next where to go after signing in again
 */
export function useSignOut(next?: string): {
  readonly isSending: Sending["isSending"];
  readonly signOut: () => void;
} {
  const { isSending, send } = useSend();
  const signOut = async (): Promise<void> => {
    const answer = await send("POST", "/api/auth/sign-out");
    if (answer === null) return;
    // 401: it had ended already.
    if (answer.problem === null || answer.problem.status === 401) location.assign(toSignIn(next));
    else showToast(answer.problem.detail ?? answer.problem.title);
  };
  return { isSending, signOut: () => void signOut() };
}
