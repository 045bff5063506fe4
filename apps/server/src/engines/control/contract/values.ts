/** Values keep their meaning on the way to the database and back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ControlError } from "../store.ts";
import { isControlError, type TestStore } from "./backend.ts";

export function valuesContract(store: () => TestStore): void {
  test("every type arrives in its one documented form", async () => {
    const [row] = await store().query(
      `select 9007199254740993::int8 as big, 1.50::numeric as exact, 7::int4 as int, 2.5::float8 as float, true as yes,
              'x'::text as text, null::text as nothing, '\\x00ff'::bytea as bytes, '{"a":[1,null]}'::jsonb as json,
              '0194f000-0000-7000-8000-000000000001'::uuid as uuid, date '2026-02-28' as date,
              timestamp '2026-02-28 23:59:59.5' as local_time, interval '1 day 2 hours' as span,
              array[1,2]::int8[] as bigs, array[1,2]::int4[] as ints, array['a','b,"c\\',null]::text[] as texts`,
    );
    assert.deepEqual(row, {
      big: "9007199254740993",
      exact: "1.50",
      int: 7,
      float: 2.5,
      yes: true,
      text: "x",
      nothing: null,
      bytes: new Uint8Array([0, 255]),
      json: { a: [1, null] },
      uuid: "0194f000-0000-7000-8000-000000000001",
      date: "2026-02-28",
      local_time: "2026-02-28 23:59:59.5",
      span: "1 day 02:00:00",
      bigs: ["1", "2"],
      ints: [1, 2],
      texts: ["a", 'b,"c\\', null],
    });
  });

  test("times arrive as the same Date whatever the session's time zone", async () => {
    const statement = `select timestamptz '2026-07-01 12:00:00.123456+02' as t, timestamptz '0099-01-01 00:00:00Z' as old,
      timestamptz '12026-01-01 00:00:00Z' as late, timestamptz 'infinity' as ever, timestamptz '-infinity' as never,
      array[timestamptz '2026-07-01 00:00:00Z'] as list`;
    const expected = {
      t: new Date("2026-07-01T10:00:00.123Z"),
      old: new Date("0099-01-01T00:00:00Z"),
      late: new Date("+012026-01-01T00:00:00Z"),
      ever: new Date(8.64e15),
      never: new Date(-8.64e15),
      list: [new Date("2026-07-01T00:00:00Z")],
    };
    const zones = ["UTC", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"];
    for (const zone of zones) {
      const row = await store().transaction(async (tx) => {
        await tx.query("select set_config('timezone', $1, true)", [zone]);
        return (await tx.query(statement))[0];
      });
      assert.deepEqual(row, expected, zone);
    }
    const [{ zone } = { zone: "" }] = await store().query<{ zone: string }>(
      "select current_setting('timezone') as zone",
    );
    assert.equal(zone, "UTC");
  });

  test("parameters keep their value", async () => {
    const [row] = await store().query(
      `select $1::text as text, $2::int8 as big, $3::float8 as float, $4::bool as no, $5::timestamptz as time,
              $6::bytea as bytes, $7::jsonb as json, $8::text[] as texts, $9::int8[] as bigs, $10::text as nothing,
              $11::jsonb as list, $12::text[] as empty`,
      [
        "Robert'); drop table x;-- ✓ 🦊",
        2n ** 62n,
        -1e-7,
        false,
        new Date("2026-07-01T10:00:00.123Z"),
        new Uint8Array([0, 1, 255]).subarray(1),
        { a: [1, { b: "\"\\'" }], c: null },
        ['quote " comma , brace } backslash \\', "NULL", ""],
        [1, 2],
        null,
        JSON.stringify([1, "two"]),
        [],
      ],
    );
    assert.deepEqual(row, {
      text: "Robert'); drop table x;-- ✓ 🦊",
      big: "4611686018427387904",
      float: -1e-7,
      no: false,
      time: new Date("2026-07-01T10:00:00.123Z"),
      bytes: new Uint8Array([1, 255]),
      json: { a: [1, { b: "\"\\'" }], c: null },
      texts: ['quote " comma , brace } backslash \\', "NULL", ""],
      bigs: ["1", "2"],
      nothing: null,
      list: [1, "two"],
      empty: [],
    });
  });

  test("what has no SQL form is refused before it is sent", async () => {
    await assert.rejects(store().query("select $1::text", ["a\0b"]), isControlError("22021", /NUL/));
    await assert.rejects(
      store().query("select $1::timestamptz", [new Date(Number.NaN)]),
      isControlError(undefined, /invalid date/),
    );
    await assert.rejects(
      store().query("select $1::jsonb", [[{ a: 1 }]]),
      isControlError(undefined, /JSON\.stringify/),
    );
    const absent: { readonly value?: string } = {};
    await assert.rejects(
      store().query("select $1::text", [absent.value as string]),
      isControlError(undefined, /undefined: pass null/),
    );
  });

  test("a refused statement carries PostgreSQL's code and none of its parameters", async () => {
    await assert.rejects(store().query("selec 1"), isControlError("42601", /syntax error/));
    await assert.rejects(store().query("select 1/$1::int", [0]), isControlError("22012", /division by zero/));
    await store().query("create table secrets (s text unique)");
    await store().query("insert into secrets values ($1)", ["hunter2"]);
    await assert.rejects(store().query("insert into secrets values ($1)", ["hunter2"]), (error) => {
      assert.ok(error instanceof ControlError && error.sqlState === "23505");
      assert.ok(!error.message.includes("hunter2"));
      return true;
    });
    assert.deepEqual(await store().query("select 1 as one"), [{ one: 1 }], "the session goes on");
  });
}
