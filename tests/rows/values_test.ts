/** Every type with every value that it takes, in any nesting: what readers get is what was given. */

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fromColumns,
  fromRows,
  MemorySink,
  ParquetWriter,
  schema,
  t,
  toParquet,
} from "../../mod.ts";
import { assertReadable } from "../support/readers.ts";
import { LEAVES, nullable, type Pair, tables } from "./values.ts";

const OPTIONS = { parallelism: 0, compression: "snappy" } as const;

/** DuckDB has values of its own for these. */
const EXCEPT: Readonly<Record<string, readonly ("duckdb" | "hyparquet")[]>> = {
  uuid: ["duckdb", "hyparquet"],
  json: ["duckdb", "hyparquet"],
};

/** Samples that are the same every time. */
function sample(pairs: fc.Arbitrary<Pair>, count: number, seed: number): Pair[] {
  return fc.sample(pairs, { numRuns: count, seed });
}

for (const [i, [name, one]] of Object.entries(LEAVES).entries()) {
  test(`t.${name}: all readers get the values, as rows and as columns, nullable or not`, async () => {
    const values = sample(one.pairs, 300, i + 1);
    const optional = sample(nullable(one).pairs, 300, i + 1000);
    const made = schema({ a: one.type, b: one.type.nullable() });
    const rows = values.map(([form], row) => ({ a: form, b: optional[row]![0] }));
    const bytes = await toParquet(fromRows(rows as never[], made), OPTIONS);
    await assertReadable(bytes, [
      { field: made.fields[0]!, values: values.map(([, value]) => value) },
      { field: made.fields[1]!, values: optional.map(([, value]) => value) },
    ], { except: EXCEPT[name] ?? [] });
    const columns = { a: values.map(([form]) => form), b: optional.map(([form]) => form) };
    assert.deepEqual(await toParquet(columns, { ...OPTIONS, schema: made }), bytes);
  });
}

test("tables of any shape: all readers get the values, and every way in gives the same file", async () => {
  await fc.assert(
    fc.asyncProperty(tables, async ({ shape, rows, columns }) => {
      const made = schema(shape);
      const bytes = await toParquet(rows, { ...OPTIONS, schema: made });
      const expected = made.fields.map((field, i) => ({ field, values: columns[i]! }));
      const text = String(made);
      const own = Object.keys(EXCEPT).some((name) => text.includes(`t.${name}()`));
      await assertReadable(bytes, expected, {
        except: own ? ["predicates", "duckdb", "hyparquet"] : ["predicates"],
      });

      const sink = new MemorySink();
      const writer = new ParquetWriter(sink, made, OPTIONS);
      for (const row of rows) await writer.write(row);
      await writer.close();
      assert.deepEqual(sink.bytes(), bytes, "row by row");

      const half = rows.length >> 1;
      const part = (from: number, to?: number) =>
        Object.fromEntries(
          made.fields.map(({ name }) => [name, rows.slice(from, to).map((row) => row[name])]),
        );
      assert.deepEqual(
        await toParquet(fromColumns([part(0, half), part(half)], made), OPTIONS),
        bytes,
        "columns",
      );
    }),
    { numRuns: 40, seed: 20261129 },
  );
});

test("t.null takes nulls alone", async () => {
  const made = schema({ id: t.int32(), none: t.null() });
  const bytes = await toParquet([{ id: 1 }, { id: 2, none: null }], { ...OPTIONS, schema: made });
  await assertReadable(bytes, [
    { field: made.fields[0]!, values: [1, 2] },
    { field: made.fields[1]!, values: [null, null] },
  ]);
});

