/** Which addresses are of the public Internet, by IANA's registries of special-purpose addresses. */
import ipaddr from "ipaddr.js";

export type IpAddress = ipaddr.IPv4 | ipaddr.IPv6;

/** ipaddr.js's names of ranges, as a person says them. What is not here is said as "reserved". */
const IN_WORDS: Readonly<Record<string, string>> = {
  unspecified: "this machine itself",
  loopback: "this machine itself",
  private: "a private network",
  uniqueLocal: "a private network",
  linkLocal: "the local link, where clouds keep their metadata",
  deprecatedSiteLocal: "a private network",
  carrierGradeNat: "a provider's own network",
  multicast: "many machines at once",
  broadcast: "many machines at once",
  rfc6052: "another address in translation",
  rfc6145: "another address in translation",
  "6to4": "another address in translation",
  teredo: "another address in translation",
};

/** All that is handed out to machines on the Internet. https://www.iana.org/assignments/ipv6-address-space */
const GLOBAL_UNICAST_V6 = ipaddr.IPv6.parseCIDR("2000::/3");
/** Azure's host: a public address that answers inside only, with settings and certificates of the machine. */
const AZURE_HOST = "168.63.129.16";

/**
 * The address that is really connected to: an IPv4 address written as IPv6 (`::ffff:10.0.0.1`) is that IPv4 address.
 * Null when the text is none; a zone (`fe80::1%eth0`) is left out.
 */
export function parseAddress(text: string): IpAddress | null {
  const bare = text.split("%", 1)[0] ?? "";
  return ipaddr.isValid(bare) ? ipaddr.process(bare) : null;
}

/** What the address is instead of a machine on the Internet, in words; null when it is one. */
export function specialKind(address: IpAddress): string | null {
  const range = address.range();
  if (range !== "unicast") return IN_WORDS[range] ?? "a reserved range";
  if (address.toString() === AZURE_HOST) return "a cloud's metadata service";
  if (address instanceof ipaddr.IPv6 && !address.match(GLOBAL_UNICAST_V6)) return "a reserved range";
  return null;
}
