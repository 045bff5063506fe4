/**
 * From a name to the addresses that are connected to. The name is asked for once per connection and exactly that answer
 * is used, so a name server that answers differently the second time (DNS rebinding) is never asked a second time.
 */
import type { LookupAddress } from "node:dns";
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import { parseAddress, specialKind } from "./addressKind.ts";
import type { Allowance } from "./allowance.ts";
import { howToAllow, OutgoingError } from "./outgoingError.ts";

/** All addresses of a name, as the system finds them. Rejects as `dns.lookup` does. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

export const resolveBySystem: Resolve = (hostname) => lookup(hostname, { all: true });

/** In the form in which `net.connect` and `tls.connect` take it. They don't call it for addresses: see `refuseAddress`. */
export function createCheckedLookup(allowance: Allowance, resolve: Resolve): LookupFunction {
  const addressesOf = async (hostname: string): Promise<LookupAddress[]> => {
    const found = await resolve(hostname);
    // One address that may not be asked is enough: a name that leads both ways is a mistake or an attack.
    for (const { address } of found) refuseAddress(allowance, address, hostname);
    return [...found];
  };
  return (hostname, options, callback) => {
    addressesOf(hostname).then(
      (found) => {
        const wanted = found.filter(({ family }) => !options.family || options.family === family);
        const [first] = wanted;
        if (options.all === true) callback(null, wanted);
        else if (first !== undefined) callback(null, first.address, first.family);
        else callback(new OutgoingError("unreachable", `${hostname} has no address of this family.`), "");
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
}

/** @param hostname the name it was found under; the address itself when it stood in the URL @throws {OutgoingError} */
export function refuseAddress(allowance: Allowance, text: string, hostname: string): void {
  if (allowance.hasName(hostname)) return;
  const address = parseAddress(text);
  const kind = address === null ? "no address at all" : specialKind(address);
  if (kind === null || (address !== null && allowance.hasAddress(address))) return;
  const led = hostname === text ? `${text} is` : `${hostname} leads to ${text}, which is`;
  throw new OutgoingError("address_refused", `${led} ${kind}, and not asked. ${howToAllow(text)}`);
}
