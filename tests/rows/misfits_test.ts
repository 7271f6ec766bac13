/** Values that do not fit: refused with column, row and value; nothing is written of what they come with. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FieldType,
  fromRows,
  inferSchema,
  InvalidBatchError,
  MemorySink,
  ParquetWriter,
  readParquetMetadata,
  schema,
  t,
  toParquet,
} from "../../mod.ts";
import { assertRows } from "../support/readers.ts";
import { verified } from "../support/verified.ts";

const OPTIONS = { parallelism: 0 } as const;

/** A good value of a type, and bad ones with what the error has to say. */
type Row = readonly [type: FieldType, good: unknown, ...bad: readonly [unknown, RegExp][]];

const anyOf = (...values: unknown[]) =>
  values.map((value): [unknown, RegExp] => [value, /Cannot write/]);

const TABLE: readonly Row[] = [
  [t.bool(), true, ...anyOf(1, 0, "true", "", new Boolean(true), {}, [])],
  [
    t.int8(),
    1,
    [128, /128 as int8: expected an integer from -128 to 127/],
    ...anyOf(-129, 1.5, NaN, "1", 300n, true),
  ],
  [t.uint8(), 1, ...anyOf(-1, 256, -1n, 0.5, new Uint8Array(1))],
  [t.int16(), 1, ...anyOf(32768, -32769, Infinity)],
  [t.uint16(), 1, ...anyOf(65536, -1)],
  [t.int32(), 1, ...anyOf(2 ** 31, -(2 ** 31) - 1, 1e-9, "5", new Date(), new Number(5))],
  [t.uint32(), 1, ...anyOf(2 ** 32, -1)],
  [
    t.int64(),
    1,
    [2 ** 53, /9007199254740992 as int64/],
    ...anyOf(1.5, 2n ** 63n, -(2n ** 63n) - 1n, "1", NaN),
  ],
  [t.uint64(), 1, ...anyOf(-1, -1n, 2n ** 64n, 2 ** 53)],
  [t.float16(), 1, ...anyOf(65520, -1e9, "1", 2n ** 20n + 1n)],
  [t.float32(), 1, ...anyOf(1e39, "1", true, 2n ** 24n + 1n)],
  [t.float64(), 1, ...anyOf("1", true, 2n ** 53n + 1n, new Date(), [])],
  [
    t.decimal(5, 2),
    "1.5",
    ["1.234", /more than 2 decimals/],
    ["1234.5", /more digits/],
    [1.005, /decimals/],
    [0.1 + 0.2, /decimals/],
    ...anyOf(
      1000n,
      "",
      ".",
      "1,5",
      "abc",
      " 1",
      "0x10",
      NaN,
      Infinity,
      2 ** 60,
      true,
      "1e99999",
      "1e999",
    ),
  ],
  [
    t.date(),
    "2026-01-31",
    [new Date(1), /not midnight in UTC/],
    ...anyOf(
      "2026-02-30",
      "2026-13-01",
      "31.1.2026",
      "2026-01-31T00:00:00Z",
      new Date(NaN),
      1.5,
      2 ** 31,
      "",
      {},
    ),
  ],
  [t.date64(), "2026-01-31", ...anyOf(1, 86_399_999, new Date(5), 5n)],
  [
    t.time32("s"),
    "23:59:59",
    ...anyOf("24:00:00", 86_400, -1, "1:00", "12:00:00.5", 0.5, new Date()),
  ],
  [t.time64("us"), "23:59:59.999999", ...anyOf("12:00:00.0000001", 86_400_000_000, -1n, "noon")],
  [
    t.timestamp("ms", "UTC"),
    new Date(5),
    ["2026-01-31T12:00:00", /no offset/],
    ["2026-01-31T12:00:00.0001Z", /rounded/],
    ...anyOf(
      new Date(NaN),
      1.5,
      "yesterday",
      "2026-02-29T00:00:00Z",
      "2026-01-31T24:00:00Z",
      2n ** 63n,
      true,
    ),
  ],
  [t.timestamp("us"), "2026-01-31T12:00:00", ["2026-01-31T12:00:00Z", /no time zone/]],
  [t.timestamp("s"), new Date(5000), [new Date(5001), /rounded/], ...anyOf(2n ** 62n)],
  [t.timestamp("ns"), 5n, [new Date(8.64e15), /64 bits/]],
  [t.duration("ms"), 5, ...anyOf("PT1S", { months: 1 }, { seconds: 0.5 }, { second: 1 }, {}, 1.5)],
  [t.interval("yearMonth"), 5, ...anyOf(-1, { days: 1 }, "P1M", 2 ** 31)],
  [
    t.interval("dayTime"),
    { days: 1 },
    ...anyOf(5, { months: 1 }, { days: -1 }, { microseconds: 1 }),
  ],
  [t.interval(), { months: 1 }, ...anyOf({ nanoseconds: 1 }, { months: 2 ** 31 }, [1, 2, 3])],
  [
    t.utf8(),
    "a",
    ["\ud800", /lone surrogate/],
    ["ab\udc00cd", /well-formed/],
    ...anyOf(1, 1n, true, {}, new Date(), ["a"]),
  ],
  [
    t.binary(),
    new Uint8Array(1),
    ...anyOf("bytes", [1, 2], new Uint16Array(1), new DataView(new ArrayBuffer(1))),
  ],
  [t.fixedSizeBinary(2), new Uint8Array(2), ...anyOf(new Uint8Array(1), new Uint8Array(3), "ab")],
  [
    t.uuid(),
    new Uint8Array(16),
    ...anyOf(
      "00112233445566778899aabbccddeeff",
      "",
      new Uint8Array(15),
      "g0112233-4455-6677-8899-aabbccddeeff",
    ),
  ],
  [
    t.json(),
    {},
    ["{", /JSON text/],
    [{ a: NaN }, /no form for NaN/],
    [NaN, /no form/],
    [{ a: [new Map([[1, 2]])] }, /no form for a Map/],
    [{ a: new Date(NaN) }, /no form for an invalid Date/],
    [{ a: new ArrayBuffer(1) }, /no form for an ArrayBuffer/],
    [{ a: new Int8Array(2) }, /no form for an Int8Array of 2 bytes/],
    ...anyOf({ a: 1n }, () => 1, Symbol("s"), new Set(), new Uint8Array(1)),
  ],
  [t.list(t.int32()), [1], [[1, 2.5], /2.5 as int32/], ...anyOf("abc", 1, new Set([1]), { 0: 1 }), [
    [1, null],
    /null/,
  ]],
  [t.fixedSizeList(t.int32(), 2), [1, 2], ...anyOf([1], [1, 2, 3], "ab"), [[1, null], /null/]],
  [
    t.struct({ x: t.int32() }),
    { x: 1 },
    [{ x: 1, y: 2 }, /"y"/],
    ...anyOf([], "x", new Date(), new Map()),
    [{}, /missing/],
  ],
  [
    t.map(t.utf8(), t.int32()),
    { a: 1 },
    ...anyOf([["a"]], ["ab"], 5, "ab", [{ key: "a", other: 1 }], [{ value: 1 }]),
    ...anyOf(
      new Set([["a", 1]]),
      new URLSearchParams("a=1"),
      new (class {
        get a() {
          return 1;
        }
      })(),
    ),
    [
      { a: "b" },
      /"b" as int32/,
    ],
    [[[1, 1]], /1 as utf8/],
  ],
  [t.dictionary(t.utf8()), "a", ...anyOf(1)],
];

