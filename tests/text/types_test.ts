/** Types of columns, found out: as DuckDB finds them out where both know the type. */

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { fromCsv, fromNdjson, type SchemaLike, TextError, toParquet } from "../../mod.ts";
import { decimalToDouble } from "../../src/text/decimal_to_double.ts";
import { inFolder } from "../cli/run_cli.ts";
import { rowsOf, typesOf } from "./support.ts";

/** Cells of a column, its type, and whether DuckDB says the same. */
const COLUMNS: readonly (readonly [readonly string[], string, boolean])[] = [
  [["1", "-2", ""], "t.int64()", true],
  [["9223372036854775807", "-9223372036854775808"], "t.int64()", true],
  [["9223372036854775808", "1"], "t.decimal(38, 0)", false],
  [["1".repeat(39), "1"], "t.utf8()", false],
  [["007", "12"], "t.utf8()", false],
  [["+49", "12"], "t.utf8()", false],
  [["0", "-0"], "t.int64()", true],
  [["1.5", "2"], "t.float64()", true],
  [["1e5", "-.5", "3."], "t.float64()", true],
  [["00.5", "1"], "t.utf8()", false],
  [["1.5", "nan", "-inf", "Infinity"], "t.float64()", true],
  [["inf", "nan"], "t.utf8()", false],
  [["1,5", "2"], "t.utf8()", true],
  [["true", "FALSE", "True"], "t.bool()", true],
  [["true", "maybe"], "t.utf8()", true],
  [["t", "f"], "t.utf8()", false],
  [["2026-01-31", "1969-12-31"], "t.date()", true],
  [["2026-02-30", "2026-01-01"], "t.utf8()", true],
  [["2026-01-31 12:00:00", "2026-01-31T12:00:00.123456"], 't.timestamp("us")', true],
  [["2026-01-31", "2026-01-31 12:00:00"], 't.timestamp("us")', false],
  [["2026-01-31T12:00:00.123456789"], 't.timestamp("ns")', false],
  [["0001-01-31T12:00:00.123456789"], "t.utf8()", false],
  [["2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00"], 't.timestamp("us", "UTC")', true],
  [["2026-01-31T12:00:00Z", "2026-01-31T12:00:00"], "t.utf8()", false],
  [["12:30:00", "23:59:59.5"], 't.time64("us")', true],
  [["12:30:00", "2026-01-31"], "t.utf8()", false],
  [["", ""], "t.utf8()", true],
  [["a", ""], "t.utf8()", true],
  [[" 1", "2 "], "t.int64()", true],
  [["0x1f", "1"], "t.utf8()", false],
  [["1e308", "1e400"], "t.utf8()", false],
  [[`${"9".repeat(310)}.5`, "1"], "t.utf8()", false],
  [["1_000", "1"], "t.utf8()", false],
];

test("codes behind the cells that a type was found out from are refused, not made numbers", async () => {
  const csv = (first: string, late: string) => `id\n${first}\n${late}\n`;
  for (const first of ["5", "1.5", "1".repeat(20)]) {
    for (const late of ["007", "-007", "00.5", "+5", "+.5", '" +43"']) {
      await assert.rejects(
        rowsOf(fromCsv(csv(first, late), { inferRows: 1 })),
        (error: unknown) =>
          error instanceof TextError && error.line === 3 && error.column === "id" &&
          /leading zeros or a plus sign.*set types: \{ "id": "utf8" \}/.test(error.message),
        `${late} behind ${first}`,
      );
    }
    for (const late of ["0", "-0", " 7"]) {
      assert.equal((await rowsOf(fromCsv(csv(first, late), { inferRows: 1 }))).length, 2);
    }
  }
  // Who says that it is a number gets one.
  const types = { id: "int64" } as const;
  assert.deepEqual(await rowsOf(fromCsv(csv("5", "007"), { inferRows: 1, types })), [
    { id: 5n },
    { id: 7n },
  ]);
  const skipped: string[] = [];
  const skipping = fromCsv(csv("5", "007\n8"), {
    inferRows: 1,
    onError: "skip",
    onSkip: ({ text }) => skipped.push(text),
  });
  assert.deepEqual(await rowsOf(skipping), [{ id: 5n }, { id: 8n }]);
  assert.deepEqual(skipped, ["007"]);
});

