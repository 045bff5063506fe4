/** One release against another of the same service. */
import type { ReleaseDiff, ReleaseRow } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { VIEWS_MIN } from "../statistics/index.ts";
import { newErrors, newQueries, newSpanNames } from "./novelties.ts";
import { findRelease } from "./readReleases.ts";
import { compareRoutes } from "./routes.ts";

export { readReleases } from "./readReleases.ts";

/** @returns the release that is not known, or the answer */
export async function readReleaseDiff(
  reader: ScopedReader,
  service: string,
  releases: { readonly a: string; readonly b: string },
): Promise<{ readonly unknown: string } | Omit<ReleaseDiff, "project">> {
  const [a, b] = await Promise.all([
    findRelease(reader, service, releases.a),
    findRelease(reader, service, releases.b),
  ]);
  if (a === null) return { unknown: releases.a };
  if (b === null) return { unknown: releases.b };
  const sides = { service, ...releases };
  const [errors, queries, spanNames, routes] = await Promise.all([
    newErrors(reader, sides),
    newQueries(reader, sides),
    newSpanNames(reader, a, b),
    compareRoutes(reader, sides),
  ]);
  return {
    service,
    a: sideOf(a, spanNames.fromA),
    b: sideOf(b, spanNames.fromB),
    caution: cautionOf(a, b),
    errors,
    spanNames: spanNames.names,
    queries: queries.queries,
    repeatedQueries: queries.repeated,
    ...routes,
  };
}

function sideOf(
  { service: _service, previous: _previous, ...row }: ReleaseRow,
  namesFromMs: number | null,
): ReleaseDiff["a"] {
  return { ...row, namesFromMs };
}

function cautionOf(a: ReleaseRow, b: ReleaseRow): string | null {
  const [few] = [a, b].filter(({ storedRequests }) => storedRequests < VIEWS_MIN);
  if (few === undefined) return null;
  const requests = few.storedRequests === 1 ? "1 request" : `${few.storedRequests} requests`;
  return `${few.release} had only ${requests}: what differs may just not have happened there. ${VIEWS_MIN} on each side are needed to judge.`;
}
