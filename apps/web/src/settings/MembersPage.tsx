/** Who belongs to the organisation, who is invited, and what each role may do. */
import type { MemberList, RoleTable } from "@throughline/contract";
import type { PageProps } from "../page.ts";
import { Invitations } from "./Invitations.tsx";
import { Members } from "./Members.tsx";
import { Roles } from "./Roles.tsx";
import { SettingsTabs } from "./SettingsTabs.tsx";

export interface MembersData {
  readonly list: MemberList;
  readonly roles: RoleTable;
}

export function MembersPage({ data }: PageProps<MembersData>) {
  const { list, roles } = data.value;
  return (
    <div class="stack">
      <SettingsTabs />
      <Members members={list.members} />
      <Invitations invitations={list.invitations} />
      <Roles table={roles} />
    </div>
  );
}
