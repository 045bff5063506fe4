import { useSend } from "../data/useSend.ts";
import { toSignIn } from "../paths.ts";
import { Button } from "../ui/Button.tsx";
import { showToast } from "../ui/Toast.tsx";

/**
 * Ends the session, and loads a document that knows nothing of it.
 * @param next where to go after signing in again
 */
export function SignOutButton({ next }: { readonly next?: string }) {
  const { isSending, send } = useSend();
  const signOut = async (): Promise<void> => {
    const answer = await send("POST", "/api/auth/sign-out");
    if (answer === null) return;
    // 401: it had ended already.
    if (answer.problem === null || answer.problem.status === 401) location.assign(toSignIn(next));
    else showToast(answer.problem.detail ?? answer.problem.title);
  };
  return (
    <Button disabled={isSending.value} onClick={() => void signOut()}>
      Sign out
    </Button>
  );
}
