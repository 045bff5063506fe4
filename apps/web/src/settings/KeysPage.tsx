/** Keys that send telemetry, and keys of programs that read. A key itself is shown once, when it is made. */
import type { ApiKeyList, IngestKeyList, RoleTable } from "@throughline/contract";
import { useMay } from "../data/appState.ts";
import type { PageProps } from "../page.ts";
import { ApiKeys } from "./ApiKeys.tsx";
import { IngestKeys } from "./IngestKeys.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

export interface KeysData {
  readonly ingest: IngestKeyList;
  readonly api: ApiKeyList;
  readonly roles: RoleTable;
}

export function KeysPage({ data }: PageProps<KeysData>) {
  const may = useMay();
  const { ingest, api, roles } = data.value;
  const scopes = roles.actions.filter(({ name, isScope, isInUse }) => isScope && isInUse && may(name));
  return (
    <div class="stack">
      <SettingsTabs />
      <IngestKeys keys={ingest.keys} />
      <ApiKeys keys={api.keys} scopes={scopes} />
    </div>
  );
}