test("a typed array is a column of its type, and a list of numbers", async () => {
  const kinds = [
    [t.int8(), Int8Array.of(-128, 127)],
    [t.uint8(), Uint8Array.of(0, 255)],
    [t.int16(), Int16Array.of(-32768, 32767)],
    [t.uint16(), Uint16Array.of(0, 65535)],
    [t.int32(), Int32Array.of(-1, 2 ** 31 - 1)],
    [t.uint32(), Uint32Array.of(0, 2 ** 32 - 1)],
    [t.float32(), Float32Array.of(1.5, -0)],
    [t.float64(), Float64Array.of(NaN, 0.1)],
    [t.int64(), BigInt64Array.of(-(2n ** 63n), 1n)],
    [t.uint64(), BigUint64Array.of(2n ** 64n - 1n, 1n)],
    [t.int64(), Int32Array.of(-1, 5)],
    [t.float64(), Float32Array.of(0.1, 5)],
    [t.decimal(5, 1), Float64Array.of(0.1, 5)],
    [t.timestamp("us"), BigInt64Array.of(1n, -1n)],
  ] as const;
  for (const [type, values] of kinds) {
    const made = schema({ a: type });
    const plain = { a: Array.from<number | bigint>(values) };
    assert.deepEqual(
      await toParquet({ a: values }, { ...OPTIONS, schema: made }),
      await toParquet(plain, { ...OPTIONS, schema: made }),
      String(type),
    );
    const list = schema({ a: t.list(type) });
    assert.deepEqual(
      await toParquet(fromColumns({ a: [values] }, list), OPTIONS),
      await toParquet(fromColumns({ a: [plain.a] }, list), OPTIONS),
      String(type),
    );
  }
});

test("long strings, and many, of any script", async () => {
  const made = schema({ s: t.utf8() });
  const values = [
    "a".repeat(100_000),
    "ü".repeat(70_000),
    "日本".repeat(30_000),
    "😀".repeat(40_000),
    "",
    ...Array.from({ length: 5000 }, (_, i) => i % 100 === 7 ? `Grüße ${i} 😀` : `text ${i}`),
  ];
  const bytes = await toParquet(values.map((s) => ({ s })), { ...OPTIONS, schema: made });
  await assertReadable(bytes, [{ field: made.fields[0]!, values: values.map((s) => `s:${s}`) }], {
    except: ["predicates"],
  });
});

test("half floats are the nearest ones, ties to even", async () => {
  const values = [1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 ** -25, 2 ** -24 * 1.5, 65519.99, -0, 2047.5];
  const rounded = [1, 1 + 2 ** -9, 0, 2 ** -23, 65504, -0, 2048];
  const made = schema({ a: t.float16() });
  const write = (numbers: number[]) => toParquet({ a: numbers }, { ...OPTIONS, schema: made });
  assert.deepEqual(await write(values), await write(rounded));
});

test("extension types, metadata and field ids are in the file", async () => {
  const made = schema({
    id: t.uuid().fieldId(7),
    doc: t.json(),
    shape: t.wkb({ crs: "OGC:CRS84" }),
    blob: t.variant().nullable(),
    note: t.utf8().metadata({ origin: "test" }),
  });
  const point = new Uint8Array(21);
  point[0] = point[1] = 1;
  const row = {
    id: "00112233-4455-6677-8899-aabbccddeeff",
    doc: { a: [1, null] },
    shape: point,
    blob: { metadata: Uint8Array.of(1, 0, 0), value: Uint8Array.of(0) },
    note: "x",
  };
  const { readParquetMetadata, verifyParquet } = await import("../../mod.ts");
  const bytes = await toParquet([row], { ...OPTIONS, schema: made });
  assert.deepEqual(await verifyParquet(bytes), []);
  const elements = (await readParquetMetadata(bytes)).schema;
  const logical = elements.map(({ name, logicalType }) => [name, logicalType?.type]);
  assert.deepEqual(
    logical.filter(([, type]) => type !== undefined),
    [["id", "UUID"], ["doc", "JSON"], ["shape", "GEOMETRY"], ["blob", "VARIANT"], [
      "note",
      "STRING",
    ]],
  );
  assert.equal(elements.find(({ name }) => name === "id")!.fieldId, 7);
});
