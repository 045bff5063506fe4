import type { ErrorRow } from "@throughline/contract";
import { useApp } from "../data/appState.ts";
import { toError, toTrace } from "../paths.ts";
import { Age } from "../ui/Time.tsx";
import { formatShortCount } from "../ui/format.ts";
import "./errors.css";

/** The latest errors, alike ones together. */
export function ErrorList({ errors }: { readonly errors: readonly ErrorRow[] }) {
  const { search } = useApp().view.value;
  if (errors.length === 0) return <p class="errors-none">No errors in this range.</p>;
  return (
    <ol class="errors">
      {errors.map((error) => (
        <li key={error.fingerprint}>
          <p class="errors-type">
            {error.type || "Error"} <span class="muted">× {formatShortCount(error.count)}</span>
          </p>
          <p class="errors-message" title={error.message}>
            {isKnown(error) ? (
              <a href={toError(error.fingerprint, search)}>{error.message || "(no message)"}</a>
            ) : error.traceId === null ? (
              error.message || "(no message)"
            ) : (
              <a href={toTrace(error.traceId, search)}>{error.message || "(no message)"}</a>
            )}
          </p>
          <p class="errors-place muted">
            {error.service}
            {error.route === "" ? "" : ` · ${error.route}`} · <Age ms={error.lastSeenMs} />
          </p>
        </li>
      ))}
    </ol>
  );
}

/** Routes that failed without telling why have no page of their own: their fingerprint is no number. */
const isKnown = ({ fingerprint }: ErrorRow): boolean => /^\d{1,20}$/.test(fingerprint);
