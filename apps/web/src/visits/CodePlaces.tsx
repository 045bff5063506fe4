import type { CodePlace } from "@throughline/contract";
import { fileOf } from "./words.ts";

/** Places in code: as the source map says, or as the browser saw them. */
export function CodePlaces({
  places,
}: {
  readonly places: readonly { readonly place: CodePlace; readonly note: string }[];
}) {
  if (places.length === 0) return null;
  return (
    <ol class="code-places">
      {places.map(({ place, note }, index) => (
        <li key={index}>
          <code title={place.url}>{textOf(place)}</code> <span class="muted">{note}</span>
        </li>
      ))}
    </ol>
  );
}

function textOf({ original, functionName, url, line, column }: CodePlace): string {
  if (original !== null)
    return `${original.name ?? functionName} ${original.source}:${original.line}:${original.column}`.trim();
  const at = line === null ? "" : `:${line}:${column ?? 1}`;
  return `${functionName} ${fileOf(url)}${at}`.trim();
}
