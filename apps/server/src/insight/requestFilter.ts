import type { QueryParams } from "../engines/telemetry/index.ts";

export interface RequestFilter {
  readonly service?: string | undefined;
  readonly route?: string | undefined;
}

export const EVERYTHING: RequestFilter = {};

/** Conditions for any table with `service` and `route`: each starts with AND, values are bound. */
export function requestFilter({ service, route }: RequestFilter): {
  readonly where: string;
  readonly params: QueryParams;
} {
  return {
    where: [
      service === undefined ? "" : "AND service = {service:String}",
      route === undefined ? "" : "AND route = {route:String}",
    ].join(" "),
    params: {
      ...(service === undefined ? {} : { service }),
      ...(route === undefined ? {} : { route }),
    },
  };
}

export interface RequestSource {
  /** By route, or by service, which has a hundredth of the cells. */
  readonly table: "request_rollups" | "span_rollups";
  readonly where: string;
  readonly params: QueryParams;
}

/** Where requests are counted, with conditions as of `requestFilter`. */
export function requestSource(filter: RequestFilter): RequestSource {
  const { where, params } = requestFilter(filter);
  return filter.route === undefined
    ? { table: "span_rollups", where: `AND kind = 'server' ${where}`, params }
    : { table: "request_rollups", where, params };
}
