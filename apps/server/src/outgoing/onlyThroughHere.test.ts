/** Nobody goes out to an address by other means than the guard, but for those whose address the operator sets. */
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** Whoever imports one of these for more than its types can connect somewhere. */
const CONNECTING =
  /^import (?!type )[^;]*? from "(?:node:)?(https?|http2|net|tls|dgram|dns|dns\/promises|undici|pg|nodemailer|openid-client|@redis\/client|@clickhouse\/client|@grpc\/[\w-]+)";/gm;
const FETCHING = /(?<![.\w]|async )fetch\(|globalThis\.fetch|\b(XMLHttpRequest|EventSource|WebSocket)\(/g;

/** Each with the reason why it leads to no address that a person set. */
const ALLOWED: Readonly<Record<string, string>> = {
  "outgoing/guardedFetch.ts undici": "the guard",
  "outgoing/boundBody.ts undici": "the guard: makes an answer",
  "outgoing/nextHop.ts undici": "the guard: reads an answer",
  "outgoing/checkedLookup.ts dns/promises": "the guard",
  "outgoing/guardedSocket.ts net": "the guard",
  "databases/session.ts pg": "is given the guard's sockets",
  "access/sso/oidcClient.ts openid-client": "is given the guard's fetch",
  "access/sso/domains.ts dns/promises": "asks name servers for text, connects to nothing",
  "access/mail/mailer.ts nodemailer": "SMTP_URL is the operator's",
  "engines/control/postgres.ts pg": "DATABASE_URL is the operator's",
  "engines/shared/redisConnection.ts @redis/client": "REDIS_URL is the operator's",
  "engines/telemetry/clickhouse/clickhouse.ts @clickhouse/client": "CLICKHOUSE_URL is the operator's",
  "ingest/receive/otlpGrpc.ts http2": "listens",
  "config/values.ts net": "isIP only",
  "access/limits/limitedAddress.ts net": "isIP only",
  "access/requestOrigin.ts net": "BlockList only",
  "access/ownOrigin.ts net": "isIP only",
};

test("user-set addresses are asked through the guard only", async () => {
  const found: string[] = [];
  for (const entry of await readdir(ROOT, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(ROOT, path);
    if (
      !name.endsWith(".ts") ||
      /\.(test|fixture)\.ts$|[tT]est(Rig|Product|ing\/)|accessContract\//.test(name)
    )
      continue;
    const text = await readFile(path, "utf8");
    for (const [, module] of text.matchAll(CONNECTING)) found.push(`${name} ${module}`);
    // Comments may speak of it.
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    for (const [call] of code.matchAll(FETCHING)) found.push(`${name} ${call}`);
  }
  assert.deepEqual(found.toSorted(), Object.keys(ALLOWED).toSorted());
});
