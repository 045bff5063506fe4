/** Removes sessions and links that have ended: they hold addresses and names of browsers, and nobody needs them any more. */
import type { ControlStore } from "../engines/control/store.ts";
import { IDLE_DAYS_MAX } from "./principals.ts";

const EVERY_MS = 3_600_000;
/** Open invitations are listed as expired for a while, so that somebody can see why a link does not work. */
const EXPIRED_INVITATION_DAYS = 30;
const USAGE_DAYS = 400;

export interface Housekeeping {
  run(): Promise<void>;
  close(): void;
}

/** Several instances may do it at the same moment without harm. */
export function startHousekeeping(control: ControlStore): Housekeeping {
  const run = async (): Promise<void> => {
    await control.query(
      "delete from sessions where expires_at < now() or last_seen_at < now() - make_interval(days => $1)",
      [IDLE_DAYS_MAX],
    );
    await control.query("delete from verifications where expires_at < now()");
    await control.query("delete from invitations where expires_at < now() - make_interval(days => $1)", [
      EXPIRED_INVITATION_DAYS,
    ]);
    await control.query("delete from usage_days where day < current_date - $1::int", [USAGE_DAYS]);
  };
  // A store that is down shows in its own health; what has ended counts for nothing, removed or not.
  const timer = setInterval(() => void run().catch(() => undefined), EVERY_MS);
  timer.unref();
  return { run, close: () => clearInterval(timer) };
}
