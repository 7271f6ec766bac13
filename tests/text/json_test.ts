/** NDJSON and JSON: every record, wherever the text is cut, to the last digit. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { fromCsv, fromJson, fromNdjson, ParquetError, schema, t, TextError } from "../../mod.ts";
import { exactJson } from "../../src/text/exact_json.ts";
import { pieces, rowsOf } from "./support.ts";

const encoder = new TextEncoder();
const record = fc.record({
  i: fc.option(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)),
  s: fc.option(
    fc.string({ unit: fc.constantFrom("a", "\\", '"', "\n", "é", "😀", "]", "{", ",", " ") }),
  ),
  // JSON.stringify writes −0 as 0.
  l: fc.option(
    fc.array(fc.option(fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0))),
  ),
  o: fc.record({ b: fc.option(fc.boolean()), "}": fc.option(fc.constant("]")) }),
});
const wanted = schema({
  i: t.int64().nullable(),
  s: t.utf8().nullable(),
  l: t.list(t.float64().nullable()).nullable(),
  o: t.struct({ b: t.bool().nullable(), "}": t.utf8().nullable() }),
});

function textOf(value: unknown, indent = ""): string {
  return JSON.stringify(
    value,
    (_key, member) => typeof member === "bigint" ? `<${member}>` : member,
    indent,
  ).replace(/"<(-?\d+)>"/g, "$1");
}

const FORMS: Record<string, (records: readonly unknown[]) => string> = {
  lines: (records) => records.map((each) => `${textOf(each)}\n`).join(""),
  "an array": (records) => textOf(records),
  "an array over lines": (records) => ` \n${textOf(records, "  ")}\n\n`,
  "one after the other": (records) => records.map((each) => textOf(each, "\t")).join("\r\n"),
};

test("fromNdjson() and fromJson() read every record, wherever the text is cut", async () => {
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 12 }),
      fc.constantFrom(...Object.keys(FORMS)),
      cuts,
      async (records, form, where) => {
        const text = FORMS[form]!(records);
        const from = form === "lines" ? fromNdjson : fromJson;
        const read = await rowsOf(from(pieces(encoder.encode(text), where), { schema: wanted }));
        // A file has no −0 of its own type to lose; hyparquet reads missing lists as undefined.
        assert.deepEqual(
          read.map(({ i, s, l, o }) => ({ i, s: s ?? null, l: l ?? null, o })),
          records.map((each) => ({ ...each, o: { ...each.o } })),
        );
      },
    ),
    { numRuns: 150 },
  );
});

test("exactJson() keeps integers exact, with and without help of the engine", () => {
  const text =
    '{"a":9007199254740993,"b":[-18446744073709551616,1,1.5],"c":"12345678901234567890","d":1234567890123456789.5,"e\\"":"\\uE000#1","f":123456789012345678901e0}';
  for (const withSource of [true, false]) {
    assert.deepEqual(exactJson(text, withSource), {
      a: 9007199254740993n,
      b: [-18446744073709551616n, 1, 1.5],
      c: "12345678901234567890",
      d: 1234567890123456789.5,
      'e"': "\uE000#1",
      f: 123456789012345678901,
    });
    assert.throws(() => exactJson("[12345678901234567890 1]", withSource), SyntaxError);
  }
});

test("fromJson() takes one object, and empty arrays where there is a schema", async () => {
  assert.deepEqual(await rowsOf(fromJson('{"a": 1}')), [{ a: 1n }]);
  assert.deepEqual(await rowsOf(fromJson("[]", { schema: schema({ a: t.int32() }) })), []);
  await assert.rejects(rowsOf(fromJson("[]")), /it has no records/);
  await assert.rejects(rowsOf(fromNdjson("\n\n")), /it has no records/);
});

test("JSON that is wrong is an error that says the line", async () => {
  const cases: [typeof fromJson, string, object, RegExp][] = [
    [fromJson, '[{"a":1} {"a":2}]', {}, /where a comma was expected \(line 1\)/],
    [fromJson, '[{"a":1},\n\n', {}, /its array is not closed/],
    [fromJson, '[{"a":1},]', {}, /where a value was expected/],
    [fromJson, '[{"a":1}]\nx', {}, /after the end of the array \(line 2\)/],
    [fromJson, '{"a":1}\n{"a":', {}, /has no end \(line 2\)/],
    [fromJson, '[\n{"a":1},\n{"a":x}\n]', {}, /not JSON.*\(line 3\)/],
    [fromJson, "[1]", {}, /it is a number, not an object.*\(line 1\)/],
    [fromNdjson, '{"a":1}\n{"a":1},\n', {}, /not JSON.*\(line 2\)/],
    [fromNdjson, '{"a":1}\n[1]\n', {}, /it is an array.*\(line 2\)/],
    [
      fromNdjson,
      '{"a":1}\n\n{"a":"x"}\n',
      { inferRows: 1 },
      /"x" as int64.*line 3, column "a".*types/,
    ],
    [fromNdjson, '{"a":1}\n{"b":1}\n', { inferRows: 1 }, /no such field.*line 2, column "b"/],
    [
      fromNdjson,
      '{"a":{"b":1}}\n{"a":{"b":2.5}}\n',
      { inferRows: 1 },
      /2.5 as int64.*line 2, column "a.b"/,
    ],
  ];
  for (const [from, text, options, message] of cases) {
    await assert.rejects(rowsOf(from(text, options)), message, text);
  }
  await assert.rejects(rowsOf(fromNdjson('{"a":1}\n{"a":x}\n')), TextError);
});

test("onError: skip leaves out records of JSON", async () => {
  const lines = Array.from(
    { length: 3000 },
    (_, i) => i % 5 === 2 ? `{"a":"${i}"}` : i % 7 === 3 ? `{"a":` : `{"a":${i}}`,
  );
  const skipped: number[] = [];
  const options = {
    types: { a: t.int32() },
    onError: "skip",
    onSkip: ({ line }: { line: number }) => skipped.push(line),
  } as const;
  const read = await rowsOf(fromNdjson(`${lines.join("\n")}\n`, options));
  const isGood = (i: number) => i % 5 !== 2 && i % 7 !== 3;
  assert.deepEqual(read.map(({ a }) => a), [...lines.keys()].filter(isGood));
  assert.deepEqual(
    skipped.sort((a, b) => a - b),
    [...lines.keys()].filter((i) => !isGood(i)).map((i) => i + 1),
  );
  const array = `[${
    Array.from({ length: 1000 }, (_, i) => i % 3 ? `{"a":${i}}` : `{"a":"${i}"}`).join(",\n")
  }]`;
  skipped.length = 0;
  assert.equal((await rowsOf(fromJson(array, options))).length, 666);
  assert.equal(skipped.length, 334);
  assert.deepEqual(skipped.slice(0, 3), [1, 4, 7]);
});

test("what is beyond all numbers of 64 bits is no infinity and no null", async () => {
  const huge = "9".repeat(400);
  for (const text of ["1e400", "-1E+400", '[1,{"b":1e999}]', `${huge}.5`]) {
    for (const types of [{}, { a: "json" }, { a: "float64" }]) {
      for (const from of [fromNdjson, fromJson]) {
        const wrong = from(`{"x":1}\n{"a":${text}}\n`, { types: { ...types, x: "int8" } });
        await assert.rejects(rowsOf(wrong), /beyond 1\.8e308.*line 2/, text);
      }
      const records = `[{"x":1},\n{"a":${text}},{"x":3,"a":null}]`;
      const rest = fromJson(records, { types: { ...types, x: "int8" }, onError: "skip" });
      assert.deepEqual((await rowsOf(rest)).map(({ x }) => x), [1, 3]);
    }
    assert.throws(() => exactJson(text, false), RangeError);
  }
  for (const type of ["float64", "float32"]) {
    const wrong = fromNdjson(`{"a":1}\n{"a":${huge}}\n`, { types: { a: type } });
    await assert.rejects(rowsOf(wrong), /line 2, column "a"/);
    const cells = fromCsv("a\n1\n1e400\n", { types: { a: type } });
    await assert.rejects(rowsOf(cells), /a number of at most .*line 3, column "a"/);
  }
  const fits = '{"a":1e308,"b":"1e400"}\n';
  assert.deepEqual(await rowsOf(fromNdjson(fits)), [{ a: 1e308, b: "1e400" }]);
});

test("what is nested too deeply is refused, also in a column of JSON", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  for (const types of [{}, { a: "json" }]) {
    await assert.rejects(rowsOf(fromNdjson(`{"a":${deep}}\n`, { types })), ParquetError);
  }
});

test("exactJson() without the source leaves names and long texts as they are", () => {
  for (
    const text of [
      '{"\ue000#1":12345678901234567,"\\ue000#2" :"\\ue000#12345678901234567"}',
      JSON.stringify(["y".repeat(8e6), "\\n".repeat(4e6)]).replace("]", ",12345678901234567]"),
    ]
  ) {
    assert.deepEqual(exactJson(text, false), exactJson(text, true));
  }
});

test("values of JSON go to columns of given types", async () => {
  const types = {
    j: "json",
    d: "decimal(30, 5)",
    f: "float32",
    b: "binary",
    u: "uuid",
    t: "timestamp(ns)",
  };
  const [row] = await rowsOf(fromNdjson(
    '{"j":{"x":[12345678901234567890,"é"]},"d":"1234567890123456789.12345","f":16777217,"b":"é","u":"00000000-0000-0000-0000-0000000000ff","t":"2026-01-31T00:00:00.000000001"}\n',
    { types },
  ));
  assert.deepEqual(row.j, { x: [12345678901234567890, "é"] });
  assert.equal(row.f, 16777216);
  assert.equal(row.u, "00000000-0000-0000-0000-0000000000ff");
});

test("values of several kinds are an error that says the lines on which they begin", async () => {
  const message = /integers \(line 1\) and strings \(line 4\)/;
  await assert.rejects(rowsOf(fromNdjson('{"a":1}\n\n\n{"a":"x"}\n')), { message });
  await assert.rejects(rowsOf(fromJson('[{"a":1},\n\n\n{"a":"x"}]')), { message });
});
