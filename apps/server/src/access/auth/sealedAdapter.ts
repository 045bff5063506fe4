/**
 * Stands between better-auth and its tables so that reading the tables is no login: session tokens are kept as SHA-256
 * (they have 190 random bits, a slow hash would add nothing), TOTP seeds are sealed.
 */
import { hash } from "node:crypto";
import type { DBAdapter, DBTransactionAdapter, Where } from "better-auth/adapters";
import type { SecretBox } from "../secrets.ts";

type Row = Record<string, unknown>;

/** What a sealed TOTP seed belongs to. */
export const TOTP_SECRET = "two_factors.secret";

/** The form in which a session's token is kept. */
export function hashOfSessionToken(token: string): string {
  return hash("sha256", token, "hex");
}

export function sealedAdapter(inner: DBAdapter, box: SecretBox): DBAdapter {
  return {
    ...inner,
    create: async (input) => {
      const { stored, tokens } = toStore(input.model, input.data, [], box);
      const row = await inner.create<Row>({ ...input, data: stored });
      return fromStore(input.model, row, tokens, box) as never;
    },
    findOne: async (input) => {
      const { where, tokens } = hashedWhere(input.model, input.where);
      return fromStore(input.model, await inner.findOne<Row>({ ...input, where }), tokens, box) as never;
    },
    findMany: async (input) => {
      const { where, tokens } = hashedWhere(input.model, input.where ?? []);
      const rows = await inner.findMany<Row>({ ...input, where });
      return rows.map((row) => fromStore(input.model, row, tokens, box)) as never;
    },
    count: (input) => inner.count({ ...input, where: hashedWhere(input.model, input.where ?? []).where }),
    update: async (input) => {
      const found = hashedWhere(input.model, input.where);
      const { stored, tokens } = toStore(input.model, input.update, found.tokens, box);
      const row = await inner.update<Row>({ ...input, where: found.where, update: stored });
      return fromStore(input.model, row, tokens, box) as never;
    },
    updateMany: (input) => {
      const found = hashedWhere(input.model, input.where);
      const { stored } = toStore(input.model, input.update, found.tokens, box);
      return inner.updateMany({ ...input, where: found.where, update: stored });
    },
    delete: (input) => inner.delete({ ...input, where: hashedWhere(input.model, input.where).where }),
    deleteMany: (input) => inner.deleteMany({ ...input, where: hashedWhere(input.model, input.where).where }),
    consumeOne: async (input) => {
      const { where, tokens } = hashedWhere(input.model, input.where);
      return fromStore(input.model, await inner.consumeOne<Row>({ ...input, where }), tokens, box) as never;
    },
    incrementOne: async (input) => {
      const { where, tokens } = hashedWhere(input.model, input.where);
      const row = await inner.incrementOne<Row>({ ...input, where });
      return fromStore(input.model, row, tokens, box) as never;
    },
    transaction: (work) =>
      inner.transaction((tx) => work(sealedAdapter({ ...inner, ...tx }, box) as DBTransactionAdapter)),
  };
}

/** Tokens that the caller named: what is read back carries them again, anything else only their hash. */
type Tokens = readonly string[];

function hashedWhere(
  model: string,
  where: readonly Where[],
): { readonly where: Where[]; readonly tokens: Tokens } {
  if (model !== "session") return { where: [...where], tokens: [] };
  const tokens: string[] = [];
  const hashed = where.map((condition): Where => {
    if (condition.field !== "token") return condition;
    const named = [condition.value].flat().map(String);
    tokens.push(...named);
    const value = Array.isArray(condition.value)
      ? named.map(hashOfSessionToken)
      : hashOfSessionToken(String(condition.value));
    return { ...condition, value };
  });
  return { where: hashed, tokens };
}

function toStore(
  model: string,
  data: Row,
  named: Tokens,
  box: SecretBox,
): { readonly stored: Row; readonly tokens: Tokens } {
  if (model === "session" && typeof data.token === "string")
    return { stored: { ...data, token: hashOfSessionToken(data.token) }, tokens: [...named, data.token] };
  if (model === "twoFactor" && typeof data.secret === "string")
    return { stored: { ...data, secret: box.seal(data.secret, TOTP_SECRET) }, tokens: named };
  return { stored: data, tokens: named };
}

function fromStore(model: string, row: Row | null, tokens: Tokens, box: SecretBox): Row | null {
  if (row === null) return null;
  if (model === "session") {
    const token = tokens.find((each) => hashOfSessionToken(each) === row.token);
    return token === undefined ? row : { ...row, token };
  }
  if (model === "twoFactor" && typeof row.secret === "string")
    return { ...row, secret: box.open(row.secret, TOTP_SECRET) };
  return row;
}
