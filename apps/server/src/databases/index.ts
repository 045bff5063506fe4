/** Watched PostgreSQL databases: registered, looked at, explained. */
export { startDatabaseCollector, type DatabaseCollector } from "./collector.ts";
export {
  changeDatabase,
  createDatabase,
  deleteDatabase,
  projectOfDatabase,
  unknownDatabase,
} from "./manageDatabases.ts";
export { checkRegistered, readDatabase, readDatabases, readEmbedded } from "./readDatabases.ts";
export { readMissingIndexes, readStatementPlans } from "./readPlans.ts";
export { createOpenSession, type OpenSession } from "./session.ts";
