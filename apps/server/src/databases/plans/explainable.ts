/** Whether a statement may be explained at all: one plain SELECT, INSERT, UPDATE, DELETE or WITH. */
import { normaliseText } from "../../ingest/index.ts";

const CHARACTERS_MAX = 60_000;

/** @returns why not, or null */
export function refusalOf(exactText: string): string | null {
  if (exactText.length > CHARACTERS_MAX) return "The statement is longer than is asked about.";
  if (exactText.includes("\0")) return "The statement holds a zero character.";
  // Without literals and comments, in which anything may stand.
  const bare = normaliseText(exactText, "postgresql").trim();
  if (bare.includes(";")) return "The text holds more than one statement.";
  const [, word = ""] = /^\(*\s*([a-z]+)\b/i.exec(bare) ?? [];
  if (!/^(select|insert|update|delete|with)$/i.test(word))
    return "Only SELECT, INSERT, UPDATE, DELETE and WITH are explained.";
  if (exactText.trim().endsWith("…")) return "PostgreSQL kept only the beginning of the statement.";
  return null;
}
