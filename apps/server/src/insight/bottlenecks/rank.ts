import { BOTTLENECK_SEVERITIES, type Bottleneck } from "@throughline/contract";

/** One of each id, the more severe of two windows; worst first, then by the share of time and the requests affected. */
export function worstFirst(found: readonly Bottleneck[]): Bottleneck[] {
  const byId = new Map<string, Bottleneck>();
  for (const each of found) {
    const known = byId.get(each.id);
    if (known === undefined || rankOf(each) < rankOf(known)) byId.set(each.id, each);
  }
  return [...byId.values()].toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      (b.shareOfRequestTime ?? 0) - (a.shareOfRequestTime ?? 0) ||
      (b.requestsAffected ?? 0) - (a.requestsAffected ?? 0) ||
      a.id.localeCompare(b.id),
  );
}

const rankOf = ({ severity }: Bottleneck): number => BOTTLENECK_SEVERITIES.indexOf(severity);
