/** The list and the page of errors: what telemetry counted, with what people decided. */
import type { ErrorList, ErrorPage, ErrorsFilter, ErrorStatus, TimeRange } from "@throughline/contract";
import type { ControlStore } from "../engines/control/index.ts";
import type { ScopedReader } from "../engines/telemetry/index.ts";
import { readErrorGroup, readErrorGroups, type Decided } from "../insight/errorGroups/index.ts";
import type { Symbolicate } from "../insight/index.ts";
import { selectEvents, selectGroups, selectStates, UNDECIDED } from "./groupRows.ts";

const EVENTS_MAX = 10;
const HISTORY_MAX = 50;
const PEOPLE_MAX = 1000;

/** Which statuses have to be looked up for a filter: what is not decided is open. */
const LOOKED_UP: Readonly<
  Record<
    ErrorsFilter["state"],
    { readonly statuses: readonly ErrorStatus[]; readonly isOnly: boolean } | null
  >
> = {
  all: null,
  unresolved: { statuses: ["resolved", "ignored"], isOnly: false },
  open: { statuses: ["resolved", "ignored", "regressed"], isOnly: false },
  regressed: { statuses: ["regressed"], isOnly: true },
  resolved: { statuses: ["resolved"], isOnly: true },
  ignored: { statuses: ["ignored"], isOnly: true },
};

/** @throws {CursorError} */
export async function readErrorList(
  control: ControlStore,
  reader: ScopedReader,
  range: TimeRange,
  filter: ErrorsFilter,
  nowMs: number,
): Promise<Omit<ErrorList, "project">> {
  const { tenantId, projectId } = reader.scope;
  const wanted = LOOKED_UP[filter.state];
  const decided = await control.readAsTenant(tenantId, async (tx): Promise<Decided> => {
    if (wanted === null) return {};
    const groups = await selectGroups(tx, reader.scope, wanted.statuses);
    const fingerprints = groups.map(({ fingerprint }) => fingerprint);
    return wanted.isOnly ? { only: fingerprints } : { except: fingerprints };
  });
  const { errors, ...found } = await readErrorGroups(reader, range, filter, decided, nowMs);
  return await control.readAsTenant(tenantId, async (tx) => {
    const states = await selectStates(
      tx,
      projectId,
      errors.map(({ fingerprint }) => fingerprint),
    );
    return {
      ...found,
      errors: errors.map((row) => ({ ...row, state: states.get(row.fingerprint) ?? UNDECIDED })),
      events: await selectEvents(tx, projectId, {
        fromMs: found.range.fromMs,
        toMs: found.range.toMs,
        isSeenOnly: true,
        limit: EVENTS_MAX,
      }),
    };
  });
}

export interface ErrorQuestion {
  readonly fingerprint: string;
  readonly range: TimeRange;
  readonly symbolicate: Symbolicate;
  /** Who may be an owner: for those who may choose one. */
  readonly withPeople: boolean;
  readonly nowMs: number;
}

/** Null where no such error is known. */
export async function readError(
  control: ControlStore,
  reader: ScopedReader,
  { fingerprint, range, symbolicate, withPeople, nowMs }: ErrorQuestion,
): Promise<Omit<ErrorPage, "project"> | null> {
  const found = await readErrorGroup(reader, range, fingerprint, symbolicate, nowMs);
  if (found === null) return null;
  const { tenantId, projectId } = reader.scope;
  return await control.readAsTenant(tenantId, async (tx) => {
    const states = await selectStates(tx, projectId, [fingerprint]);
    return {
      ...found,
      error: { ...found.error, state: states.get(fingerprint) ?? UNDECIDED },
      history: await selectEvents(tx, projectId, { fingerprint, limit: HISTORY_MAX }),
      people: withPeople
        ? await tx.query<{ id: string; name: string }>(
            `select id, name from people order by name, id limit ${PEOPLE_MAX}`,
          )
        : [],
    };
  });
}