for (const [type, good, ...bad] of TABLE) {
  test(`${type} refuses what is not of it`, async () => {
    const made = schema({ id: t.int32(), value: type });
    const refused: [unknown, RegExp][] = [
      [null, /Cannot accept a null/],
      [undefined, /missing/],
      ...bad,
    ];
    for (const [value, message] of refused) {
      const rows = [{ id: 1, value: good }, { id: 2, value: good }, { id: 3, value }, {
        id: 4,
        value: good,
      }];
      const check = (error: unknown) => {
        assert.ok(error instanceof InvalidBatchError, `${error}`);
        assert.match(error.message, message);
        assert.match(error.path, /^value/);
        return true;
      };
      const sink = new MemorySink();
      const writer = new ParquetWriter(sink, made, OPTIONS);
      await writer.write(rows[0]!);
      await assert.rejects(writer.write(rows), (error: InvalidBatchError) => {
        assert.equal(error.row, 2);
        return check(error);
      });
      await assert.rejects(writer.write(rows[2]!), check);
      const columns = { id: rows.map(({ id }) => id), value: rows.map((row) => row.value) };
      await assert.rejects(
        toParquet(columns, { ...OPTIONS, schema: made }),
        (error: InvalidBatchError) => error.row === 2 && check(error),
      );
      // What was refused left nothing behind.
      await writer.write([rows[1]!, rows[3]!]);
      assert.equal((await writer.close()).numRows, 3);
      await verified(sink.bytes());
      const other = new MemorySink();
      const clean = new ParquetWriter(other, made, OPTIONS);
      await clean.write([rows[0]!, rows[1]!, rows[3]!]);
      await clean.close();
      assert.deepEqual(sink.bytes(), other.bytes());
    }
  });
}

