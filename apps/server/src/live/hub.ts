/**
 * Who watches what, and the events for them. A channel exists from its first subscriber until a minute after its last
 * one left, so that a page that reconnects gets exactly what it missed.
 */
import { randomUUID } from "node:crypto";
import {
  LIVE_REPLAY_MS,
  resolveRange,
  type LiveNews,
  type LiveOverview,
  type LiveService,
  type LiveTopic,
  type LiveVitals,
  type VitalsFilter,
} from "@throughline/contract";
import type { BeneathReader } from "../sources/index.ts";
import type { VitalsReader } from "../budgets/index.ts";
import type { Scope, ScopedReader, TelemetryTable } from "../engines/telemetry/index.ts";
import type { Ingest, StoredNotice } from "../ingest/index.ts";
import { readLiveService, readOverview } from "../insight/index.ts";
import {
  channelKey,
  type LiveRange,
  type NewsTopic,
  type Publish,
  type Source,
  type Watch,
} from "./channel.ts";
import { EventLog, type LiveEvent } from "./eventLog.ts";
import type { Log } from "./log.ts";
import { createLiveMeter, type LiveMeter } from "./meter.ts";
import { Question, type QuestionLimits } from "./question.ts";
import { seriesTail } from "./seriesTail.ts";
import { tailSource, type TailLimits } from "./tailSource.ts";

export interface HubLimits extends QuestionLimits, TailLimits {
  readonly systemEveryMs: number;
  readonly beneathEveryMs: number;
  /** All kept events together. */
  readonly replayBytesMax: number;
  /** Channels that are kept without anybody watching. */
  readonly idleChannelsMax: number;
}

export const DEFAULT_HUB_LIMITS: HubLimits = {
  everyMsMin: 150,
  refreshMs: 30_000,
  retryMs: 2000,
  tailEveryMs: 100,
  tailItemsMax: 200,
  systemEveryMs: 2000,
  beneathEveryMs: 10_000,
  replayBytesMax: 64 * 1024 * 1024,
  idleChannelsMax: 100,
};

/** Rows of which tables are news; deployments and decisions are told by those who write them. */
const NEWS_TABLES: Readonly<Record<NewsTopic, readonly TelemetryTable[]>> = {
  errors: ["exceptions"],
  changes: ["web_vitals", "spans", "exceptions"],
  business: ["browser_events", "page_views", "web_vitals", "logs"],
  deployments: [],
};

export interface HubOptions {
  readonly ingest: Pick<Ingest, "onStored" | "onTail" | "setWatched">;
  /** Asked without tracing, or watching the product's own project would make the rows that make the next question. */
  readonly readerOf: (scope: Scope) => ScopedReader;
  /** The System page, or the part of it that changes. */
  readonly readSystem: (scope: Scope) => Promise<object>;
  readonly vitals: VitalsReader;
  /** What of the overview changes slower and costs more: asked at most every `beneathEveryMs`. */
  readonly readBeneath: BeneathReader;
  /** Budgets of a project were left or met again. */
  readonly onBudgetEvents: (listener: (scope: Scope) => void) => () => void;
  readonly onErrorEvents: (listener: (scope: Scope) => void) => () => void;
  readonly log: Log;
  readonly limits?: Partial<HubLimits>;
  readonly nowMs?: () => number;
}

export interface Subscriber {
  deliver(topic: LiveTopic, event: LiveEvent): void;
}

export interface Subscription {
  /** The id that the stream stands at before `events`. */
  readonly id: string;
  /** What was missed, was asked for, is no longer known: refetch, then go on. */
  readonly isResync: boolean;
  readonly events: readonly { readonly topic: LiveTopic; readonly event: LiveEvent }[];
  end(): void;
}

export interface HubStatus {
  /** Open streams, and events sent to them within the last minute. */
  readonly connections: number;
  readonly eventsPerMinute: number;
  readonly subscriptions: number;
  readonly channels: number;
  readonly replayBytes: number;
  readonly questionsAsked: number;
}

interface Channel {
  readonly key: string;
  readonly scope: Scope;
  readonly watch: Watch;
  readonly source: Source;
  readonly subscribers: Set<Subscriber>;
  idleTimer: NodeJS.Timeout | null;
}

