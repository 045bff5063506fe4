import type { AuditEntry } from "@throughline/contract";

const HEADER = [
  "time",
  "actor kind",
  "actor id",
  "actor name",
  "actor e-mail",
  "action",
  "target kind",
  "target id",
  "target name",
  "why",
  "result",
  "detail",
  "address",
  "user agent",
  "request id",
];

export const auditCsvHeader = `${HEADER.join(",")}\r\n`;

export function auditCsvLine(entry: AuditEntry): string {
  const cells = [
    new Date(entry.atMs).toISOString(),
    entry.actor.kind,
    entry.actor.id ?? "",
    entry.actor.name,
    entry.actor.email,
    entry.action,
    entry.target.kind,
    entry.target.id,
    entry.target.name,
    entry.why,
    entry.result,
    JSON.stringify(entry.detail),
    entry.address,
    entry.userAgent,
    entry.requestId,
  ];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

/**
 * Quoted as RFC 4180 says; a cell that a spreadsheet would take for a formula starts with an apostrophe, which makes it
 * text. https://owasp.org/www-community/attacks/CSV_Injection
 */
export function csvCell(text: string): string {
  const inert = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${inert.replaceAll('"', '""')}"`;
}
