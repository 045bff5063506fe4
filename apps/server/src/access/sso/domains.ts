/**
 * Which mail domains an organisation may speak for. The first organisation looks after the installation and may name any.
 * Another one proves each by a TXT record, so that it can neither lead people of others to a provider of its own nor make
 * accounts with their addresses.
 */
import { Resolver } from "node:dns/promises";
import { AccessError } from "../problems.ts";

/** As `dns.resolveTxt`: each record in chunks. */
export type ResolveTxt = (name: string) => Promise<readonly (readonly string[])[]>;

const TIMEOUT_MS = 3_000;

export const resolveTxtBySystem: ResolveTxt = (name) =>
  new Resolver({ timeout: TIMEOUT_MS, tries: 2 }).resolveTxt(name);

/** The value of the record that proves a domain: it names the organisation and is no secret. */
export const domainProofOf = (tenantId: string): string => `throughline-organisation=${tenantId}`;

/** Those whose record is there now. A name server that does not answer proves nothing. */
export async function provedDomains(
  tenantId: string,
  domains: readonly string[],
  resolveTxt: ResolveTxt,
): Promise<readonly string[]> {
  const proof = domainProofOf(tenantId);
  const isProved = await Promise.all(
    domains.map(async (domain) => {
      const records = await resolveTxt(`_throughline.${domain}`).catch(() => []);
      return records.some((chunks) => chunks.join("").trim() === proof);
    }),
  );
  return domains.filter((_domain, index) => isProved[index] === true);
}

/** @throws {AccessError} invalid_input, with the record to add */
export function refuseUnproved(tenantId: string, unproved: readonly string[]): void {
  const [first] = unproved;
  if (first === undefined) return;
  throw new AccessError(
    "invalid_input",
    `Prove that ${unproved.join(", ")} is yours: add the TXT record _throughline.${first} with the value ` +
      `${domainProofOf(tenantId)}, then save again.`,
  );
}

/** Of an address. */
export const domainOf = (email: string): string => email.slice(email.lastIndexOf("@") + 1).toLowerCase();