export class LiveHub {
  readonly meter: LiveMeter;
  readonly #options: HubOptions;
  readonly #limits: HubLimits;
  readonly #nowMs: () => number;
  readonly #log: EventLog;
  readonly #channels = new Map<string, Channel>();
  readonly #stopListening: readonly (() => void)[];
  #subscribers = 0;
  #questionsAsked = 0;
  #isClosed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_HUB_LIMITS, ...options.limits };
    this.#nowMs = options.nowMs ?? Date.now;
    this.meter = createLiveMeter(this.#nowMs);
    this.#log = new EventLog({
      bootId: randomUUID().slice(0, 8),
      bytesMax: this.#limits.replayBytesMax,
      nowMs: this.#nowMs,
    });
    this.#stopListening = [
      options.ingest.onStored((notice) => this.#stored(notice)),
      options.onBudgetEvents((scope) => this.#budgetEvents(scope)),
      options.onErrorEvents((scope) => this.errorsChanged(scope)),
    ];
  }

  /** @param after the last id that was seen; undefined for a page that has just been fetched */
  subscribe(
    scope: Scope,
    watches: readonly Watch[],
    after: string | undefined,
    subscriber: Subscriber,
  ): Subscription {
    if (this.#isClosed) throw new Error("The live hub is closed.");
    const channels = watches.map((watch) => this.#channel(scope, watch));
    const topics = new Map(channels.map(({ key, watch }) => [key, watch.topic]));
    const missed = after === undefined ? null : this.#log.after(after, new Set(topics.keys()));
    const isResync = after !== undefined && missed === null;
    for (const channel of channels) this.#join(channel, subscriber, missed !== null);
    return {
      id: after === undefined || isResync ? this.#log.lastId : after,
      isResync,
      events: (missed ?? []).flatMap((event) => {
        const topic = topics.get(event.channel);
        return topic === undefined ? [] : [{ topic, event }];
      }),
      end: () => {
        for (const channel of channels) this.#leave(channel, subscriber);
      },
    };
  }

  get lastId(): string {
    return this.#log.lastId;
  }

  status(): HubStatus {
    return {
      ...this.meter.read(),
      subscriptions: this.#subscribers,
      channels: this.#channels.size,
      replayBytes: this.#log.bytes,
      questionsAsked: this.#questionsAsked,
    };
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const stop of this.#stopListening) stop();
    for (const channel of this.#channels.values()) this.#end(channel);
    if (this.#subscribers > 0) this.#options.ingest.setWatched(false);
    this.#subscribers = 0;
  }

  #channel(scope: Scope, watch: Watch): Channel {
    const key = channelKey(scope, watch);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    this.#log.begin(key);
    const subscribers = new Set<Subscriber>();
    const publish: Publish = (data) => {
      const event = this.#log.append(key, watch.topic, data);
      for (const subscriber of subscribers) subscriber.deliver(watch.topic, event);
    };
    const source = this.#source(scope, watch, publish);
    const channel: Channel = { key, scope, watch, source, subscribers, idleTimer: null };
    this.#channels.set(key, channel);
    return channel;
  }

  #join(channel: Channel, subscriber: Subscriber, isResumed: boolean): void {
    if (channel.idleTimer !== null) clearTimeout(channel.idleTimer);
    channel.idleTimer = null;
    if (channel.subscribers.size === 0 || !isResumed) channel.source.watched(true);
    channel.subscribers.add(subscriber);
    this.#subscribers += 1;
    if (this.#subscribers === 1) this.#options.ingest.setWatched(true);
  }

  #leave(channel: Channel, subscriber: Subscriber): void {
    if (this.#isClosed || !channel.subscribers.delete(subscriber)) return;
    this.#subscribers -= 1;
    if (this.#subscribers === 0) this.#options.ingest.setWatched(false);
    if (channel.subscribers.size > 0) return;
    channel.source.watched(false);
    channel.idleTimer = setTimeout(() => this.#end(channel), LIVE_REPLAY_MS);
    channel.idleTimer.unref();
    this.#boundIdle();
  }

  /** Those who change their filter again and again leave channels behind: the oldest go first. */
  #boundIdle(): void {
    const idle = [...this.#channels.values()].filter(({ subscribers }) => subscribers.size === 0);
    for (const channel of idle.slice(0, Math.max(0, idle.length - this.#limits.idleChannelsMax)))
      this.#end(channel);
  }

  #end(channel: Channel): void {
    if (channel.idleTimer !== null) clearTimeout(channel.idleTimer);
    channel.source.stop();
    this.#channels.delete(channel.key);
    this.#log.end(channel.key);
  }

  #stored(notice: StoredNotice): void {
    for (const { scope, source } of this.#channels.values()) {
      if (scope.tenantId === notice.tenantId && scope.projectId === notice.projectId) source.stored?.(notice);
    }
  }

  #budgetEvents({ tenantId, projectId }: Scope): void {
    for (const { scope, source } of this.#channels.values())
      if (scope.tenantId === tenantId && scope.projectId === projectId) source.budgetsChanged?.();
  }

  /** Of a project: pages that show them ask anew. */
  errorsChanged({ tenantId, projectId }: Scope): void {
    for (const { scope, source } of this.#channels.values())
      if (scope.tenantId === tenantId && scope.projectId === projectId) source.errorsChanged?.();
  }

  /** Of a project: pages that show them ask anew. */
  deploymentsChanged({ tenantId, projectId }: Scope): void {
    for (const { scope, source } of this.#channels.values())
      if (scope.tenantId === tenantId && scope.projectId === projectId) source.deploymentsChanged?.();
  }

  #source(scope: Scope, watch: Watch, publish: Publish): Source {
    switch (watch.topic) {
      case "overview": {
        let beneathAtMs = 0;
        return this.#asked(watch.topic, publish, (oldest) => {
          const isDue = this.#nowMs() - beneathAtMs >= this.#limits.beneathEveryMs;
          if (isDue) beneathAtMs = this.#nowMs();
          return this.#overview(scope, watch.range, oldest, isDue);
        });
      }
      case "service": {
        const { range, service } = watch;
        return this.#asked(
          watch.topic,
          publish,
          (oldest) => this.#service(scope, range, service, oldest),
          ({ services }) => services.includes(service),
        );
      }
      case "vitals": {
        const { range, filter } = watch;
        return this.#asked(
          watch.topic,
          publish,
          (oldest) => this.#vitals(scope, range, filter, oldest),
          ({ rowsByTable }) => (rowsByTable.web_vitals ?? 0) > 0,
        );
      }
      case "errors":
      case "changes":
      case "business":
      case "deployments":
        return this.#news(watch.topic, publish);
      case "system":
        return this.#asked(watch.topic, publish, () => this.#options.readSystem(scope), null);
      case "tail":
        return tailSource(this.#options.ingest, scope, watch.query, this.#limits, publish);
    }
  }

  #news(topic: NewsTopic, publish: Publish): Source {
    const tables = NEWS_TABLES[topic];
    return this.#asked(
      topic,
      publish,
      async (oldest): Promise<LiveNews> => {
        const atMs = this.#nowMs();
        return { oldestReceivedAtMs: oldest ?? atMs, atMs };
      },
      ({ rowsByTable }) => tables.some((table) => (rowsByTable[table] ?? 0) > 0),
    );
  }

  /** @param isConcerned which notices make it due; null: none, it is asked every `systemEveryMs` */
  #asked(
    name: LiveTopic,
    publish: Publish,
    ask: (oldestReceivedAtMs: number | null) => Promise<unknown>,
    isConcerned: ((notice: StoredNotice) => boolean) | null = () => true,
  ): Source {
    const { systemEveryMs } = this.#limits;
    const limits =
      isConcerned === null
        ? { ...this.#limits, everyMsMin: systemEveryMs, refreshMs: systemEveryMs }
        : this.#limits;
    const question = new Question({
      name,
      publish,
      limits,
      log: this.#options.log,
      ask: (oldestReceivedAtMs) => {
        this.#questionsAsked += 1;
        return ask(oldestReceivedAtMs);
      },
    });
    return {
      stored: (notice) => {
        if (isConcerned?.(notice) === true) question.rowsStored(notice.oldestReceivedAtMs);
      },
      budgetsChanged: () => {
        if (name === "vitals") question.rowsStored(this.#nowMs());
      },
      errorsChanged: () => {
        if (name === "errors") question.rowsStored(this.#nowMs());
      },
      deploymentsChanged: () => {
        if (name === "deployments" || name === "changes") question.rowsStored(this.#nowMs());
      },
      watched: (isWatched) => question.watched(isWatched),
      stop: () => question.stop(),
    };
  }

  /** @param isBeneathDue whether the costly part goes with it */
  async #overview(
    scope: Scope,
    range: LiveRange,
    oldestReceivedAtMs: number | null,
    isBeneathDue: boolean,
  ): Promise<LiveOverview> {
    const nowMs = this.#nowMs();
    const reader = this.#options.readerOf(scope);
    const resolved = resolveRange({ range }, nowMs);
    const [{ series, ...overview }, beneath] = await Promise.all([
      readOverview(reader, resolved, nowMs),
      isBeneathDue ? this.#options.readBeneath(reader, resolved, nowMs) : null,
    ]);
    const { health, kpis, services, routes, errors, newestDataMs } = overview;
    const atMs = this.#nowMs();
    return {
      health,
      kpis,
      seriesTail: seriesTail(series),
      services,
      routes,
      errors,
      newestDataMs,
      beneath,
      oldestReceivedAtMs: oldestReceivedAtMs ?? atMs,
      atMs,
    };
  }

  async #service(
    scope: Scope,
    range: LiveRange,
    service: string,
    oldestReceivedAtMs: number | null,
  ): Promise<LiveService> {
    const nowMs = this.#nowMs();
    const reader = this.#options.readerOf(scope);
    const { series, ...live } = await readLiveService(reader, service, resolveRange({ range }, nowMs), nowMs);
    const atMs = this.#nowMs();
    return {
      service,
      ...live,
      seriesTail: seriesTail(series),
      oldestReceivedAtMs: oldestReceivedAtMs ?? atMs,
      atMs,
    };
  }

  async #vitals(
    scope: Scope,
    range: LiveRange,
    filter: VitalsFilter,
    oldestReceivedAtMs: number | null,
  ): Promise<LiveVitals> {
    const nowMs = this.#nowMs();
    const reader = this.#options.readerOf(scope);
    const { vitals } = this.#options;
    const [answer, events] = await Promise.all([
      vitals.read(reader, resolveRange({ range }, nowMs), filter, nowMs, false),
      vitals.events(reader, filter),
    ]);
    const atMs = this.#nowMs();
    return { ...answer, events, oldestReceivedAtMs: oldestReceivedAtMs ?? atMs, atMs };
  }
}
