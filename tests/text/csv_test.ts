/** CSV: every cell as another parser reads it, wherever the text is cut. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import Papa from "papaparse";
import { fromCsv, schema, t, TextError } from "../../mod.ts";
import { pieces, rowsOf, typesOf } from "./support.ts";

const encoder = new TextEncoder();
const texts = schema({ a: t.utf8().nullable(), b: t.utf8().nullable(), c: t.utf8().nullable() });

/** Cells with all that is special in them. */
const cell = fc.string({
  unit: fc.constantFrom("a", "b", "7", ",", '"', "\n", "\r", ";", " ", "é", "😀", "€", "."),
  maxLength: 6,
});
const table = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 30 });
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 });

function quoted(text: string, always: boolean): string {
  return always || /["\r\n,;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

test("fromCsv() reads what was quoted, wherever the text is cut", async () => {
  await fc.assert(
    fc.asyncProperty(
      table,
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.constantFrom(",", ";"),
      fc.boolean(),
      fc.boolean(),
      cuts,
      async (rows, lineBreak, delimiter, always, endsWithBreak, where) => {
        const lines = rows.map((row) => row.map((text) => quoted(text, always)).join(delimiter));
        const text = ["a", "b", "c"].join(delimiter) + lineBreak + lines.join(lineBreak) +
          (endsWithBreak ? lineBreak : "");
        const read = await rowsOf(
          fromCsv(pieces(encoder.encode(text), where), { schema: texts, delimiter }),
        );
        const expected = rows.map((row) => row.map((text) => text === "" && !always ? null : text));
        assert.deepEqual(read.map(({ a, b, c }) => [a, b, c]), expected);
      },
    ),
    { numRuns: 150 },
  );
});

test("fromCsv() finds the cells that papaparse finds", async () => {
  // Quotes in the middle of a cell are letters to both; after a closing one both complain.
  const raw = fc.array(
    fc.constantFrom(
      "a",
      "bc",
      ",",
      ",",
      '"x"',
      '"y""z"',
      '"u,v"',
      '"1\n2"',
      "\n",
      "\r\n",
      " ",
      'k"l',
    ),
    { maxLength: 40 },
  );
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(raw, cuts, async (tokens, where) => {
      const text = `h,i,j\n${tokens.join("")}`;
      const parsed = Papa.parse(text, {
        delimiter: ",",
        newline: "\n",
        skipEmptyLines: true,
      });
      const expected = (parsed.data as string[][]).map((row) =>
        row.map((value) => value.replace(/\r$/, ""))
      )
        .filter((row) => row.length > 1 || row[0] !== "")
        // A delimiter after the last cell is none of a fourth; no token is an empty cell in quotes.
        .map((row) => row.length === 4 && row[3] === "" ? row.slice(0, 3) : row);
      const skipped: string[] = [];
      const read = await rowsOf(
        fromCsv(pieces(encoder.encode(text), where), {
          header: false,
          delimiter: ",",
          types: { column0: "utf8", column1: "utf8", column2: "utf8" },
          onError: "skip",
          onSkip: ({ reason }) => skipped.push(reason),
        }),
      );
      if (parsed.errors.length > 0 || skipped.some((reason) => !/cells?,/.test(reason))) return;
      compared++;
      assert.deepEqual(
        read.map((row) => [row.column0 ?? "", row.column1 ?? "", row.column2 ?? ""]),
        expected.filter((row) => row.length === 3),
      );
      assert.equal(read.length + skipped.length, expected.length);
    }),
    { numRuns: 200 },
  );
  assert.ok(compared > 100, `only ${compared} texts were compared`);
});

test("fromCsv() finds the delimiter out", async () => {
  const cases: Record<string, string> = {
    ",": "a,b\n1,x;y\n2,z\n",
    ";": 'a;b\n1,5;"x;y"\n2,25;z\n',
    "\t": "a\tb\n1,2\tx\n3\ty,z\n",
    "|": "a|b\n1|2\n3|4\n",
  };
  for (const text of Object.values(cases)) {
    const read = await rowsOf(fromCsv(text));
    assert.deepEqual(Object.keys(read[0]), ["a", "b"], text);
    assert.equal(read.length, 2);
  }
  assert.deepEqual(await rowsOf(fromCsv("name\nx y\n")), [{ name: "x y" }]);
});

test("fromCsv() names columns that are unnamed, or named twice", async () => {
  assert.deepEqual(Object.keys(await typesOf(fromCsv("a,,a,a_1,a\n1,2,3,4,5\n"))), [
    "a",
    "column1",
    "a_1",
    "a_1_1",
    "a_2",
  ]);
  assert.deepEqual(await rowsOf(fromCsv("1,x\n2,y\n", { header: false })), [
    { column0: 1n, column1: "x" },
    { column0: 2n, column1: "y" },
  ]);
  // Quotes within a cell that began without one are part of it.
  assert.deepEqual(await rowsOf(fromCsv('a""b,c\n1,2\n')), [{ 'a""b': 1n, c: 2n }]);
});

test("fromCsv() tells empty from nothing in text, and takes both for null elsewhere", async () => {
  const source = fromCsv('s,n\n"",""\n,\nNA,NA\n"NA",1\n', { nullValues: ["NA", "-"] });
  assert.deepEqual(await rowsOf(source), [
    { s: "", n: null },
    { s: null, n: null },
    { s: null, n: null },
    { s: "NA", n: 1n },
  ]);
});

test("fromCsv() skips lines without anything, unless there is one column", async () => {
  assert.deepEqual(await rowsOf(fromCsv("\n\na,b\n\n1,2\n\r\n3,4\n\n")), [
    { a: 1n, b: 2n },
    { a: 3n, b: 4n },
  ]);
  assert.deepEqual(await rowsOf(fromCsv("a\n1\n\n2\n")), [{ a: 1n }, { a: null }, { a: 2n }]);
  // Before the header there is no record yet, and lines still count.
  const late = fromCsv("\r\n\na\n1\nx\n", { types: { a: "int8" } });
  await assert.rejects(rowsOf(late), /line 5, column "a"/);
  assert.deepEqual(await rowsOf(fromCsv("\n\na\n1\n\n")), [{ a: 1n }, { a: null }]);
});

test("fromCsv() reads columns of a schema by name, in its order", async () => {
  const wanted = schema({ b: t.int16(), x: t.utf8().nullable(), a: t.decimal(5, 2) });
  assert.deepEqual(await rowsOf(fromCsv("a,b\n1.5,2\n-0.25,3\n", { schema: wanted })), [
    { b: 2, x: null, a: 1.5 },
    { b: 3, x: null, a: -0.25 },
  ]);
  await assert.rejects(
    rowsOf(fromCsv("a,b,c\n1,2,3\n", { schema: wanted })),
    /the schema lacks.*"c"/,
  );
  await assert.rejects(
    rowsOf(fromCsv("a\n1\n", { schema: wanted })),
    /no column of this name.*"b"/,
  );
  await assert.rejects(
    rowsOf(fromCsv("a,b\n1,\n", { schema: wanted })),
    /not nullable.*line 2, column "b"/,
  );
  const numbered = fromCsv("2,y,1\n", { schema: wanted, header: false });
  assert.deepEqual(await rowsOf(numbered), [{ b: 2, x: "y", a: 1 }]);
  const override = fromCsv("a,b\n1,2\n", { schema: wanted, types: { b: t.utf8() } });
  assert.equal((await typesOf(override)).b, "t.utf8()");
});

test("a record that does not fit is an error that says where, and what to set", async () => {
  const cases: [string, object, RegExp, number, string][] = [
    [
      "a,b\n1,2\nx,3\n",
      { types: { a: "int32" } },
      /"x" as int32.*set types: \{ "a": "utf8" \}/,
      3,
      "a",
    ],
    ['a,b\n"1\n2",3\n\n4,y', { types: { b: t.float64() } }, /"y" as float64/, 5, "b"],
    ["a,b\n1,2\n1.5,2\n", { inferRows: 1 }, /types: \{ "a": "float64" \}/, 3, "a"],
    ["a,b\n1,2\n99999999999999999999,2\n", { inferRows: 1 }, /decimal\(38, 0\)/, 3, "a"],
    ["a,b\n300,2\n", { types: { a: "uint8" } }, /from 0 to 255.*"int64"/, 2, "a"],
    ["a,b\n1\n", {}, /there is 1 cell, 2 expected/, 2, ""],
    ["a,b\n1,2,3\n", {}, /there are 3 cells, 2 expected/, 2, ""],
    ["a,b\n1,2,,\n", {}, /there are 4 cells, 2 expected/, 2, ""],
    ['a,b\n1,2,""\n', {}, /there are 3 cells, 2 expected/, 2, ""],
    ["a\n1,\n", { delimiter: "," }, /there are 2 cells, 1 expected/, 2, ""],
    ['a,b\n1,"x"y\n', {}, /after a closing quote/, 2, ""],
    ['a,b\n1,"x\n2,3\n', {}, /a quote is not closed/, 2, ""],
  ];
  for (const [text, options, message, line, column] of cases) {
    await assert.rejects(rowsOf(fromCsv(text, options)), (error) => {
      assert.ok(error instanceof TextError, String(error));
      assert.match(error.message, message);
      assert.deepEqual([error.line, error.column], [line, column], text);
      return true;
    });
  }
});

test("onError: skip leaves out what does not fit, and nothing else", async () => {
  const count = 5000;
  const lines = Array.from(
    { length: count },
    (_, i) =>
      i % 7 === 3 ? `x${i},1` : i % 11 === 5 ? `${i}` : i % 13 === 6 ? `${i},y` : `${i},${i % 2}`,
  );
  const skipped: [number, string, string][] = [];
  const read = await rowsOf(
    fromCsv(`a,b\n${lines.join("\n")}\n`, {
      types: { a: t.int32(), b: "uint8" },
      onError: "skip",
      onSkip: ({ line, column, text }) => skipped.push([line, column, text]),
    }),
  );
  const good = (_: string, i: number) => i % 7 !== 3 && i % 11 !== 5 && i % 13 !== 6;
  assert.deepEqual(read.map(({ a }) => a), [...lines.keys()].filter((i) => good("", i)));
  skipped.sort(([a], [b]) => a - b);
  assert.deepEqual(
    skipped.map(([line, , text]) => [line, text]),
    lines.flatMap((text, i) => good(text, i) ? [] : [[i + 2, text]]),
  );
  const columns = Map.groupBy(skipped, ([, column]) => column);
  assert.deepEqual([...columns.keys()].sort(), ["", "a", "b"]);
});

test("all bad records are left out in time that grows with them", async () => {
  let skipped = 0;
  const text = `a,b,c\n${"1,2,x\n".repeat(30_000)}`;
  const read = await rowsOf(
    fromCsv(text, { types: { c: "int32" }, onError: "skip", onSkip: () => skipped++ }),
  );
  assert.deepEqual([read.length, skipped], [0, 30_000]);
});

test("fromCsv() refuses options that are none", () => {
  const wrong: [object, RegExp][] = [
    [{ delimeter: ";" }, /did you mean "delimiter"/],
    [{ delimiter: "::" }, /one ASCII character/],
    [{ delimiter: '"' }, /the same as "quote"/],
    [{ types: { a: "in32" } }, /no such type; did you mean/],
    [{ onError: "ignore" }, /"error" or "skip"/],
    [{ encoding: "utf-99" }, /it is unknown/],
    [{ inferRows: 0 }, /positive integer/],
    [{ header: 1 }, /true or false/],
    [{ nullValues: [1] }, /array of them/],
  ];
  for (const [options, message] of wrong) {
    assert.throws(() => fromCsv("a\n1\n", options), message);
  }
});

test("fromCsv() takes a delimiter at the end of lines for no cell, unless the header has a name for it", async () => {
  const read = (text: string) => rowsOf(fromCsv(text));
  assert.deepEqual(await read("a,b\n1,2,\n3,,\n5,6"), [{ a: 1n, b: 2n }, { a: 3n, b: null }, {
    a: 5n,
    b: 6n,
  }]);
  assert.deepEqual(await read("a,b,\n1,2,\n"), [{ a: 1n, b: 2n, column2: null }]);
});
