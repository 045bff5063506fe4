/** A statement with `{name:Type}` placeholders, taken apart once and then bound per call. */
import type { QueryParams } from "../store.ts";
import { parseParamType, type ParamType } from "./paramTypes.ts";
import { checkValue, literal, type CheckedValue } from "./paramValue.ts";
import { sqlPieces } from "./sqlText.ts";

export interface Placeholder {
  readonly name: string;
  readonly type: ParamType;
}

export interface Statement {
  readonly sql: string;
  readonly parts: readonly (string | Placeholder)[];
  /** Lower-case words of the code and of quoted names; a call counts as `name(` too, a qualifier as `name.` */
  readonly words: ReadonlySet<string>;
}

const PLACEHOLDER = /\{([A-Za-z_][A-Za-z0-9_]*):/;
const CACHE_STATEMENTS_MAX = 500;
const cache = new Map<string, Statement>();

/** @throws {SyntaxError} for an unclosed quote or a placeholder of an unknown type. */
export function parseStatement(sql: string): Statement {
  const known = cache.get(sql);
  if (known !== undefined) return known;
  const parts: (string | Placeholder)[] = [];
  let code = "";
  let text = "";
  let rest = sqlPieces(sql);
  // `{from:DateTime64(3, 'UTC')}` spans quoted pieces, so placeholders are found across the pieces that follow.
  for (let i = 0; i < rest.length; i++) {
    const piece = rest[i]!;
    if (piece.kind !== "code") {
      text += piece.kind === "comment" ? " " : piece.text;
      code += piece.kind === "quoted" ? nameIn(piece.text) : " ";
      continue;
    }
    const start = PLACEHOLDER.exec(piece.text);
    if (start === null) {
      text += piece.text;
      code += piece.text;
      continue;
    }
    const before = piece.text.slice(0, start.index);
    code += `${before} `;
    let type = piece.text.slice(start.index + start[0].length);
    let last = i;
    while (!type.includes("}")) {
      last += 1;
      const next = rest[last];
      if (next === undefined || next.kind === "comment")
        throw new SyntaxError(`The placeholder {${start[1]}:… is never closed.`);
      type += next.text;
    }
    const end = type.indexOf("}");
    parts.push(text + before, { name: start[1]!, type: parseParamType(type.slice(0, end)) });
    text = "";
    rest = [{ kind: "code", text: type.slice(end + 1) }, ...rest.slice(last + 1)];
    i = -1;
  }
  parts.push(text);
  const statement = { sql, parts, words: wordsOf(code) };
  if (cache.size >= CACHE_STATEMENTS_MAX) cache.clear();
  cache.set(sql, statement);
  return statement;
}

/** What a quoted piece adds to the code: a quoted name its name, a string nothing. */
function nameIn(quoted: string): string {
  return quoted.startsWith("`") || quoted.startsWith('"') ? quoted.slice(1, -1) : " ";
}

function wordsOf(code: string): Set<string> {
  const words = new Set<string>();
  for (const [, word = "", after = ""] of code.matchAll(/([A-Za-z_][A-Za-z0-9_]*)\s*([(.]?)/g)) {
    words.add(word.toLowerCase());
    if (after !== "") words.add(word.toLowerCase() + after);
  }
  return words;
}

/**
 * The values of all placeholders, checked against their types.
 * Values without a placeholder are left alone, so that one set of them can serve several statements.
 * @throws {TypeError} for a missing value or one that doesn't fit.
 */
export function checkParams(statement: Statement, params: QueryParams): Record<string, CheckedValue> {
  const checked: Record<string, CheckedValue> = {};
  for (const part of statement.parts) {
    if (typeof part === "string") continue;
    const value = Object.hasOwn(params, part.name) ? params[part.name] : undefined;
    if (value === undefined) throw new TypeError(`The statement needs a value for {${part.name}}.`);
    checked[part.name] = checkValue(part.name, part.type, value);
  }
  return checked;
}

/** The statement with literals in place of its placeholders. */
export function bindLiterals(statement: Statement, values: Readonly<Record<string, CheckedValue>>): string {
  return statement.parts
    .map((part) => (typeof part === "string" ? part : literal(part.type, values[part.name]!)))
    .join("");
}
