/** The live hub's overview as an async iterable: a step whenever rows of the project became readable. Nothing is polled. */
import type { Scope } from "../../engines/telemetry/index.ts";
import type { LiveHub, LiveRange } from "../../live/index.ts";

/** As often as for the pages' own stream: what was taken away is gone within 5 s. */
const RECHECK_MS = 800;

export interface LiveStepsOptions {
  readonly hub: LiveHub;
  readonly scope: Scope;
  readonly range: LiveRange;
  readonly ended: AbortSignal;
  readonly isAllowed: () => Promise<boolean>;
}

/** Events that come while one is being answered are one step: each tells only that there is something newer. */
export async function* liveSteps(options: LiveStepsOptions): AsyncGenerator<void> {
  const { hub, scope, range, ended, isAllowed } = options;
  let isDue = false;
  let isOver = ended.aborted;
  let wake = Promise.withResolvers<void>();
  const subscription = hub.subscribe(scope, [{ topic: "overview", range }], undefined, {
    deliver() {
      isDue = true;
      wake.resolve();
    },
  });
  const end = (): void => {
    isOver = true;
    wake.resolve();
  };
  ended.addEventListener("abort", end);
  const recheck = setInterval(() => {
    isAllowed()
      .then((isFine) => {
        if (!isFine) end();
      })
      // While it can't be found out nobody can have been signed out either.
      .catch(() => {});
  }, RECHECK_MS);
  try {
    for (;;) {
      if (isOver) return;
      await wake.promise;
      wake = Promise.withResolvers<void>();
      if (isOver) return;
      if (isDue) {
        isDue = false;
        yield;
      }
    }
  } finally {
    clearInterval(recheck);
    ended.removeEventListener("abort", end);
    subscription.end();
  }
}
