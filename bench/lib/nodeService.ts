/** A service as it is measured by nodeSdk.ts: raw HTTP and PostgreSQL, so that little but the telemetry is in the way. */
import { createServer } from "node:http";
import pg from "pg";

const QUERIES = 5;
const pool = new pg.Pool({ connectionString: process.env["DATABASE_URL"], max: 4 });

const server = createServer((request, response) => {
  void (async () => {
    if (request.url === "/usage") {
      globalThis.gc?.();
      const { rss } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      response.end(JSON.stringify({ rss, cpuMicros: user + system, thread: process.threadCpuUsage() }));
      return;
    }
    if (request.url === "/queries") {
      for (let i = 0; i < QUERIES; i++) await pool.query("select $1::int as id, 'open' as state", [i]);
    }
    response.setHeader("content-type", "application/json").end('{"ok":true}');
  })();
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : address}\n`);
});
