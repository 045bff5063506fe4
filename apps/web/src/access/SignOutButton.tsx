import { useSignOut } from "../data/useSignOut.ts";
import { Button } from "../ui/Button.tsx";

/**
 * @param next where to go after signing in again
 * @param label what it is for, where that is more than leaving
 */
export function SignOutButton({
  next,
  label = "Sign out",
}: {
  readonly next?: string;
  readonly label?: string;
}) {
  const { isSending, signOut } = useSignOut(next);
  return (
    <Button disabled={isSending.value} onClick={signOut}>
      {label}
    </Button>
  );
}
