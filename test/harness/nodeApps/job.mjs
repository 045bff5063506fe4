// A script that does its work and ends by itself.
import { instrumentCron } from "@throughline/node";

await instrumentCron("once", "@daily", async () => 1)();
process.exitCode = 4;
console.log("{}");