test("errors name the path within nested values, and the row of a source from its first row", async () => {
  const made = schema({
    orders: t.list(t.struct({ items: t.map(t.utf8(), t.struct({ price: t.float64() })) })),
  });
  const good = { orders: [{ items: { a: { price: 1 } } }, { items: {} }] };
  const bad = { orders: [{ items: {} }, { items: { a: { price: 1 }, b: { price: "free" } } }] };
  const rows = Array.from({ length: 70_001 }, (_, i) => i === 70_000 ? bad : good);
  await assert.rejects(
    toParquet(rows as never[], { ...OPTIONS, schema: made }),
    {
      name: "InvalidBatchError",
      path: "orders.items.value.price",
      row: 70_000,
      message:
        'Cannot write "free" as float64: expected a number (column "orders.items.value.price", row 70000)',
    },
  );
  const each = function* () {
    yield* rows;
  };
  await assert.rejects(
    toParquet(each() as Iterable<never>, { ...OPTIONS, schema: made }),
    { row: 70_000, path: "orders.items.value.price" },
  );
});

test("members that the schema lacks are an error with the nearest name, not lost", async () => {
  const made = schema({ id: t.int32(), customer: t.utf8().nullable() });
  const write = (row: object) => toParquet([{ id: 1 }, row], { ...OPTIONS, schema: made } as never);
  await assert.rejects(write({ id: 2, custmer: "x" }), {
    name: "InvalidBatchError",
    row: 1,
    path: "custmer",
    message: /did you mean "customer"/,
  });
  await write({ id: 2, other: undefined });
  await write({ customer: "x", id: 2 });
});

test("names that every object has are members only where the object has them itself", async () => {
  const made = schema({
    constructor: t.utf8().nullable(),
    toString: t.int32().nullable(),
    ["__proto__"]: t.int32().nullable(),
  });
  const rows = [
    {},
    JSON.parse('{"constructor": "a", "toString": 1, "__proto__": 2}') as object,
  ];
  const bytes = await toParquet(rows as never[], { ...OPTIONS, schema: made });
  const { readPages } = await import("../support/page_decoder.ts");
  const { assembleColumns } = await import("../support/parquet_assembler.ts");
  assert.deepEqual(assembleColumns(readPages(bytes), made.fields), [
    [null, "s:a"],
    [null, 1],
    [null, 2],
  ]);
});

test("an error of a getter or a proxy leaves nothing behind", async () => {
  const made = schema({ a: t.int32(), b: t.struct({ c: t.utf8(), d: t.utf8() }) });
  const sink = new MemorySink();
  const writer = new ParquetWriter(sink, made, OPTIONS);
  const good = { a: 1, b: { c: "x", d: "y" } };
  const bad = {
    a: 2,
    b: {
      c: "z",
      get d(): string {
        throw new RangeError("mine");
      },
    },
  };
  await writer.write(good);
  await assert.rejects(writer.write([good, bad]), /mine/);
  await assert.rejects(writer.write(bad), /mine/);
  await writer.write(good);
  assert.equal((await writer.close()).numRows, 2);
  await assertRows(sink.bytes(), 2);
});

test("numbers are no dates, times or durations where these were inferred", async () => {
  const values: Record<string, unknown> = { "timestamp(millisecond)": new Date(5) };
  const { Temporal } = globalThis as {
    // deno-lint-ignore no-explicit-any
    Temporal?: any;
  };
  if (Temporal !== undefined) {
    values["timestamp(nanosecond)"] = Temporal.Instant.fromEpochMilliseconds(5);
    values["date(day)"] = Temporal.PlainDate.from("2026-01-31");
    values["time(nanosecond)"] = Temporal.PlainTime.from("12:00");
    values["duration(nanosecond)"] = Temporal.Duration.from({ hours: 1 });
  }
  for (const [type, value] of Object.entries(values)) {
    for (const count of [5, 5n]) {
      const expected = {
        name: "InvalidBatchError",
        path: "v",
        row: 1,
        message: new RegExp(
          `^Cannot write ${count}n? as ${
            type.replace(/[()]/g, "\\$&")
          }: expected a \\w+ like those that the ` +
            'type was inferred from; give a schema to write counts of .*s \\(column "v", row 1\\)$',
        ),
      };
      const rows = [{ v: value }, { v: count }];
      await assert.rejects(toParquet(rows, { inferRows: 1 }), expected);
      await assert.rejects(toParquet(fromRows(rows, undefined, { inferRows: 1 })), expected);
      await assert.rejects(toParquet({ v: [value, count] }, { inferRows: 1 }), expected);
    }
    // A schema says what counts are.
    const bytes = await toParquet([{ v: value }, { v: 86_400 }], {
      schema: inferSchema([{ v: value }]),
    });
    assert.equal((await readParquetMetadata(bytes)).numRows, 2);
  }
  const nested = [{ v: [{ at: new Date(5) }] }, { v: [null, { at: 6 }] }];
  await assert.rejects(toParquet(nested, { inferRows: 1 }), {
    name: "InvalidBatchError",
    path: /^v\..*at$/,
    row: 1,
  });
  // What was seen before the type was settled is an error of the schema.
  await assert.rejects(toParquet(nested), { name: "SchemaError" });
});

