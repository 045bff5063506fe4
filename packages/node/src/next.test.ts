/** What Next.js makes of `register` for its two runtimes: at the edge nothing of Node may be left, or the build fails. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { build, type Rolldown } from "vite";

async function bundledFor(runtime: "nodejs" | "edge"): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: "silent",
    define: { "process.env.NEXT_RUNTIME": JSON.stringify(runtime) },
    build: {
      write: false,
      lib: { entry: join(import.meta.dirname, "next.ts"), formats: ["es"], fileName: "next" },
      rolldownOptions: { external: [/^(node:|@opentelemetry|import-in-the-middle)/] },
    },
  });
  return (built as Rolldown.RolldownOutput[])
    .flatMap(({ output }) => output.map((part) => (part.type === "chunk" ? part.code : "")))
    .join("\n");
}

test("at the edge the adapter is empty", async () => {
  assert.doesNotMatch(await bundledFor("edge"), /node:|opentelemetry|import/);
});

test("in Node it brings everything", async () => {
  assert.match(await bundledFor("nodejs"), /node:/);
});
