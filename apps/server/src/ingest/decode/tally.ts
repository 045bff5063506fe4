/** What became of a request's items, and the sentence its sender gets about it. */
import { IngestRefusal, type IngestRequest, type RefusalReason, type TailItem } from "../types.ts";
import type { DecodeFlags } from "./decoder.ts";
import type { GuardPlace } from "./guard.ts";
import type { DecodeLimits } from "./limits.ts";

const DAY_MS = 86_400_000;

/** One request's counters. Made per request; the decoders add to it. */
export class Tally {
  readonly request: IngestRequest;
  readonly limits: DecodeLimits;
  readonly wantsTail: boolean;
  readonly exceeded: DecodeFlags["exceeded"];
  readonly tail: TailItem[] = [];
  /** Items that the tail would have had, were it not full. */
  tailLeftOut = 0;
  readonly services = new Set<string>();
  readonly refused: Partial<Record<RefusalReason, number>> = {};
  /** Arrival time in nanoseconds, as halves: stands in for times of 0. */
  readonly receivedLo: number;
  readonly receivedHi: number;
  accepted = 0;
  /** Of the accepted: log records with an event name. */
  events = 0;
  items = 0;
  private groups = 0;
  overflowed = 0;
  newestTimeMs = 0;
  /** Items that lost attributes, events or links to a limit, but were kept. */
  trimmed = 0;
  /** The first thing that was wrong with an item, for the sentence. */
  invalidExample = "";

  constructor(request: IngestRequest, limits: DecodeLimits, flags: DecodeFlags) {
    this.request = request;
    this.limits = limits;
    this.wantsTail = flags.tail;
    this.exceeded = flags.exceeded;
    const nanos = BigInt(Math.trunc(request.receivedAtMs)) * 1_000_000n;
    this.receivedLo = Number(BigInt.asIntN(32, nanos));
    this.receivedHi = Number(BigInt.asIntN(32, nanos >> 32n));
  }

  refuse(reason: RefusalReason, example = ""): void {
    this.refused[reason] = (this.refused[reason] ?? 0) + 1;
    if (this.invalidExample === "") this.invalidExample = example;
  }

  /** Whether the daily quota has room for a log record; counts the refusal if not. */
  admitsRecord(isEvent: boolean): boolean {
    if (this.exceeded?.includes(isEvent ? "events" : "logs") !== true) return true;
    this.refuse("quota_exceeded");
    return false;
  }

  /** Where the cardinality guard counts what this request brings. */
  guardPlace(service: string, metric = ""): GuardPlace {
    const { sender, receivedAtMs } = this.request;
    const { tenantId, projectId } = sender;
    return { tenantId, projectId, service, metric, nowMs: receivedAtMs };
  }

  refuseDeep(): void {
    this.refuse("invalid", `a value is nested deeper than ${this.limits.nestingMax} levels`);
  }

  accept(timeMs: number): void {
    this.accepted++;
    if (timeMs > this.newestTimeMs) this.newestTimeMs = timeMs;
  }

  /** Asked once an accepted item: what finds no place is counted, so that whoever follows is told. */
  takesTailItem(): boolean {
    if (!this.wantsTail) return false;
    if (this.tail.length < this.limits.tailItemsMax) return true;
    this.tailLeftOut++;
    return false;
  }

  /** Counts an item before anything of it is read; refuses the request when there are too many. */
  countItem(): void {
    if (++this.items > this.limits.itemsMax) {
      throw new IngestRefusal(
        "too_large",
        `The request has more than ${this.limits.itemsMax} items. Send them in several requests.`,
      );
    }
  }

  /** The same for what holds items: resources, scopes and metrics, which cost something even when they are empty. */
  countGroup(): void {
    if (++this.groups > this.limits.itemsMax) {
      throw new IngestRefusal(
        "too_large",
        `The request has more than ${this.limits.itemsMax} resources, scopes and metrics. Put items that share a ` +
          "resource together, and send several requests.",
      );
    }
  }

  /** Whether a time could be right, for details of an item that is taken anyway. */
  isPlausible(timeMs: number): boolean {
    const { receivedAtMs } = this.request;
    return timeMs <= receivedAtMs + this.limits.futureMs && timeMs >= receivedAtMs - this.limits.retentionMs;
  }

  /** Whether an item's time can be taken; counts the refusal if not. */
  admitsTime(timeMs: number): boolean {
    const { receivedAtMs } = this.request;
    if (timeMs > receivedAtMs + this.limits.futureMs) {
      this.refuse("future_time");
      return false;
    }
    if (timeMs < receivedAtMs - this.limits.retentionMs) {
      this.refuse("expired_time");
      return false;
    }
    return true;
  }

  /** One sentence per kind of trouble, with counts and what to do; empty when everything was taken as sent. */
  message(): string {
    const { refused, limits } = this;
    const parts: string[] = [];
    const add = (count: number | undefined, what: string) => {
      if (count !== undefined && count > 0) parts.push(`${count} ${what}`);
    };
    add(
      refused.future_time,
      `refused: they start more than ${hours(limits.futureMs)} in the future; set the sender's clock`,
    );
    add(
      refused.expired_time,
      `refused: they are older than the retention of ${Math.round(limits.retentionMs / DAY_MS)} days`,
    );
    add(
      refused.invalid_id,
      "refused: a trace id must have 16 bytes, a span id 8 bytes, neither all zeros; check the exporter",
    );
    add(
      refused.quota_exceeded,
      `refused: the daily quota of ${this.exceeded?.join(" and ")} is used up until 00:00 UTC`,
    );
    add(refused.invalid, `refused: ${this.invalidExample || "they are not valid"}`);
    add(
      this.trimmed,
      `kept with only their first ${limits.attributesMax} attributes or ${limits.eventsMax} events and links; ` +
        "send fewer",
    );
    if (parts.length === 0) return "";
    return `Of ${this.items} items, ${parts.join("; ")}.`;
  }
}

function hours(ms: number): string {
  const count = ms / 3_600_000;
  return count === 1 ? "1 hour" : `${count} hours`;
}