test("t.json() refuses what JSON would have nothing of, wherever it stands", async () => {
  class Hidden {
    #value = 1;
    get value(): number {
      return this.#value;
    }
  }
  const lost: Record<string, unknown> = {
    "a Promise": Promise.resolve(1),
    "a RegExp": /x/,
    "an Error": new Error("x"),
    "a Blob": new Blob(["x"]),
    "an object of class Hidden": new Hidden(),
    "a WeakMap": new WeakMap(),
  };
  if ("Buffer" in globalThis) {
    const { Buffer } = globalThis as unknown as { Buffer: { from(text: string): unknown } };
    lost["a Uint8Array of 2 bytes"] = Buffer.from("hi");
  }
  const column = schema({ j: t.json() });
  for (const [name, value] of Object.entries(lost)) {
    for (const j of [value, [value], { of: { it: value } }]) {
      await assert.rejects(
        toParquet([{ j }] as never[], { schema: column, parallelism: 0 }),
        (error: unknown) =>
          error instanceof InvalidBatchError && error.message.includes(`no form for ${name}`),
        name,
      );
    }
  }
  for (const j of [[() => 1], { f() {} }, [Symbol("x")]]) {
    await assert.rejects(
      toParquet([{ j }] as never[], { schema: column, parallelism: 0 }),
      InvalidBatchError,
    );
  }
  class Shown extends Hidden {
    toJSON(): object {
      return { value: this.value };
    }
  }
  const plain = [{}, [], [null], { a: {} }, Object.create(null), [new Number(1)], new Shown()];
  const rows = plain.map((j) => ({ j }));
  assert.equal(
    (await readParquetMetadata(await toParquet(rows, { schema: column, parallelism: 0 }))).numRows,
    plain.length,
  );
});

test("a day alone is midnight in UTC, and no moment of another zone", async () => {
  const day = [{ at: "2026-01-31" }];
  for (const zone of ["UTC", "Etc/UTC", "+00:00"]) {
    await toParquet(day, { schema: schema({ at: t.timestamp("ms", zone) }), parallelism: 0 });
  }
  for (const zone of ["Europe/Vienna", "+01:00"]) {
    await assert.rejects(
      toParquet(day, { schema: schema({ at: t.timestamp("ms", zone) }), parallelism: 0 }),
      /no offset from UTC/,
    );
  }
});

test("an error about a whole row names the row, and no column", async () => {
  for (const row of [5, null, [1], new Map()]) {
    await assert.rejects(
      toParquet(fromRows([{ id: 1 }, row] as never[], schema({ id: t.int64() })), {
        parallelism: 0,
      }),
      (error: unknown) => error instanceof InvalidBatchError && error.message.endsWith(" (row 1)"),
    );
  }
});

test("decimals: a number that may have been rounded is refused by saying so", async () => {
  await assert.rejects(
    toParquet([{ d: 2 ** 53 }], { schema: schema({ d: t.decimal(38, 2) }), parallelism: 0 }),
    /beyond 2\^53 − 1 .* pass a bigint or a string/,
  );
});

test("floats take bigints that they hold, and no others", async () => {
  const cases: [FieldType, bigint[], bigint[]][] = [
    [t.float64(), [2n ** 60n, -(2n ** 1023n), 2n ** 53n + 2n, 0n], [2n ** 53n + 1n, 2n ** 1024n]],
    [t.float32(), [2n ** 24n, 2n ** 127n, 2n ** 25n - 2n], [2n ** 24n + 1n, 2n ** 128n]],
    [t.float16(), [2048n, 65504n, -4094n], [2049n, 65505n, 65536n]],
  ];
  for (const [type, good, bad] of cases) {
    const of = { schema: schema({ x: type.nullable() }), ...OPTIONS } as const;
    const bytes = await toParquet(good.map((x) => ({ x })), of);
    assert.deepEqual(bytes, await toParquet(good.map((x) => ({ x: Number(x) })), of));
    for (const x of bad) {
      await assert.rejects(toParquet([{ x }], of), /it would be rounded/, `${type} ${x}`);
    }
  }
});

test("errors show the value that was given, not what became of it", async () => {
  const far = { x: new Date("2300-01-01T00:00:00Z") };
  await assert.rejects(
    toParquet([far], { schema: schema({ x: t.timestamp("ns", "UTC") }), ...OPTIONS }),
    /Cannot write Date 2300-01-01T00:00:00\.000Z as timestamp/,
  );
  const circle: Record<string, unknown> = {};
  circle.itself = circle;
  await assert.rejects(
    toParquet([{ x: circle }], { schema: schema({ x: t.json() }), ...OPTIONS }),
    (error: unknown) => error instanceof InvalidBatchError && !error.message.includes("\n"),
  );
});
