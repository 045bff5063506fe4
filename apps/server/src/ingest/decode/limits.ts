/** Every bound of the decoder in one place. Sizes in bytes, times in milliseconds. */
export interface DecodeLimits {
  /** A body after decompression; beyond it the request is refused (`too_large`), also when it was sent small. */
  readonly bodyBytesMax: number;
  /** Encoded rows of one request. Resource attributes repeat in every row, so a small body can ask for a lot. */
  readonly rowBytesMax: number;
  /** Spans, log records or metric points of one request; also its resources, scopes and metrics together. */
  readonly itemsMax: number;
  /** Distinct attribute keys, names and routes of one request. */
  readonly distinctMax: number;
  /** Attributes kept of one span, log record, point, resource or scope. */
  readonly attributesMax: number;
  readonly attributeValueBytesMax: number;
  readonly attributeKeyBytesMax: number;
  /** Span, service, metric, scope and route names. */
  readonly nameBytesMax: number;
  readonly logBodyBytesMax: number;
  readonly stackBytesMax: number;
  /** Arrays and maps inside an attribute value or a log body. */
  readonly nestingMax: number;
  /** Events (and links) kept of one span, exemplars of one point. */
  readonly eventsMax: number;
  /** Buckets or quantiles of one metric point; a point with more is refused. */
  readonly bucketsMax: number;
  /** How far in the future of its arrival an item may start. */
  readonly futureMs: number;
  /** How old an item may be: what the store would expire at once is refused instead. */
  readonly retentionMs: number;
  /** Longer durations are cut: they come from broken clocks and would ruin every average. */
  readonly durationMsMax: number;
  readonly tailItemsMax: number;
}

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;

export const DECODE_LIMITS: DecodeLimits = {
  bodyBytesMax: 64 * MIB,
  rowBytesMax: 128 * MIB,
  itemsMax: 200_000,
  distinctMax: 100_000,
  attributesMax: 128,
  attributeValueBytesMax: 16 * 1024,
  attributeKeyBytesMax: 256,
  nameBytesMax: 1024,
  logBodyBytesMax: 256 * 1024,
  stackBytesMax: 64 * 1024,
  nestingMax: 16,
  eventsMax: 128,
  bucketsMax: 4096,
  futureMs: HOUR_MS,
  retentionMs: 30 * 24 * HOUR_MS,
  durationMsMax: 7 * 24 * HOUR_MS,
  tailItemsMax: 100,
};
