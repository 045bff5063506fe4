/**
 * The last minute of everything that was sent, for those who come back. One log for all channels, so that its memory
 * has one bound; ids count through the whole process.
 */
import { LIVE_REPLAY_MS } from "@throughline/contract";

export interface LiveEvent {
  readonly number: number;
  readonly channel: string;
  readonly atMs: number;
  /** The whole event as it goes over the wire; made once for all who watch. */
  readonly bytes: Buffer;
}

export class EventLog {
  /** Starts the ids of this process: those of another one are not known here. */
  readonly bootId: string;
  readonly #bytesMax: number;
  readonly #nowMs: () => number;
  #events: LiveEvent[] = [];
  #bytes = 0;
  #last = 0;
  /** Per channel the number up to which events may be missing: forgotten ones, or from before the channel. */
  readonly #forgotten = new Map<string, number>();

  constructor(options: { readonly bootId: string; readonly bytesMax: number; readonly nowMs: () => number }) {
    this.bootId = options.bootId;
    this.#bytesMax = options.bytesMax;
    this.#nowMs = options.nowMs;
  }

  get lastId(): string {
    return `${this.bootId}-${this.#last}`;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** From now on events of the channel are kept. */
  begin(channel: string): void {
    this.#forgotten.set(channel, this.#last);
  }

  /** Forgets the channel; who comes back to it must fetch anew. */
  end(channel: string): void {
    this.#forgotten.delete(channel);
    this.#events = this.#events.filter((event) => event.channel !== channel);
    this.#bytes = this.#events.reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** @param name the event's type @param data sent as JSON */
  append(channel: string, name: string, data: unknown): LiveEvent {
    this.#last += 1;
    const bytes = formatEvent({ id: this.lastId, name, data });
    const event = { number: this.#last, channel, atMs: this.#nowMs(), bytes };
    this.#events.push(event);
    this.#bytes += bytes.length;
    this.forgetOld();
    return event;
  }

  /** Drops what is past its minute or beyond the bound; the newest event always stays. */
  forgetOld(): void {
    const oldestMs = this.#nowMs() - LIVE_REPLAY_MS;
    let count = 0;
    for (const event of this.#events) {
      if (count === this.#events.length - 1 || (event.atMs >= oldestMs && this.#bytes <= this.#bytesMax))
        break;
      count += 1;
      this.#bytes -= event.bytes.length;
      if (this.#forgotten.has(event.channel)) this.#forgotten.set(event.channel, event.number);
    }
    if (count > 0) this.#events.splice(0, count);
  }

  newest(channel: string): LiveEvent | undefined {
    return this.#events.findLast((event) => event.channel === channel);
  }

  /**
   * What came after an id on these channels, oldest first.
   * @returns null when the id is not of this process, or when something after it is no longer known
   */
  after(id: string, channels: ReadonlySet<string>): LiveEvent[] | null {
    this.forgetOld();
    const [, bootId, digits] = /^(.+)-(\d{1,15})$/.exec(id) ?? [];
    const number = Number(digits);
    if (bootId !== this.bootId || number > this.#last) return null;
    for (const channel of channels) {
      const forgotten = this.#forgotten.get(channel);
      if (forgotten === undefined || number < forgotten) return null;
    }
    return this.#events.filter((event) => event.number > number && channels.has(event.channel));
  }
}

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
export function formatEvent(event: {
  readonly id?: string;
  readonly name: string;
  readonly data: unknown;
}): Buffer {
  const id = event.id === undefined ? "" : `id: ${event.id}\n`;
  // JSON has no raw line breaks, so the data is one line.
  return Buffer.from(`${id}event: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`);
}