test("times without an offset behind those with one are refused, not taken for UTC", async () => {
  const zoned = "2026-01-31T12:00:00Z";
  const at = (late: string) => fromCsv(`at\n${zoned}\n${late}\n`, { inferRows: 1 });
  for (
    const late of [
      "2026-01-31T12:00:00",
      "2026-01-31 12:00",
      "2026-01-31",
      '" 2026-01-31T12:00:00.5 "',
    ]
  ) {
    await assert.rejects(
      rowsOf(at(late)),
      (error: unknown) =>
        error instanceof TextError && error.line === 3 && /with an offset/.test(error.message),
      late,
    );
  }
  for (
    const late of [
      zoned,
      "2026-01-31T13:00+01:00",
      "2026-01-31 10:30:00.000-01:30",
      '" 2026-01-31T12:00:00Z "',
    ]
  ) {
    const [first, second] = await rowsOf(at(late));
    assert.deepEqual(first, second, late);
  }
  const types = { at: 'timestamp("us", "UTC")' };
  const given = fromCsv(`at\n${zoned}\n2026-01-31T12:00:00\n`, { inferRows: 1, types });
  const [first, second] = await rowsOf(given);
  assert.deepEqual(first, second);
});

test("numbers behind texts of JSON that dates and times were found out from are refused", async () => {
  const ndjson = (first: string, late: string) => `{"a":${first}}\n{"a":${late}}\n`;
  for (const text of ['"2026-01-31"', '"2026-01-31T12:00:00Z"', '"12:00:00"']) {
    for (const [first, late] of [[text, "5"], [`[${text}]`, "[5]"], [`{"b":${text}}`, '{"b":5}']]) {
      await assert.rejects(
        rowsOf(fromNdjson(ndjson(first!, late!), { inferRows: 1 })),
        (error: unknown) => error instanceof TextError && error.line === 2,
        `${late} behind ${first}`,
      );
      assert.equal((await rowsOf(fromNdjson(ndjson(first!, first!), { inferRows: 1 }))).length, 2);
    }
  }
  const given = fromNdjson(ndjson('"1970-01-06"', "5"), { inferRows: 1, types: { a: "date" } });
  const [first, second] = await rowsOf(given);
  assert.deepEqual(first, second);
});

const DUCKDB: Readonly<Record<string, readonly string[]>> = {
  BIGINT: ["t.int64()"],
  DOUBLE: ["t.float64()"],
  BOOLEAN: ["t.bool()"],
  DATE: ["t.date()"],
  TIMESTAMP: ['t.timestamp("us")'],
  "TIMESTAMP WITH TIME ZONE": ['t.timestamp("us", "UTC")'],
  TIME: ['t.time64("us")'],
  VARCHAR: ["t.utf8()"],
};

test("types of CSV columns are found out, as DuckDB does where both have them", async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await inFolder(async (folder) => {
    for (const [cells, type, isDuckDb] of COLUMNS) {
      // A column beside it, so that empty cells are no empty lines, and records enough for a header to be seen.
      const quote = (text: string) => text.includes(",") ? `"${text}"` : text;
      const text = `x,filler\n${cells.map((value) => `${quote(value)},y\n`).join("")}`;
      assert.equal((await typesOf(fromCsv(text))).x, type, text);
      if (!isDuckDb) continue;
      const path = join(folder, "x.csv");
      await writeFile(path, text);
      const reader = await connection.runAndReadAll(
        `DESCRIBE SELECT * FROM read_csv('${path}', header = true)`,
      );
      const found = String(reader.getRowObjects()[0]!.column_type);
      assert.ok(DUCKDB[found]?.includes(type), `DuckDB: ${found}, here ${type}: ${text}`);
    }
  });
});

