/** What a backend has to do. Scopes, parameters, statistics and sentences for errors are made once, in `telemetryStore.ts`. */
import type { EngineHealth, LoadFile, QueryParams } from "./store.ts";
import type { Statement } from "./sql/statement.ts";

/** Settings of one statement. Values are sent as text or number; every driver knows how to quote them. */
export type EngineSettings = Readonly<Record<string, string | number>>;

export interface SelectRequest {
  readonly statement: Statement;
  readonly params: QueryParams;
  readonly settings: EngineSettings;
  /** The engine's limit; waiting for a free connection may take as long again. */
  readonly maxExecutionMs: number;
}

export interface StreamRequest extends SelectRequest {
  readonly signal: AbortSignal;
}

export interface EngineDriver {
  readonly backend: EngineHealth["backend"];
  /** Rejects with TelemetryError. */
  select<Row>(request: SelectRequest): Promise<Row[]>;
  /** Pieces of whole lines of JSON. */
  stream(request: StreamRequest): AsyncIterable<string>;
  command(sql: string): Promise<void>;
  load(file: LoadFile): Promise<void>;
  /** Ends queries, lets loads finish, frees everything. May be called twice. */
  close(): Promise<void>;
}
