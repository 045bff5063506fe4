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
  /** Start of the rollups' names: `requests` by route, or `spans` by service, which has a hundredth of the cells. */
  readonly of: "requests" | "spans";
  readonly where: string;
  readonly params: QueryParams;
}

/** Where requests are counted, with conditions as of `requestFilter`. */
export function requestSource(filter: RequestFilter): RequestSource {
  const { where, params } = requestFilter(filter);
  return filter.route === undefined
    ? { of: "spans", where: `AND kind = 'server' ${where}`, params }
    : { of: "requests", where, params };
}
