/** What the operator allows beyond the public Internet: THROUGHLINE_OUTGOING_ALLOW. */
import ipaddr from "ipaddr.js";
import { type IpAddress, parseAddress } from "./addressKind.ts";

export interface Allowance {
  hasName(hostname: string): boolean;
  hasAddress(address: IpAddress): boolean;
}

/** @param entries networks (`10.1.0.0/16`), addresses (`::1`) or names (`keycloak.internal`: wherever it leads) */
export function createAllowance(entries: readonly string[]): Allowance {
  const names = new Set<string>();
  const networks: [IpAddress, number][] = [];
  for (const entry of entries) {
    const address = parseAddress(entry);
    if (address !== null) networks.push([address, address.kind() === "ipv4" ? 32 : 128]);
    else if (ipaddr.isValidCIDR(entry)) networks.push(ipaddr.parseCIDR(entry));
    else names.add(entry.toLowerCase());
  }
  return {
    hasName: (hostname) => names.has(hostname.replace(/\.$/, "")),
    hasAddress: (address) => networks.some(([network, bits]) => contains(network, bits, address)),
  };
}

function contains(network: IpAddress, bits: number, address: IpAddress): boolean {
  if (network instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(network, bits);
  return address instanceof ipaddr.IPv6 && address.match(network, bits);
}
