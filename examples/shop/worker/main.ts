/** shop-worker: processes placed orders from the queue table, and runs the cron job at every full minute. */
import "../runtimeMetrics.ts";
import { setTimeout as wait } from "node:timers/promises";
import { openPool } from "../db/pool.ts";
import { announceReady, stopWith } from "../lifecycle.ts";
import { log } from "../log.ts";
import { EVERY_MINUTE_MS, reconcileStock } from "./cron.ts";
import { processNextOrder } from "./queue.ts";

const LOOK_EVERY_MS = 250;

const pool = openPool();
const stopping = new AbortController();
const { signal } = stopping;

/** Resolves early, and quietly, when the worker is told to stop. */
const pause = (ms: number) => wait(ms, undefined, { signal }).catch(() => undefined);

async function workOffQueue(): Promise<void> {
  while (!signal.aborted) {
    try {
      if (await processNextOrder(pool)) continue;
    } catch (error) {
      log.error("the queue can't be read", error);
    }
    await pause(LOOK_EVERY_MS);
  }
}

async function keepSchedule(): Promise<void> {
  await reconcileStock(pool);
  while (!signal.aborted) {
    await pause(EVERY_MINUTE_MS - (Date.now() % EVERY_MINUTE_MS));
    if (!signal.aborted) await reconcileStock(pool);
  }
}

const work = Promise.all([workOffQueue(), keepSchedule()]);
stopWith(async () => {
  stopping.abort();
  await work;
  await pool.end();
});
log.info("shop-worker is ready");
announceReady();
