/** What a source map says of a place in a file that was sent to browsers. */
import type { CodePlace } from "@throughline/contract";

/** By line and column, both from 1, or by the character in the file, from 0. */
export type GeneratedPlace =
  | { readonly line: number; readonly column: number }
  | { readonly charPosition: number };

/** Null where no map of that release and file was uploaded, or it does not say. */
export type Symbolicate = (
  release: string,
  url: string,
  place: GeneratedPlace,
) => Promise<CodePlace["original"]>;
