import { z } from "zod";

/** Calls from one service to another one, or to a database or queue. */
export const serviceCall = z.object({
  caller: z.string(),
  callee: z.string(),
  kind: z.enum(["service", "database", "queue"]),
  calls: z.number(),
  callsPerSecond: z.number(),
  /** As whoever was called measured it; databases and queues: as the caller did. */
  p95Ms: z.number().nullable(),
  errorRatio: z.number(),
});
export type ServiceCall = z.infer<typeof serviceCall>;

/** Who calls whom, from raw spans: most calls first, at most 100. */
export const serviceMap = z.object({
  /** Spans are read from here on: the newest part of the range alone where there are many. */
  fromMs: z.number(),
  calls: z.array(serviceCall),
});
export type ServiceMap = z.infer<typeof serviceMap>;
