/**
 * Attribute keys the decoder knows by number: their place in this list is their number in every Interner.
 * Old and new names of the semantic conventions stand side by side:
 * https://opentelemetry.io/docs/specs/semconv/
 */
export const KEY = {
  none: 0,
  httpRequestMethod: 1,
  httpMethod: 2,
  httpResponseStatusCode: 3,
  httpStatusCode: 4,
  httpRequestBodySize: 5,
  httpRequestContentLength: 6,
  httpResponseBodySize: 7,
  httpResponseContentLength: 8,
  dbSystemName: 9,
  dbSystem: 10,
  httpRoute: 11,
  rpcService: 12,
  rpcMethod: 13,
  messagingDestinationName: 14,
  messagingDestination: 15,
  messagingOperationName: 16,
  messagingOperationType: 17,
  messagingOperation: 18,
  exceptionType: 19,
  exceptionMessage: 20,
  exceptionStacktrace: 21,
  exceptionEscaped: 22,
  serviceName: 23,
  serviceVersion: 24,
  deploymentEnvironmentName: 25,
  deploymentEnvironment: 26,
  serviceInstanceId: 27,
  hostName: 28,
  k8sPodName: 29,
  /** Written by us. */
  droppedAttributes: 30,
  droppedEvents: 31,
  droppedLinks: 32,
  clockSkew: 33,
  invalidId: 34,
  senderDroppedAttributes: 35,
  senderDroppedEvents: 36,
  senderDroppedLinks: 37,
  scopeVersion: 38,
  metricOverflow: 39,
} as const;

/** Keys below this number mean something to the decoder; all others go to the attribute map unseen. */
export const KNOWN_KEYS = 40;

/** Texts in the order of KEY, then values that rows often hold. */
export const WELL_KNOWN: readonly string[] = [
  "",
  "http.request.method",
  "http.method",
  "http.response.status_code",
  "http.status_code",
  "http.request.body.size",
  "http.request_content_length",
  "http.response.body.size",
  "http.response_content_length",
  "db.system.name",
  "db.system",
  "http.route",
  "rpc.service",
  "rpc.method",
  "messaging.destination.name",
  "messaging.destination",
  "messaging.operation.name",
  "messaging.operation.type",
  "messaging.operation",
  "exception.type",
  "exception.message",
  "exception.stacktrace",
  "exception.escaped",
  "service.name",
  "service.version",
  "deployment.environment.name",
  "deployment.environment",
  "service.instance.id",
  "host.name",
  "k8s.pod.name",
  "throughline.dropped_attributes",
  "throughline.dropped_events",
  "throughline.dropped_links",
  "throughline.clock_skew",
  "throughline.invalid_id",
  "otel.dropped_attributes_count",
  "otel.dropped_events_count",
  "otel.dropped_links_count",
  "otel.scope.version",
  "otel.metric.overflow",
];

/** Stands for everything a cardinality guard folded. */
export const OTHER = "(other)";
export const UNKNOWN_SERVICE = "unknown_service";