test("values of found types are those of the text", async () => {
  const text = `id,price,day,at,moment,time,flag
9007199254740993,0.1,2026-01-31,2026-01-31 12:00:00.25,2026-01-31T12:00:00+02:00,01:02:03.000004,true
-1,-1e-7,1969-12-31,1969-12-31T23:59:59,1969-12-31T23:59:59Z,23:59:59,FALSE
`;
  assert.deepEqual(await rowsOf(fromCsv(text)), [
    {
      id: 9007199254740993n,
      price: 0.1,
      day: new Date("2026-01-31"),
      at: new Date("2026-01-31T12:00:00.250Z"),
      moment: new Date("2026-01-31T10:00:00Z"),
      time: 3723000004n,
      flag: true,
    },
    {
      id: -1n,
      price: -1e-7,
      day: new Date("1969-12-31"),
      at: new Date("1969-12-31T23:59:59Z"),
      moment: new Date("1969-12-31T23:59:59Z"),
      time: 86399000000n,
      flag: false,
    },
  ]);
});

test("types by name, in the ways that people write them", async () => {
  const names: Record<string, string> = {
    "int32": "t.int32()",
    "STRING": "t.utf8()",
    "double": "t.float64()",
    "Decimal(10,2)": "t.decimal(10, 2)",
    "timestamp(ms, UTC)": 't.timestamp("ms", "UTC")',
    't.timestamp("ms")': 't.timestamp("ms")',
    "timestamptz": 't.timestamp("us", "UTC")',
    "largeutf8": "t.largeUtf8()",
    "json": "t.json()",
    "date32": "t.date()",
  };
  for (const [name, code] of Object.entries(names)) {
    assert.equal((await typesOf(fromCsv("x\n\n", { types: { x: name } }))).x, code, name);
  }
});

test("columns of every kind of type take cells", async () => {
  const types = {
    u64: "uint64",
    f32: "float32",
    f16: "float16",
    dec: "decimal(10, 3)",
    json: "json",
    uuid: "uuid",
    bin: "binary",
    fixed: "fixedSizeBinary(2)",
    ms: "timestamp(ms)",
    t32: "time32(s)",
    dur: "duration(s)",
    d64: "date64",
    dict: "utf8",
  };
  const source = fromCsv(
    `${Object.keys(types).join(",")}\n18446744073709551615,0.5,1.5,-1.125,"{""a"":1}",` +
      "00000000-0000-0000-0000-0000000000ff,é,ab,2026-01-31 00:00:00.001,12:00:00,60,2026-01-31,x\n",
    { types },
  );
  const [row] = await rowsOf(source);
  assert.equal(row.u64, 18446744073709551615n);
  assert.equal(row.f32, 0.5);
  assert.equal(row.f16, 1.5);
  assert.equal(row.dec, -1.125);
  assert.deepEqual(row.json, { a: 1 });
  assert.equal(row.uuid, "00000000-0000-0000-0000-0000000000ff");
  assert.equal(row.ms.toISOString(), "2026-01-31T00:00:00.001Z");
});

test("decimalToDouble() gives the nearest double, or leaves it to others", () => {
  const encoder = new TextEncoder();
  let answered = 0, asked = 0;
  const digits = (max: number) =>
    fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: max });
  const text = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
    fc.double({ min: 0, max: 1, noNaN: true }).map(String),
    fc.tuple(fc.constantFrom("", "-"), digits(12), digits(10)).map(([sign, a, b]) =>
      `${sign}${a}.${b}`
    ),
    fc.tuple(digits(18), fc.integer({ min: -22, max: 22 })).map(([a, e]) => `${a}e${e}`),
    // Halfway between two doubles, and a little beside.
    fc.bigInt(2n ** 53n, 2n ** 54n).map((n) => String(n | 1n)),
    digits(20).map((a) => `.${a}`),
  );
  fc.assert(
    fc.property(text, (given) => {
      const bytes = encoder.encode(given);
      const value = decimalToDouble(bytes, 0, bytes.length);
      asked++;
      if (Number.isNaN(value)) return;
      answered++;
      assert.ok(Object.is(value, Number(given)), `${given}: ${value}`);
    }),
    { numRuns: 20_000 },
  );
  assert.ok(answered > asked / 3, `${answered} of ${asked}`);
  for (
    const none of ["", "-", ".", "-.", "1e", "1e+", "a", "1.2.3", "0x1", "1 ", "١", "Infinity"]
  ) {
    const bytes = encoder.encode(none);
    assert.ok(Number.isNaN(decimalToDouble(bytes, 0, bytes.length)), none);
  }
});

