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
