/** What this room needs of a logger; pino has it. */
export interface Log {
  warn(details: object, message: string): void;
}
