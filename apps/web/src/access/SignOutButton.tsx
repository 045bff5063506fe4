import { useSignOut } from "../data/useSignOut.ts";
import { Button } from "../ui/Button.tsx";

/** @param next where to go after signing in again */
export function SignOutButton({ next }: { readonly next?: string }) {
  const { isSending, signOut } = useSignOut(next);
  return (
    <Button disabled={isSending.value} onClick={signOut}>
      Sign out
    </Button>
  );
}
