import { isIP } from "node:net";

/**
 * What a client's address counts as: IPv4 as it is, IPv6 by its /64, of which every household and every rented machine
 * has a whole one to choose from. IPv4 written as IPv6 is IPv4.
 */
export function limitedAddress(address: string): string {
  const version = isIP(address);
  if (version === 4) return address;
  if (version === 0) return "unknown";
  const words = wordsOf(address.split("%", 1)[0] ?? "");
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff;
  if (isMapped) {
    const [high = 0, low = 0] = words.slice(6);
    return [high >> 8, high & 0xff, low >> 8, low & 0xff].join(".");
  }
  const prefix = words.slice(0, 4).map((word) => word.toString(16));
  return `${prefix.join(":")}::/64`;
}

/** The eight 16-bit words of an IPv6 address that isIP() has accepted. */
function wordsOf(address: string): readonly number[] {
  const [head = "", tail] = address.split("::");
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  const missing = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array.from({ length: missing }, () => 0), ...after];
}

function groupsOf(text: string): readonly number[] {
  if (text === "") return [];
  return text.split(":").flatMap((group) => {
    if (!group.includes(".")) return [Number.parseInt(group, 16)];
    const [a = 0, b = 0, c = 0, d = 0] = group.split(".").map(Number);
    return [(a << 8) | b, (c << 8) | d];
  });
}
