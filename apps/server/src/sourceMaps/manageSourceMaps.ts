/** Keeps source maps: one a file of a release. The newest upload of the same file counts. */
import { randomUUIDv7 } from "node:crypto";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { newSourceMap, SourceMapRow } from "@throughline/contract";
import type { z } from "zod";
import { audited, type AuditContext } from "../access/audit/audited.ts";
import { AccessError } from "../access/index.ts";
import type { ControlStore } from "../engines/control/index.ts";
import { lineStartsOf, parseSourceMap } from "./parseSourceMap.ts";

const MAPS_MAX = 2000;
const BYTES_MAX = 256 * 1024 * 1024;

type TenantContext = AuditContext & { readonly tenantId: string };

/** @throws {AccessError} invalid_input; conflict when the organisation keeps too many */
export async function addSourceMap(
  context: TenantContext,
  given: z.output<typeof newSourceMap>,
): Promise<SourceMapRow> {
  const { project: projectId, release } = given;
  const fileUrl = given.fileUrl.replace(/[?#].*$/s, "");
  const map = await promisify(gzip)(JSON.stringify(parseSourceMap(given.map)));
  const lineStarts = given.code === undefined ? null : lineStartsOf(given.code);
  const deed = {
    action: "source-map.upload",
    detail: { projectId, release, fileUrl, sizeBytes: map.length },
  };
  return await audited(context, deed, async (tx, note) => {
    const [kept] = await tx.query<{ maps: number; bytes: number }>(
      `select count(*)::int as maps, coalesce(sum(length(map)), 0)::float8 as bytes from source_maps
       where not (project_id = $1 and release = $2 and file_url = $3)`,
      [projectId, release, fileUrl],
    );
    if (kept !== undefined && (kept.maps >= MAPS_MAX || kept.bytes + map.length > BYTES_MAX))
      throw new AccessError(
        "conflict",
        `At most ${MAPS_MAX} source maps of together ${BYTES_MAX / 1024 / 1024} MiB are kept: delete those of old releases.`,
      );
    const id = randomUUIDv7();
    const [row] = await tx.query<StoredRow>(
      `insert into source_maps (id, tenant_id, project_id, release, file_url, map, line_starts)
       values ($1, $2, $3, $4, $5, $6, $7)
       on conflict (tenant_id, project_id, release, file_url)
       do update set id = excluded.id, map = excluded.map, line_starts = excluded.line_starts, created_at = now()
       returning ${COLUMNS}`,
      [id, context.tenantId, projectId, release, fileUrl, map, lineStarts],
    );
    if (row === undefined) throw new Error("A source map was not stored.");
    note.target = { kind: "source-map", id, name: `${release} ${fileUrl}`.slice(0, 200) };
    return shown(row);
  });
}

/** @throws {AccessError} not_found */
export async function deleteSourceMap(context: TenantContext, id: string): Promise<void> {
  const deed = { action: "source-map.delete", target: { kind: "source-map", id } };
  await audited(context, deed, async (tx, note) => {
    const [row] = await tx.query<StoredRow>(`delete from source_maps where id = $1 returning ${COLUMNS}`, [
      id,
    ]);
    if (row === undefined)
      throw new AccessError("unknown_source_map", "There is no source map with this id.");
    note.target = { kind: "source-map", id, name: `${row.release} ${row.file_url}`.slice(0, 200) };
  });
}

/** Newest first, of the projects that the reader may see. */
export async function readSourceMaps(control: ControlStore, tenantId: string): Promise<SourceMapRow[]> {
  const rows = await control.readAsTenant(tenantId, (tx) =>
    tx.query<StoredRow>(`select ${COLUMNS} from source_maps order by created_at desc, id limit ${MAPS_MAX}`),
  );
  return rows.map(shown);
}

const COLUMNS = "id, project_id, release, file_url, length(map) as size_bytes, created_at";

interface StoredRow {
  readonly id: string;
  readonly project_id: string;
  readonly release: string;
  readonly file_url: string;
  readonly size_bytes: number;
  readonly created_at: Date;
}

function shown({ id, project_id, release, file_url, size_bytes, created_at }: StoredRow): SourceMapRow {
  return {
    id,
    projectId: project_id,
    release,
    fileUrl: file_url,
    sizeBytes: size_bytes,
    createdAtMs: created_at.getTime(),
  };
}
