/** One visit, page view by page view: the answer of `GET /api/visits/{sessionId}`. */
import type { Visit, VisitPageView } from "@throughline/contract";
import type { ScopedReader } from "../../engines/telemetry/index.ts";
import { describePageView, type ItemRows } from "./describePageView.ts";
import type { Symbolicate } from "./symbolicate.ts";
import { readVisitRows, type PageViewRow, type VisitRows } from "./visitRows.ts";

/** Those navigations begin with a document of their own; the others go on in one, whose clock attribution is told by. */
const DOCUMENTS = new Set(["", "navigate", "reload", "back-forward", "prerender", "restore"]);

/** Null when nothing is stored of the session in this project. */
export async function readVisit(
  reader: ScopedReader,
  sessionId: string,
  symbolicate: Symbolicate,
): Promise<Omit<Visit, "project"> | null> {
  const rows = await readVisitRows(reader, sessionId);
  const first = rows?.pageViews[0];
  if (rows === null || first === undefined) return null;
  const documents = documentsOf(rows.pageViews);
  const pageViews: VisitPageView[] = [];
  for (const [index, view] of rows.pageViews.entries())
    pageViews.push(
      await describePageView(view, itemsOf(rows, view), {
        documentMs: documents[index] ?? view.startMs,
        storedTraces: rows.storedTraces,
        symbolicate,
      }),
    );
  const endMs = Math.max(...pageViews.map(({ startMs, durationMs }) => startMs + durationMs));
  return {
    sessionId,
    startMs: first.startMs,
    durationMs: endMs - first.startMs,
    deviceType: first.deviceType as Visit["deviceType"],
    connectionType: first.connectionType as Visit["connectionType"],
    country: first.country,
    release: first.release,
    environment: first.environment,
    pageViews,
    hiddenItems: rows.hiddenItems + rows.hiddenPageViews,
  };
}

/** When the document of each page view began. */
function documentsOf(views: readonly PageViewRow[]): number[] {
  let documentMs = 0;
  return views.map(({ navigationType, startMs }) => {
    if (DOCUMENTS.has(navigationType) || documentMs === 0) documentMs = startMs;
    return documentMs;
  });
}

function itemsOf(rows: VisitRows, { pageViewId }: PageViewRow): ItemRows {
  const own = <Row extends { readonly pageViewId: string }>(all: readonly Row[]): Row[] =>
    all.filter((row) => row.pageViewId === pageViewId);
  return {
    events: own(rows.events),
    vitals: own(rows.vitals),
    errors: own(rows.errors),
    origins: own(rows.origins),
  };
}
