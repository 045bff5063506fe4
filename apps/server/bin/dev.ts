/** `npm run dev`: node --watch runs this again on each change; the pages are built first when they changed. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

execFileSync(process.execPath, [fileURLToPath(new URL("../../web/build.ts", import.meta.url))], {
  stdio: "inherit",
});
await import("./throughline.ts");
