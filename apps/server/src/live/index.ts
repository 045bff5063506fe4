/** Live pages: the hub asks each watched question once for all who watch; the stream takes it to their browsers. */
export { LiveHub, DEFAULT_HUB_LIMITS, type HubLimits, type HubOptions, type HubStatus } from "./hub.ts";
export {
  DEFAULT_STREAM_LIMITS,
  liveStream,
  type LiveQuery,
  type LiveStreamOptions,
  type StreamLimits,
} from "./stream.ts";
export type { LiveRange } from "./channel.ts";
