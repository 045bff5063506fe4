/** Program of the short-lived process of createCluster.ts: `node createClusterMain.ts <empty folder>`. */
import { openDurablePglite } from "./pgliteEngine.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Usage: node createClusterMain.ts <empty folder>");
const { db } = await openDurablePglite(folder);
await db.close();
