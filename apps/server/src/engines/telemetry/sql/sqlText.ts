/** Just enough of ClickHouse's lexer to tell code from quoted text and comments. */

export interface SqlPiece {
  readonly kind: "code" | "quoted" | "comment";
  readonly text: string;
}

/** Strings and quoted names know `\x` and doubled quotes; a heredoc is `$tag$ … $tag$`. */
const PIECE =
  /(?<quoted>'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`\\]|\\[\s\S]|``)*`|"(?:[^"\\]|\\[\s\S]|"")*"|\$(?<tag>\w*)\$[\s\S]*?\$\k<tag>\$)|(?<comment>--[^\n]*|\/\*[\s\S]*?\*\/)|[^'`"$/-]+|[\s\S]/g;

/** @throws {SyntaxError} when a quote is never closed. */
export function sqlPieces(sql: string): SqlPiece[] {
  const pieces: SqlPiece[] = [];
  for (const { 0: text, groups } of sql.matchAll(PIECE)) {
    if (groups?.["quoted"] !== undefined) pieces.push({ kind: "quoted", text });
    else if (groups?.["comment"] !== undefined) pieces.push({ kind: "comment", text });
    else if (text === "'" || text === '"' || text === "`")
      throw new SyntaxError(`A quote ${text} in the statement is never closed.`);
    else pieces.push({ kind: "code", text });
  }
  return pieces;
}

/** The statements of a script, without comments and empty ones. */
export function splitStatements(script: string): string[] {
  const statements: string[] = [];
  let statement = "";
  const end = () => {
    if (statement.trim() !== "") statements.push(statement.trim());
    statement = "";
  };
  for (const { kind, text } of sqlPieces(script)) {
    if (kind === "comment") statement += " ";
    else if (kind === "quoted") statement += text;
    else {
      const [first = "", ...rest] = text.split(";");
      statement += first;
      for (const part of rest) {
        end();
        statement += part;
      }
    }
  }
  end();
  return statements;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  "`": "\\`",
  "\0": "\\0",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** A string literal. Lone surrogates become U+FFFD, as they have no UTF-8 form. */
export function quoteString(value: string): string {
  return `'${escape(value)}'`;
}

/** A name in backticks. */
export function quoteName(value: string): string {
  return `\`${escape(value)}\``;
}

function escape(value: string): string {
  return value.toWellFormed().replace(/[\\'`\0\b\f\n\r\t]/g, (char) => ESCAPES[char] ?? char);
}
