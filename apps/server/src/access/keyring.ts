/**
 * A copy in memory of all ingest keys (their hashes) and projects, read again with two short statements when it is
 * older than four seconds and somebody asks. Per-key caching would cost a query per active key instead of one for
 * all, and lets strangers cause queries with invented keys; here those cost at most one reload a second.
 */
import type { ControlStore } from "../engines/control/store.ts";

export interface KeyRecord {
  readonly id: string;
  readonly tenantId: string;
  readonly projectId: string;
  readonly hash: Uint8Array;
  readonly expiresAtMs: number | null;
  readonly isRevoked: boolean;
}

interface Contents {
  /** By hash, hex. */
  readonly keys: ReadonlyMap<string, KeyRecord>;
  /** `tenant/project`. */
  readonly projects: ReadonlySet<string>;
  readonly loadedAtMs: number;
}

/** Revocation has to work within five seconds; the difference is for the reload itself. */
const AGE_MS_MAX = 4_000;
/** What is not found is looked for again, but not more often than this, however many ask. */
const AGE_MS_MAX_FOR_UNKNOWN = 1_000;
/** A database that restarts must not stop ingest: what was known stays good for so long. */
const AGE_MS_MAX_WITHOUT_DATABASE = 60_000;
const RELOAD_MS_MAX = 2_000;

/** The control store can't be read and what is remembered is too old. */
export class KeyringUnavailable extends Error {
  constructor(cause: unknown) {
    super("Ingest keys can't be checked now because the control store does not answer.", { cause });
    this.name = "KeyringUnavailable";
  }
}

export class Keyring {
  readonly #control: ControlStore;
  readonly #nowMs: () => number;
  #contents: Contents = { keys: new Map(), projects: new Set(), loadedAtMs: Number.NEGATIVE_INFINITY };
  #reloading: Promise<void> | null = null;

  /** @param nowMs a clock that never goes back. */
  constructor(control: ControlStore, nowMs: () => number = () => performance.now()) {
    this.#control = control;
    this.#nowMs = nowMs;
  }

  /** @throws {KeyringUnavailable} */
  async keyOfHash(hashHex: string): Promise<KeyRecord | null> {
    await this.#refresh(AGE_MS_MAX);
    if (!this.#contents.keys.has(hashHex)) await this.#refresh(AGE_MS_MAX_FOR_UNKNOWN);
    return this.#contents.keys.get(hashHex) ?? null;
  }

  /** @throws {KeyringUnavailable} */
  async hasProject(tenantId: string, projectId: string): Promise<boolean> {
    const project = `${tenantId}/${projectId}`;
    await this.#refresh(AGE_MS_MAX);
    if (!this.#contents.projects.has(project)) await this.#refresh(AGE_MS_MAX_FOR_UNKNOWN);
    return this.#contents.projects.has(project);
  }

  /** For whoever just changed a key or project and wants this instance to know at once. */
  async reload(): Promise<void> {
    // A reload under way may have read the rows before the change; its failure is the other caller's.
    await this.#reloading?.catch(() => undefined);
    await this.#refresh(0);
  }

  async #refresh(ageMsMax: number): Promise<void> {
    const ageMs = this.#nowMs() - this.#contents.loadedAtMs;
    if (ageMs < ageMsMax) return;
    this.#reloading ??= this.#load().finally(() => {
      this.#reloading = null;
    });
    try {
      await withinMs(this.#reloading, RELOAD_MS_MAX);
    } catch (error) {
      if (ageMs >= AGE_MS_MAX_WITHOUT_DATABASE) throw new KeyringUnavailable(error);
    }
  }

  async #load(): Promise<void> {
    const loadedAtMs = this.#nowMs();
    const [keys, projects] = await Promise.all([
      this.#control.query<KeyRow>(ALL_KEYS),
      this.#control.query<{ project: string }>(ALL_PROJECTS),
    ]);
    this.#contents = {
      keys: new Map(keys.map((row) => [Buffer.from(row.hash).toString("hex"), recordOf(row)])),
      projects: new Set(projects.map((row) => row.project)),
      loadedAtMs,
    };
  }
}

const ALL_KEYS = `
  select id, tenant_id, project_id, hash, expires_at, revoked_at is not null as is_revoked from ingest_keys`;

const ALL_PROJECTS = `select tenant_id || '/' || id as project from projects`;

interface KeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly project_id: string;
  readonly hash: Uint8Array;
  readonly expires_at: Date | null;
  readonly is_revoked: boolean;
}

function recordOf(row: KeyRow): KeyRecord {
  return {
    id: row.id,
    tenantId: row.tenant_id,
    projectId: row.project_id,
    hash: row.hash,
    expiresAtMs: row.expires_at?.getTime() ?? null,
    isRevoked: row.is_revoked,
  };
}

async function withinMs(work: Promise<void>, limitMs: number): Promise<void> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
