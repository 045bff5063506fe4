/** Reads a source map that somebody sent, and refuses what would cost too much later. https://tc39.es/ecma426/ */
import { AnyMap, encodedMap, type SectionedSourceMapInput } from "@jridgewell/trace-mapping";
import { z } from "zod";
import { AccessError } from "../access/index.ts";

const SOURCES_MAX = 20_000;
const NAMES_MAX = 200_000;
/** Each becomes an array when a place is looked up. */
const SEGMENTS_MAX = 2_000_000;
const SECTIONS_MAX = 2000;
const LINES_MAX = 500_000;

const text = z.string().max(4096);
const plainMap = z.object({
  version: z.literal(3),
  sources: z.array(text.nullable()).max(SOURCES_MAX),
  sourceRoot: text.nullish(),
  names: z.array(text).max(NAMES_MAX).default([]),
  mappings: z.string().regex(/^[A-Za-z0-9+/,;]*$/, { error: "is not base 64 VLQ text" }),
});
/** Sections in sections are allowed by no tool that makes them, and could go on for ever. */
const sectionedMap = z.object({
  version: z.literal(3),
  sections: z
    .array(z.object({ offset: z.object({ line: place(), column: place() }), map: plainMap }))
    .min(1)
    .max(SECTIONS_MAX),
});

function place() {
  return z
    .number()
    .int()
    .min(0)
    .max(LINES_MAX * 100);
}

export interface PlainMap {
  readonly version: 3;
  readonly sources: readonly (string | null)[];
  readonly names: readonly string[];
  readonly mappings: string;
}

/** @throws {AccessError} invalid_input, saying what is wrong with it */
export function parseSourceMap(given: unknown): PlainMap {
  const isSectioned = typeof given === "object" && given !== null && "sections" in given;
  const read = (isSectioned ? sectionedMap : plainMap).safeParse(given);
  if (!read.success) {
    const [issue] = read.error.issues;
    throw refused(`${["map", ...(issue?.path ?? [])].join(".")}: ${issue?.message ?? "can't be read"}`);
  }
  const map = read.data;
  const parts = "sections" in map ? map.sections.map((section) => section.map) : [map];
  if (parts.reduce((sum, { mappings }) => sum + segmentsOf(mappings), 0) > SEGMENTS_MAX)
    throw refused(`map.mappings: more than ${SEGMENTS_MAX} segments`);
  if ("sections" in map && map.sections.some(({ offset }) => offset.line > LINES_MAX))
    throw refused(`map.sections: beyond line ${LINES_MAX}`);
  try {
    // Also joins sourceRoot and sources, and flattens sections.
    const { sources, names, mappings } = encodedMap(new AnyMap(map as SectionedSourceMapInput));
    const root = "sections" in map ? "" : (map.sourceRoot ?? "");
    return {
      version: 3,
      sources: sources.map((source) =>
        source === null || root === "" ? source : `${root.replace(/\/$/, "")}/${source}`,
      ),
      names,
      mappings,
    };
  } catch (error) {
    throw refused(`map.mappings: ${error instanceof Error ? error.message : "can't be decoded"}`);
  }
}

/** Where each line of the file begins, in characters. @throws {AccessError} invalid_input */
export function lineStartsOf(code: string): number[] {
  const starts = [0];
  for (let at = code.indexOf("\n"); at !== -1; at = code.indexOf("\n", at + 1)) {
    starts.push(at + 1);
    if (starts.length > LINES_MAX) throw refused(`code: more than ${LINES_MAX} lines`);
  }
  return starts;
}

function segmentsOf(mappings: string): number {
  let count = 1;
  for (let index = 0; index < mappings.length; index++) {
    const code = mappings.charCodeAt(index);
    if (code === COMMA || code === SEMICOLON) count++;
  }
  return count;
}
const COMMA = 44;
const SEMICOLON = 59;

const refused = (detail: string): AccessError => new AccessError("invalid_input", detail);
