/** The normaliser for texts, where a few are read and not a stream of spans. */
import { dialectOf } from "./dialect.ts";
import { StatementNormaliser } from "./normalise.ts";

const normaliser = new StatementNormaliser();

/** @param system as in `db.system.name`. @returns the statement without its literals, as it is stored of spans */
export function normaliseText(statement: string, system: string): string {
  const bytes = Buffer.from(statement);
  return Buffer.from(normaliser.normalise(bytes, 0, bytes.length, dialectOf(system))).toString("utf8");
}
