/** Which principal an API key stands for. Like ingest keys: all in memory, revocation works within five seconds. */
import { timingSafeEqual } from "node:crypto";
import type { Role } from "@throughline/contract";
import type { ControlStore } from "../../engines/control/store.ts";
import { AGE_MS_MAX, AGE_MS_MAX_FOR_UNKNOWN, KeyringUnavailable } from "../keyring.ts";
import type { KeyPrincipal } from "../principal.ts";
import { isScope } from "../roles.ts";
import { Snapshot } from "../snapshot.ts";
import { hashOfApiKey, isApiKeyShaped } from "./apiKeyFormat.ts";
import { createUsage, type UsageLog } from "./usage.ts";

export interface ApiKeyRefusal {
  /** For the caller: what is wrong and what to do; never holds the key. */
  readonly refusal: string;
}

export interface ApiKeys {
  /** @throws {KeyringUnavailable} when the control store has been silent for a minute. */
  principalOf(key: string): Promise<KeyPrincipal | ApiKeyRefusal>;
  reload(): Promise<void>;
  readonly usage: UsageLog;
}

export interface ApiKeysOptions {
  readonly firstTenantId: string;
  readonly wallClockMs?: () => number;
  readonly monotonicMs?: () => number;
}

export function createApiKeys(
  control: ControlStore,
  { firstTenantId, wallClockMs = Date.now, monotonicMs }: ApiKeysOptions,
): ApiKeys {
  const snapshot = new Snapshot<ReadonlyMap<string, ApiKeyRow>>({
    empty: new Map(),
    load: async () => {
      const rows = await control.query<ApiKeyRow>(ALL_KEYS);
      return new Map(rows.map((row) => [Buffer.from(row.hash).toString("hex"), row]));
    },
    unavailable: (cause) => new KeyringUnavailable(cause),
    nowMs: monotonicMs,
  });
  const usage = createUsage(control, "api_keys");

  return {
    async principalOf(key) {
      if (!isApiKeyShaped(key)) return UNKNOWN;
      const hash = hashOfApiKey(key);
      const row =
        (await snapshot.atMost(AGE_MS_MAX)).get(hash) ??
        (await snapshot.atMost(AGE_MS_MAX_FOR_UNKNOWN)).get(hash);
      if (row === undefined || !timingSafeEqual(row.hash, Buffer.from(hash, "hex"))) return UNKNOWN;
      const nowMs = wallClockMs();
      if (row.is_revoked) return { refusal: "This API key was revoked: use another one." };
      if (row.expires_at !== null && row.expires_at.getTime() <= nowMs)
        return { refusal: "This API key has expired: rotate it or make another one." };
      if (row.role === null)
        return { refusal: "The person who made this API key is no member any more: make another one." };
      usage.note(row.id, nowMs);
      return {
        kind: "api-key",
        keyId: row.id,
        name: row.name,
        makerId: row.created_by,
        tenantId: row.tenant_id,
        role: row.role,
        projectIds: bothOf(row.project_ids, row.maker_project_ids),
        isFirstTenant: row.tenant_id === firstTenantId,
        scopes: row.scopes.filter(isScope),
      };
    },
    reload: () => snapshot.reload(),
    usage,
  };
}

const UNKNOWN: ApiKeyRefusal = {
  refusal: "This API key is not known: check that it was copied whole and belongs to this installation.",
};

/** What the key names and its maker sees. Null is everything. */
function bothOf(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b;
  return a.filter((each) => b.includes(each));
}

interface ApiKeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly name: string;
  readonly hash: Uint8Array;
  readonly scopes: readonly string[];
  readonly project_ids: readonly string[] | null;
  readonly created_by: string;
  readonly expires_at: Date | null;
  readonly is_revoked: boolean;
  /** Of the maker now; null when they are no member any more. */
  readonly role: Role | null;
  readonly maker_project_ids: readonly string[] | null;
}

const ALL_KEYS = `
  select k.id, k.tenant_id, k.name, k.hash, k.scopes, k.project_ids, k.created_by, k.expires_at,
         k.revoked_at is not null as is_revoked, m.role,
         case when m.sees_all_projects then null
              else array(select project_id from member_projects p where p.tenant_id = m.tenant_id and p.user_id = m.user_id)
         end as maker_project_ids
  from api_keys k left join members m on m.tenant_id = k.tenant_id and m.user_id = k.created_by`;
