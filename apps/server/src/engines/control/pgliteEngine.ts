/**
 * PGlite made durable. As shipped it never calls fsync, not even with `fsync=on`: its build stubs fdatasync and its
 * file layer has no fsync (docs/decisions/0003-embedded-postgres.md). The hook below leans on two internals
 * (`NODEFS.stream_ops`, `FS.ErrnoError`); that is why the exact version is pinned and the start checks that it works.
 */
import { closeSync, fsyncSync, openSync } from "node:fs";
import { PGlite, type Extension } from "@electric-sql/pglite";
import { ControlError } from "./store.ts";
import { decodeText, DECODERS } from "./wireText.ts";

export interface DurablePglite {
  readonly db: PGlite;
  /** How often a file or folder was forced to disk since the engine started. */
  syncCount(): number;
}

/**
 * `-F` is fsync=off. 16 MB of buffers instead of 128 bring the process from 312 to 180 MB resident. With the default
 * stack depth an endless recursion overflows the thread's stack first and the statement seems to return no rows.
 */
const START_PARAMS = [
  ...PGlite.defaultStartParams.filter((param) => param !== "-F"),
  ...[
    "fsync=on",
    "wal_sync_method=fsync",
    "shared_buffers=16MB",
    "max_wal_size=128MB",
    "max_stack_depth=512kB",
    "timezone=UTC",
  ].flatMap((setting) => ["-c", setting]),
];

/**
 * Opens the cluster in `clusterDir`, creating it when the folder is empty (that takes a process of its own: see
 * createCluster.ts).
 * @throws {ControlError} when commits would not reach the disk.
 */
export async function openDurablePglite(clusterDir: string): Promise<DurablePglite> {
  let synced = 0;
  const countSync = () => {
    synced++;
  };
  const db = await PGlite.create({
    dataDir: clusterDir,
    startParams: START_PARAMS,
    extensions: { realFsync: realFsync(countSync) },
  });
  useSharedCodec(db);
  const before = synced;
  await db.exec("checkpoint");
  const settings = await db.query<{ fsync: string }>("select current_setting('fsync') as fsync");
  if (synced === before || settings.rows[0]?.fsync !== "on") {
    await db.close();
    throw new ControlError(
      "The embedded PostgreSQL does not sync to disk: this version of PGlite can't be used.",
    );
  }
  return { db, syncCount: () => synced };
}

/** Values cross as text and are decoded by wireText.ts, exactly as on a server. */
function useSharedCodec(db: PGlite): void {
  for (const oid of Object.keys(db.parsers)) db.parsers[oid] = decodeText;
  for (const [oid, decode] of DECODERS) db.parsers[oid] = decode;
  for (const oid of Object.keys(db.serializers)) db.serializers[oid] = decodeText;
}

/** The parts of the Emscripten module that the hook touches. */
interface NodeFileLayer {
  readonly NODEFS: {
    stream_ops: { fsync?: (stream: OpenStream) => number };
    realPath(node: unknown): string;
  };
  readonly FS: { readonly ErrnoError: new (errno: number) => Error };
}

interface OpenStream {
  /** File descriptor of this process; missing for folders. */
  readonly nfd?: number;
  readonly node: unknown;
}

/** WASI's number for an input/output error: PostgreSQL answers it with a panic, as it must when a sync fails. */
const EIO = 29;

function realFsync(onSync: () => void): Extension {
  return {
    name: "realFsync",
    setup: async (_db, emscriptenOpts) => ({
      emscriptenOpts: {
        ...emscriptenOpts,
        preRun: [
          ...(emscriptenOpts.preRun ?? []),
          (module: NodeFileLayer) => {
            module.NODEFS.stream_ops.fsync = (stream) => {
              try {
                if (stream.nfd === undefined) syncFolder(module.NODEFS.realPath(stream.node));
                else fsyncSync(stream.nfd);
              } catch (error) {
                throw Object.assign(new module.FS.ErrnoError(EIO), { cause: error });
              }
              onSync();
              return 0;
            };
          },
        ],
      },
    }),
  };
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