test("types of NDJSON are those of rows, and dates, exact integers and JSON", async () => {
  const records = [
    {
      i: 1,
      f: 1,
      s: "x",
      d: "2026-01-31",
      m: "2026-01-31T00:00:00Z",
      n: null,
      o: {},
      l: [1, null],
      t: "1:2",
    },
    {
      i: null,
      f: 1.5,
      s: "2026-01-01",
      d: "2026-01-30",
      m: null,
      n: null,
      o: {},
      l: [],
      t: "12:00",
    },
  ];
  const text = records.map((record) => JSON.stringify(record)).join("\n");
  assert.deepEqual(await typesOf(fromNdjson(`${text}\n`)), {
    i: "t.int64()",
    f: "t.float64()",
    s: "t.utf8()",
    d: "t.date()",
    m: 't.timestamp("us", "UTC")',
    n: "t.json()",
    o: "t.json()",
    l: "t.list(t.int64().nullable())",
    t: "t.utf8()",
  });
  assert.equal(
    (await typesOf(fromNdjson('{"x":99999999999999999999}\n{"x":1}\n'))).x,
    "t.decimal(38, 0)",
  );
  assert.equal(
    (await typesOf(fromNdjson('{"x":99999999999999999999}\n{"x":1.5}\n'))).x,
    "t.float64()",
  );
  await assert.rejects(
    typesOf(fromNdjson('{"x":"a"}\n{"x":1}\n')),
    /types: \{ "x": "json" \}.*schema\(\{/s,
  );
  assert.equal(
    (await typesOf(fromNdjson('{"x":"a"}\n{"x":1}\n', { types: { x: "json" } }))).x,
    "t.json()",
  );
});

test("a later value that does not fit is an error with a type that takes it and those before it", async () => {
  const late = async (text: string, of: typeof fromCsv): Promise<string | null> => {
    try {
      await toParquet(of(text, { inferRows: 1 }), { parallelism: 0 });
    } catch (error) {
      if (error instanceof TextError) return error.betterType;
      throw error;
    }
    return null;
  };
  const csv: [string, string, string | null][] = [
    ["1", "1.5", "float64"],
    ["1", "1e400", "float64"],
    ["1", "-inf", "float64"],
    ["1", "NaN", "float64"],
    ["1", "9223372036854775808", "decimal(38, 0)"],
    ["1", "007", "utf8"],
    ["1", "x", "utf8"],
    ["1.5", "x", "utf8"],
    ["2026-01-31", "2026-01-31 10:00:00.5", 'timestamp("us")'],
    ["2026-01-31", "2026-01-31T10:00:00Z", "utf8"],
    ["2026-01-31", "soon", "utf8"],
  ];
  for (const [first, later, type] of csv) {
    assert.equal(await late(`a\n${first}\n${later}\n`, fromCsv), type, `${first}, ${later}`);
  }
  const json: [string, string, string | null][] = [
    ["1", "1.5", "float64"],
    ["1", "9223372036854775808", "decimal(38, 0)"],
    ["1", '"1.5"', "json"],
    ["1", "true", "json"],
    ['"x"', "1", "json"],
  ];
  for (const [first, later, type] of json) {
    assert.equal(
      await late(`{"a":${first}}\n{"a":${later}}\n`, fromNdjson),
      type,
      `${first}, ${later}`,
    );
  }
});

test("integers of more than 38 digits in JSON keep all of them", async () => {
  const vast = `1${"0".repeat(39)}`;
  const source = fromNdjson(`{"a":${vast},"b":[1,${vast}]}\n{"a":-1,"b":[]}\n`);
  assert.equal(
    String(await source.ready()),
    "schema({\n  a: t.json().nullable(),\n  b: t.list(t.json().nullable()).nullable(),\n})",
  );
  const found = await source.ready();
  const rows = [{ a: vast, b: ["1", vast] }, { a: "-1", b: [] }];
  assert.deepEqual(
    await toParquet(source, { parallelism: 0 }),
    await toParquet(rows, { schema: found as SchemaLike, parallelism: 0 }),
  );
});
