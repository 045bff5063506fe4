import type { Role } from "@throughline/contract";

export const ROLE_TEXT: Readonly<Record<Role, string>> = {
  VIEWER: "Viewer",
  ADMIN: "Admin",
  SUPER_ADMIN: "Super admin",
};

export const ROLE_OPTIONS = [
  { value: "VIEWER", label: "Viewer: looks, changes nothing" },
  { value: "ADMIN", label: "Admin: makes keys and projects" },
  { value: "SUPER_ADMIN", label: "Super admin: everything, people too" },
] as const satisfies readonly { value: Role; label: string }[];
