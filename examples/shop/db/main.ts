/** The shop's database as a process of its own, used when DATABASE_URL is not set. */
import { startEmbeddedDatabase } from "./embedded.ts";

const database = await startEmbeddedDatabase();
const stop = () => {
  void database.stop().finally(() => process.exit(0));
};
process.once("SIGTERM", stop);
process.once("disconnect", stop);
// Ctrl-C reaches the whole group of processes; the database goes last, when the parent says so.
process.on("SIGINT", () => {});
process.send?.({ ready: true, url: database.url });
