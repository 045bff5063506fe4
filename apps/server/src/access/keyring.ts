/**
 * A copy in memory of all ingest keys (their hashes) and projects, read again with two short statements when it is
 * older than four seconds and somebody asks. Per-key caching would cost a query per active key instead of one for
 * all, and lets strangers cause queries with invented keys; here those cost at most one reload a second.
 */
import type { ControlStore } from "../engines/control/store.ts";
import { Snapshot } from "./snapshot.ts";

export interface KeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly hash: Uint8Array;
  readonly kind: "server" | "browser";
  readonly allowedOrigins: readonly string[];
  readonly expiresAtMs: number | null;
  readonly isRevoked: boolean;
}

interface Contents {
  /** By hash, hex. */
  readonly keys: ReadonlyMap<string, KeyRecord>;
  /** `tenant/project`. */
  readonly projects: ReadonlySet<string>;
}

/** Revocation has to work within five seconds; the difference is for the reload itself. */
export const AGE_MS_MAX = 4_000;
/** What is not found is looked for again, but not more often than this, however many ask. */
export const AGE_MS_MAX_FOR_UNKNOWN = 1_000;

/** The control store can't be read and what is remembered is too old. */
export class KeyringUnavailable extends Error {
  constructor(cause: unknown) {
    super("Keys can't be checked now because the control store does not answer.", { cause });
    this.name = "KeyringUnavailable";
  }
}

export class Keyring {
  readonly #snapshot: Snapshot<Contents>;

  /** @param nowMs a clock that never goes back. */
  constructor(control: ControlStore, nowMs?: () => number) {
    this.#snapshot = new Snapshot({
      empty: { keys: new Map(), projects: new Set() },
      load: () => load(control),
      unavailable: (cause) => new KeyringUnavailable(cause),
      nowMs,
    });
  }

  /** @throws {KeyringUnavailable} */
  async keyOfHash(hashHex: string): Promise<KeyRecord | null> {
    const known = (await this.#snapshot.atMost(AGE_MS_MAX)).keys.get(hashHex);
    return known ?? (await this.#snapshot.atMost(AGE_MS_MAX_FOR_UNKNOWN)).keys.get(hashHex) ?? null;
  }

  /** @throws {KeyringUnavailable} */
  async allKeys(): Promise<Iterable<KeyRecord>> {
    return (await this.#snapshot.atMost(AGE_MS_MAX)).keys.values();
  }

  /** @throws {KeyringUnavailable} */
  async hasProject(tenantId: string, projectId: string): Promise<boolean> {
    const project = `${tenantId}/${projectId}`;
    if ((await this.#snapshot.atMost(AGE_MS_MAX)).projects.has(project)) return true;
    return (await this.#snapshot.atMost(AGE_MS_MAX_FOR_UNKNOWN)).projects.has(project);
  }

  /** For whoever just changed a key or project and wants this instance to know at once. */
  async reload(): Promise<void> {
    await this.#snapshot.reload();
  }
}

async function load(control: ControlStore): Promise<Contents> {
  const [keys, projects] = await Promise.all([
    control.query<KeyRow>(ALL_KEYS),
    control.query<{ project: string }>(ALL_PROJECTS),
  ]);
  return {
    keys: new Map(keys.map((row) => [Buffer.from(row.hash).toString("hex"), recordOf(row)])),
    projects: new Set(projects.map((row) => row.project)),
  };
}

const ALL_KEYS = `
  select id, tenant_id, project_id, hash, kind, allowed_origins, expires_at, revoked_at is not null as is_revoked
  from ingest_keys`;

const ALL_PROJECTS = `select tenant_id || '/' || id as project from projects`;

interface KeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly hash: Uint8Array;
  readonly kind: KeyRecord["kind"];
  readonly allowed_origins: readonly string[];
  readonly expires_at: Date | null;
  readonly is_revoked: boolean;
}

function recordOf(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    hash: row.hash,
    kind: row.kind,
    allowedOrigins: row.allowed_origins,
    expiresAtMs: row.expires_at?.getTime() ?? null,
    isRevoked: row.is_revoked,
  };
}
