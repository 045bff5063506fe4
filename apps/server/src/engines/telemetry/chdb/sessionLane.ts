/**
 * A few engine sessions of one purpose. A session runs one statement at a time and holds a libuv thread meanwhile, so
 * lanes are small; queries and loads have their own, and neither can starve the other.
 */
import type { Session } from "chdb";
import { TelemetryError } from "../store.ts";

const WAITING_MAX = 256;

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout | null;
}

export class SessionLane {
  readonly #open: () => Promise<Session>;
  readonly #size: number;
  readonly #idle: Session[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #running = new Set<Promise<unknown>>();
  #opened = 0;
  #isClosed = false;

  constructor(size: number, open: () => Promise<Session>) {
    this.#size = size;
    this.#open = open;
  }

  /**
   * Runs `work` on a session of its own.
   * @param waitMs how long to wait for one at most; null for as long as it takes.
   */
  async use<T>(waitMs: number | null, work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closedError();
    // Counted from the first moment: closing has to wait for a session that is just being opened, too.
    const done = this.#use(waitMs, work);
    this.#running.add(done);
    try {
      return await done;
    } finally {
      this.#running.delete(done);
    }
  }

  async #use<T>(waitMs: number | null, work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#take(waitMs);
    let isSound = false;
    try {
      if (this.#isClosed) throw closedError();
      const result = await work(session);
      isSound = true;
      return result;
    } finally {
      if (isSound) this.#giveBack(session);
      else this.#discard(session);
    }
  }

  /** Refuses newcomers, lets what runs finish, closes the sessions. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const waiter of this.#waiting.splice(0)) {
      if (waiter.timer !== null) clearTimeout(waiter.timer);
      waiter.reject(closedError());
    }
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
    for (const session of this.#idle.splice(0)) session.close();
  }

  async #take(waitMs: number | null): Promise<Session> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#opened < this.#size) return await this.#openOne();
    if (this.#waiting.length >= WAITING_MAX)
      throw new TelemetryError("unavailable", "Too many queries wait for the telemetry store: try again.");
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    const timer = waitMs === null ? null : setTimeout(() => this.#giveUp(resolve), waitMs);
    this.#waiting.push({ resolve, reject, timer });
    return await promise;
  }

  async #openOne(): Promise<Session> {
    this.#opened += 1;
    try {
      return await this.#open();
    } catch (error) {
      this.#opened -= 1;
      throw error;
    }
  }

  #giveUp(resolve: Waiter["resolve"]): void {
    const at = this.#waiting.findIndex((waiter) => waiter.resolve === resolve);
    const [waiter] = at < 0 ? [] : this.#waiting.splice(at, 1);
    waiter?.reject(
      new TelemetryError("timeout", "The query waited too long for other queries to finish: try again."),
    );
  }

  #giveBack(session: Session): void {
    const waiter = this.#nextWaiter();
    if (waiter === undefined) this.#idle.push(session);
    else waiter.resolve(session);
  }

  /**
   * After an error a session still holds what the failed query had put out, and would hand it to the next query, which
   * may be another tenant's. Opening another one takes a millisecond.
   */
  #discard(session: Session): void {
    session.close();
    this.#opened -= 1;
    const waiter = this.#nextWaiter();
    if (waiter !== undefined) this.#openOne().then(waiter.resolve, waiter.reject);
  }

  #nextWaiter(): Waiter | undefined {
    const waiter = this.#isClosed ? undefined : this.#waiting.shift();
    if (waiter !== undefined && waiter.timer !== null) clearTimeout(waiter.timer);
    return waiter;
  }
}

function closedError(): TelemetryError {
  return new TelemetryError("closed", "The telemetry store is closed.");
}
