import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { SECRET, SPAN } from "./logLines.fixture.ts";

const WRITER = fileURLToPath(new URL("./log.fixture.ts", import.meta.url));

const record = z.object({
  body: z.string(),
  severityNumber: z.number(),
  severityText: z.string(),
  attributes: z.record(z.string(), z.string()),
  seconds: z.number(),
  traceId: z.string(),
  spanId: z.string(),
});
type LogRecord = z.infer<typeof record>;

interface Written {
  readonly records: readonly LogRecord[];
  readonly output: string;
}

async function write(level: string, to: "pipe" | "terminal"): Promise<Written> {
  const child = fork(WRITER, [level, to], { silent: true });
  const outputs = ["", ""];
  child.stdout?.on("data", (chunk: Buffer) => (outputs[0] += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (outputs[1] += chunk.toString()));
  let received: unknown = [];
  child.on("message", (message) => {
    received = message;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, outputs.join("\n"));
  return { records: z.array(record).parse(received), output: outputs[0] ?? "" };
}

function recordOf({ records }: Written, body: string): LogRecord {
  const found = records.filter((each) => each.body === body);
  assert.equal(found.length, 1, body);
  return found[0] as LogRecord;
}

describe("the log", () => {
  let all: Written;
  let startedMs: number;
  before(async () => {
    startedMs = Date.now();
    all = await write("trace", "pipe");
  });

  test("is one JSON object a line, and the same lines are OpenTelemetry records", () => {
    const lines = all.output.trimEnd().split("\n");
    const messages = lines.map((line) => z.object({ msg: z.string() }).parse(JSON.parse(line)).msg);
    assert.ok(messages.includes("two\nlines"));
    // A fatal line is written at once and may overtake one that is under way.
    assert.deepEqual(all.records.map(({ body }) => body).toSorted(), messages.toSorted());
  });

  test("tells severity in OpenTelemetry's numbers and words", () => {
    const expected = [
      ["trace", 1],
      ["debug", 5],
      ["info", 9],
      ["warn", 13],
      ["error", 17],
      ["fatal", 21],
    ] as const;
    for (const [name, severityNumber] of expected) {
      const found = recordOf(all, `a line at ${name}`);
      assert.deepEqual([found.severityNumber, found.severityText], [severityNumber, name.toUpperCase()]);
      assert.deepEqual(found.attributes, {});
      assert.ok(found.seconds >= Math.floor(startedMs / 1000) && found.seconds <= Date.now() / 1000);
    }
  });

  test("keeps details as attributes", () => {
    assert.deepEqual(recordOf(all, "with details").attributes, {
      segment: "7",
      table: "spans",
      nested: '{"a":[1,null]}',
      isIt: "true",
    });
    assert.deepEqual(recordOf(all, "of a request").attributes, { reqId: "req-1" });
  });

  test("tells errors by the semantic conventions, with their causes", () => {
    const { attributes } = recordOf(all, "with an error");
    assert.equal(attributes["exception.type"], "TypeError");
    assert.match(attributes["exception.message"] ?? "", /^broken/);
    assert.match(attributes["exception.stacktrace"] ?? "", /log\.fixture\.ts:\d+/);
    assert.match(attributes["exception.stacktrace"] ?? "", /the reason/);
    assert.equal(recordOf(all, "alone").attributes["exception.type"], "RangeError");
    assert.equal(recordOf(all, "with what is no error").attributes["exception.message"], "just words");
  });

  test("belongs to the span it was written in", () => {
    const inside = recordOf(all, "inside of a span");
    assert.deepEqual([inside.traceId, inside.spanId], [SPAN.traceId, SPAN.spanId]);
    assert.equal(recordOf(all, "with details").traceId, "");
  });

  test("never holds what a request or an answer proves itself with, in either place", () => {
    for (const text of [all.output, JSON.stringify(all.records)]) {
      assert.ok(!text.includes(SECRET));
      // Two places in the first line, one in the second; four headers each.
      assert.equal(text.split("[redacted]").length - 1, 12);
      assert.ok(text.includes("a browser"), "the other headers are there");
    }
  });

  test("leaves out what is below its level, in both places", async () => {
    const some = await write("warn", "pipe");
    assert.deepEqual(
      some.records.map(({ body }) => body),
      ["warn", "error", "fatal"]
        .map((name) => `a line at ${name}`)
        .concat("with an error", "with what is no error", "alone"),
    );
    assert.equal(some.output.trimEnd().split("\n").length, 6);
    const none = await write("silent", "pipe");
    assert.deepEqual(none, { records: [], output: "" });
  });

  test("is readable on a terminal, without secrets there either, and makes the same records", async () => {
    const shown = await write("trace", "terminal");
    assert.match(shown.output, /INFO.*with details/);
    assert.ok(!shown.output.includes(SECRET));
    assert.match(shown.output, /\[redacted\]/);
    assert.equal(shown.records.length, all.records.length);
  });
});
