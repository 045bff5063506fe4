/**
 * One open stream. What the browser can't take in is not kept: while too much waits in the socket, only the newest
 * event of each topic is remembered, and of the tail that lines are missing.
 */
import type { ServerResponse } from "node:http";
import type { LiveTopic } from "@throughline/contract";
import { isState } from "./channel.ts";
import { formatEvent, type LiveEvent } from "./eventLog.ts";
import type { Subscriber } from "./hub.ts";

export interface ConnectionOptions {
  readonly response: ServerResponse;
  /** Bytes that may wait in the socket before events are skipped. */
  readonly waitingBytesMax: number;
  /** A reader that takes nothing for so long is gone. */
  readonly stalledMsMax: number;
  readonly lastId: () => string;
  readonly onEvent: () => void;
}

export class LiveConnection implements Subscriber {
  readonly #options: ConnectionOptions;
  readonly #skipped = new Map<LiveTopic, LiveEvent>();
  #isTailBroken = false;
  #blockedSinceMs: number | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    options.response.on("drain", () => this.#catchUp());
  }

  deliver(topic: LiveTopic, event: LiveEvent): void {
    if (this.#isBlocked()) {
      if (isState(topic)) this.#skipped.set(topic, event);
      else this.#isTailBroken = true;
      return;
    }
    this.#write(event.bytes);
    this.#options.onEvent();
  }

  /** Says something that is part of no channel. */
  say(name: string, data: unknown, id?: string): void {
    this.#write(formatEvent({ name, data, ...(id === undefined ? {} : { id }) }));
  }

  resync(reason: string): void {
    this.say("resync", { reason }, this.#options.lastId());
  }

  /** A comment, so that proxies and the browser see that the connection lives. */
  heartbeat(): void {
    const { response, stalledMsMax } = this.#options;
    if (this.#isBlocked()) {
      if (performance.now() - (this.#blockedSinceMs ?? 0) >= stalledMsMax) response.destroy();
      return;
    }
    this.#write(Buffer.from(": heartbeat\n\n"));
  }

  /** The planned end: the page reconnects at once with the last id. */
  end(): void {
    if (this.#options.response.writableEnded || this.#options.response.destroyed) return;
    this.say("reconnect", {});
    this.#options.response.end();
  }

  #isBlocked(): boolean {
    if (this.#blockedSinceMs !== null) return true;
    const { response, waitingBytesMax } = this.#options;
    if (response.writableLength <= waitingBytesMax) return false;
    this.#blockedSinceMs = performance.now();
    return true;
  }

  #catchUp(): void {
    if (this.#blockedSinceMs === null) return;
    this.#blockedSinceMs = null;
    const events = [...this.#skipped].toSorted(([, a], [, b]) => a.number - b.number);
    this.#skipped.clear();
    for (const [topic, event] of events) this.deliver(topic, event);
    if (!this.#isTailBroken) return;
    this.#isTailBroken = false;
    this.resync("The connection was too slow for all lines.");
  }

  #write(bytes: Buffer): void {
    const { response } = this.#options;
    if (!response.writableEnded && !response.destroyed) response.write(bytes);
  }
}
