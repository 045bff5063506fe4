/** The longest scripts of slow interactions as they were written, where a source map of the release says so. */
import type { GeneratedPlace, Symbolicate } from "../visits/symbolicate.ts";
import type { SlowView } from "./readSlowest.ts";

/** Diagnosis names the most frequent script, which is among the first of many. */
const PLACES_MAX = 40;

export async function withOriginalScripts(
  views: readonly SlowView[],
  symbolicate: Symbolicate,
): Promise<SlowView[]> {
  const asked = new Map<string, ReturnType<Symbolicate>>();
  const originalOf = (release: string, url: string, place: GeneratedPlace): ReturnType<Symbolicate> => {
    const key = JSON.stringify([release, url, place]);
    const known = asked.get(key) ?? (asked.size < PLACES_MAX ? symbolicate(release, url, place) : null);
    if (known === null) return Promise.resolve(null);
    asked.set(key, known);
    return known;
  };
  return await Promise.all(
    views.map(async (view) => {
      const { release, attribution } = view;
      const { longestScriptUrl: url = "", longestScriptCharPosition: at = "" } = attribution;
      const charPosition = Number(at);
      if (url === "" || at === "" || !Number.isInteger(charPosition) || charPosition < 0) return view;
      const original = await originalOf(release, url, { charPosition });
      if (original === null) return view;
      const place = `${original.source}:${original.line}`;
      return { ...view, attribution: { ...attribution, longestScriptUrl: place } };
    }),
  );
}
