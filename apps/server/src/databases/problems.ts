/** Why a watched database could not be read, in words that quote nothing of what it answered. */
import { OutgoingError } from "../outgoing/index.ts";
import type { DatabaseTarget } from "./session.ts";

export class DatabaseProblem extends Error {
  /** PostgreSQL's five characters, where it was PostgreSQL that refused. */
  readonly sqlState: string;
  constructor(message: string, sqlState = "") {
    super(message);
    this.name = "DatabaseProblem";
    this.sqlState = sqlState;
  }
}

type Where = Pick<DatabaseTarget, "host" | "port" | "database" | "username" | "statementTimeoutMs">;

/** https://www.postgresql.org/docs/current/errcodes-appendix.html, of Node's connections, and of TLS. */
const BY_CODE: Readonly<Record<string, (where: Where) => string>> = {
  "28P01": ({ username }) => `PostgreSQL refused the password of ${username}.`,
  "28000": ({ username }) =>
    `PostgreSQL does not let ${username} in from here: the role is missing, may not log in, or pg_hba.conf has no line for it.`,
  "3D000": ({ database }) => `There is no database ${database} on this server.`,
  "42501": ({ username }) => `The role ${username} may not do this.`,
  "53300": () => "PostgreSQL has no connection free: max_connections is reached.",
  "57P03": () => "PostgreSQL is starting or stopping.",
  "57P01": () => "PostgreSQL ended the connection.",
  "57014": ({ statementTimeoutMs }) =>
    `The question took longer than the statement timeout of ${statementTimeoutMs} ms.`,
  "55P03": () => "A table is locked by somebody else, and we do not wait for it.",
  "55000": () =>
    "pg_stat_statements is not loaded: add it to shared_preload_libraries and restart PostgreSQL.",
  "08P01": () =>
    "The server does not take our settings: give the address of PostgreSQL itself, not that of a connection pooler.",
  ECONNREFUSED: ({ host, port }) => `Nothing answers on ${host}, port ${port}.`,
  ECONNRESET: ({ host, port }) => `${host}, port ${port}, broke the connection off.`,
  ENOTFOUND: ({ host }) => `The name ${host} is not known.`,
  EAI_AGAIN: ({ host }) => `The name ${host} could not be looked up just now.`,
  ETIMEDOUT: ({ host, port }) => `${host}, port ${port}, does not answer.`,
  EHOSTUNREACH: ({ host }) => `No way leads to ${host}.`,
  ENETUNREACH: ({ host }) => `No way leads to ${host}.`,
  SELF_SIGNED_CERT_IN_CHAIN: () => UNKNOWN_AUTHORITY,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: () => "The server's certificate has expired.",
  ERR_TLS_CERT_ALTNAME_INVALID: ({ host }) => `The server's certificate is not made out to ${host}.`,
};
const UNKNOWN_AUTHORITY =
  "The server's certificate is signed by an authority that is not known: paste its CA certificate.";

/** pg has no codes for these; the texts are its own and quote nothing. */
const BY_TEXT: readonly (readonly [RegExp, string])[] = [
  [/does not support SSL/, "The server does not offer TLS: switch it on there, or choose to go without."],
  [/timeout|timed out/i, "The server does not answer in time."],
  [/terminated|ended|closed/i, "The server broke the connection off."],
];

export function inWords(error: unknown, where: Where): DatabaseProblem {
  for (let each = error; each instanceof Error; each = each.cause) {
    if (each instanceof DatabaseProblem) return each;
    if (each instanceof OutgoingError) return new DatabaseProblem(each.message);
  }
  const code = codeOf(error);
  const known = Object.hasOwn(BY_CODE, code) ? BY_CODE[code] : undefined;
  const sqlState = /^[0-9A-Z]{5}$/.test(code) ? code : "";
  if (known !== undefined) return new DatabaseProblem(known(where), sqlState);
  if (code !== "")
    return new DatabaseProblem(
      sqlState === "" ? `The connection failed (${code}).` : `PostgreSQL refused with code ${code}.`,
      sqlState,
    );
  const text = error instanceof Error ? error.message : "";
  const found = BY_TEXT.find(([pattern]) => pattern.test(text));
  return new DatabaseProblem(found?.[1] ?? "What answers there does not speak as PostgreSQL does.");
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return "";
  return /^[A-Z0-9_]{3,40}$/.test(error.code) ? error.code : "";
}
