/** Says that the list is not everything that came: a tail that leaves lines out in silence is taken for the truth. */
import { Button } from "../ui/Button.tsx";
import { formatCount } from "../ui/format.ts";

export interface Gap {
  /** Came too fast to be sent. */
  readonly lines: number;
  /** The stream was away for longer than what is kept to be sent again. */
  readonly isReloaded: boolean;
}

export const NO_GAP: Gap = { lines: 0, isReloaded: false };

export function GapNote({
  gap: { lines, isReloaded },
  isFiltered,
  onClose,
}: {
  readonly gap: Gap;
  readonly isFiltered: boolean;
  readonly onClose: () => void;
}) {
  const isShown = lines > 0 || isReloaded;
  return (
    <div role="status" class={isShown ? "tail-note" : undefined}>
      {isShown ? (
        <>
          <p>
            {lines > 0
              ? `${formatCount(lines)} ${lines === 1 ? "line" : "lines"} came faster than a page can follow and ${lines === 1 ? "is" : "are"} not in this list${isFiltered ? "; some may not match the filter" : ""}. `
              : null}
            {isReloaded
              ? "The connection was away for too long to catch up: the newest lines were loaded anew, and some in between may be missing. "
              : null}
            All of it is stored.
          </p>
          <Button kind="quiet" onClick={onClose}>
            Got it
          </Button>
        </>
      ) : null}
    </div>
  );
}
