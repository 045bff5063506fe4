/** Places in code by the uploaded source maps. A few maps are kept decoded, since frames of one stack share a file. */
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import {
  decodedMappings,
  originalPositionFor,
  TraceMap,
  type SourceMapInput,
} from "@jridgewell/trace-mapping";
import type { CodePlace } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import type { GeneratedPlace, Symbolicate } from "../insight/index.ts";

const MAPS_KEPT = 4;
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;

interface StoredMap {
  readonly id: string;
  readonly line_starts: readonly number[] | null;
}

export interface Symbolicator {
  /** Looks into the maps of one project. */
  of(tenantId: string, projectId: string): Symbolicate;
}

export function createSymbolicator(control: ControlStore): Symbolicator {
  /** By id, the last one used at the end. */
  const decoded = new Map<string, Promise<TraceMap>>();

  async function traceMapOf(tenantId: string, id: string): Promise<TraceMap> {
    const known = decoded.get(id) ?? load(tenantId, id);
    decoded.delete(id);
    decoded.set(id, known);
    known.catch(() => decoded.delete(id));
    for (const oldest of decoded.keys()) {
      if (decoded.size <= MAPS_KEPT) break;
      decoded.delete(oldest);
    }
    return await known;
  }

  async function load(tenantId: string, id: string): Promise<TraceMap> {
    const [row] = await control.readAsTenant(tenantId, (tx) =>
      tx.query<{ map: Uint8Array }>("select map from source_maps where id = $1", [id]),
    );
    if (row === undefined) throw new Error(`Source map ${id} is gone.`);
    const json = await promisify(gunzip)(row.map, { maxOutputLength: UNPACKED_BYTES_MAX });
    return new TraceMap(JSON.parse(json.toString()) as SourceMapInput);
  }

  return {
    of: (tenantId, projectId) => {
      // Of one question: the frames of a visit name few files.
      const found = new Map<string, Promise<StoredMap | null>>();
      const find = (release: string, url: string): Promise<StoredMap | null> => {
        const key = `${release} ${url}`;
        const known = found.get(key) ?? findMap(control, tenantId, projectId, release, url);
        found.set(key, known);
        return known;
      };
      return async (release, url, place) => {
        if (release === "" || url === "") return null;
        const stored = await find(release, url);
        return stored === null ? null : originalOf(await traceMapOf(tenantId, stored.id), stored, place);
      };
    },
  };
}

async function findMap(
  control: ControlStore,
  tenantId: string,
  projectId: string,
  release: string,
  url: string,
): Promise<StoredMap | null> {
  const address = url.replace(/[?#].*$/s, "");
  const path = URL.parse(address)?.pathname ?? address;
  const [row] = await control.readAsTenant(tenantId, (tx) =>
    tx.query<StoredMap>(
      `select id, line_starts from source_maps
       where project_id = $1 and release = $2 and file_url in ($3, $4) order by length(file_url) desc limit 1`,
      [projectId, release, address, path],
    ),
  );
  return row ?? null;
}

function originalOf(map: TraceMap, stored: StoredMap, place: GeneratedPlace): CodePlace["original"] {
  const at = "line" in place ? { line: place.line, column: place.column - 1 } : lineOf(map, stored, place);
  if (at === null || at.line < 1 || at.column < 0) return null;
  const { source, line, column, name } = originalPositionFor(map, at);
  // Indices beyond the map's own lists give undefined, whatever the types say.
  if (typeof source !== "string" || line === null) return null;
  return { source, line, column: column + 1, name: name ?? null };
}

/** A character of the file as line, from 1, and column, from 0; null when nobody told where its lines begin. */
function lineOf(
  map: TraceMap,
  { line_starts: starts }: StoredMap,
  { charPosition }: { readonly charPosition: number },
): { line: number; column: number } | null {
  if (starts === null)
    return decodedMappings(map)
      .slice(1)
      .some((line) => line.length > 0)
      ? null
      : { line: 1, column: charPosition };
  let low = 0;
  for (let high = starts.length - 1; low < high;) {
    const middle = Math.ceil((low + high) / 2);
    if ((starts[middle] ?? Infinity) <= charPosition) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: charPosition - (starts[low] ?? 0) };
}
