/**
 * The readers are tried on what another writer wrote, so that what they say of ours can be believed.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Field,
  makeData,
  RecordBatch,
  Schema,
  Table,
  tableToIPC,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import {
  Compression,
  readParquet,
  Table as WasmTable,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
} from "parquet-wasm";
import { toParquet } from "../../mod.ts";
import { COMMON_LEAVES, LEAVES, schemas, tables } from "./arbitraries.ts";
import { arrowField, dataOf } from "./arrow_data.ts";
import { columnsOf, fieldOf, valuesOf, valuesOfData } from "./arrow_values.ts";
import { withFile } from "./duckdb.ts";
import { assertPredicates } from "./duckdb_predicates.ts";
import { readPages } from "./page_decoder.ts";
import { joined, levelsOf } from "./parquet_assembler.ts";
import { randomBatch } from "./random_data.ts";
import { assertReadable } from "./readers.ts";
import { floatFromNumber, withoutNaNPayload } from "./values.ts";

function writeWithParquetWasm(
  schema: Schema,
  batches: RecordBatch[],
  build = (builder: WriterPropertiesBuilder) => builder,
): Uint8Array {
  const ipc = tableToIPC(new Table(schema, batches), "stream");
  return writeParquet(WasmTable.fromIPCStream(ipc), build(new WriterPropertiesBuilder()).build());
}

const clean = { seed: 1, nulls: 0.2, distinct: 0, garbage: false, sliced: 0 };

test("valuesOf() gives what Arrow JS gives", () => {
  const vector = vectorFromArray(["a", null, "", "ü"]);
  assert.deepEqual(valuesOf(vector), ["s:a", null, "s:", "s:ü"]);
  assert.deepEqual(valuesOf(vector.slice(2, 4)), ["s:", "s:ü"]);
  assert.deepEqual(valuesOf(vectorFromArray([true, null, false]).slice(1)), [null, false]);
  assert.deepEqual(valuesOf(vectorFromArray([1n, -1n])), [1n, -1n]);
  assert.deepEqual(valuesOf(vectorFromArray([-0])), ["f64:8000000000000000"]);
});

test("floatFromNumber() knows halves", () => {
  for (
    const [number, bits] of [
      [0, "0000"],
      [-0, "8000"],
      [1, "3c00"],
      [-2, "c000"],
      [65504, "7bff"],
      [2 ** -24, "0001"],
      [2 ** -14, "0400"],
      [Infinity, "7c00"],
      [NaN, "7e00"],
    ] as const
  ) {
    assert.equal(floatFromNumber(16, number), `f16:${bits}`);
  }
  assert.equal(withoutNaNPayload("f32:ff800001"), "f32:7fc00000");
  assert.equal(withoutNaNPayload("f32:ff800000"), "f32:ff800000");
});

for (const [name, type] of Object.entries(COMMON_LEAVES)) {
  test(`assertReadable() agrees with arrow-rs: ${name}`, async () => {
    const schema = new Schema([new Field("c", type(), true), new Field("r", type(), false)]);
    const batch = randomBatch(schema, 50, clean);
    await assertReadable(writeWithParquetWasm(schema, [batch]), columnsOf(schema, [batch]));
  });
}

test("assertReadable() agrees with arrow-rs: any schema, codec, page version and row group", async () => {
  await fc.assert(
    fc.asyncProperty(
      tables(schemas(COMMON_LEAVES)),
      fc.constantFrom(Compression.UNCOMPRESSED, Compression.SNAPPY, Compression.ZSTD),
      fc.constantFrom(WriterVersion.V1, WriterVersion.V2),
      fc.constantFrom(5, 1000),
      async ({ schema, batches }, codec, version, rowGroup) => {
        // Arrow JS writes slices to IPC with faults of its own.
        const whole = batches.filter((batch) => batch.data.offset === 0 && batch.numRows > 0);
        fc.pre(whole.length > 0);
        const bytes = writeWithParquetWasm(
          schema,
          whole,
          (builder) =>
            builder.setCompression(codec).setWriterVersion(version).setMaxRowGroupSize(rowGroup),
        );
        const columns = columnsOf(schema, whole);
        // arrow-rs calls a page with more nulls than rows a null page: its column index is wrong.
        await assertReadable(bytes, columns, { except: ["verifier"] });
        const file = readPages(bytes);
        const fields = columns.map(({ field }) => field);
        const expected = levelsOf(file, fields, columns.map(({ values }) => values));
        const found = file.rowGroups.flatMap(({ chunks }) =>
          chunks.map(({ pages }) => joined(pages))
        );
        expected.forEach(({ repetitionLevels, definitionLevels }, i) => {
          const chunks = found.filter((_, k) => k % expected.length === i);
          assert.deepEqual(chunks.flatMap((chunk) => chunk.repetitionLevels), repetitionLevels);
          assert.deepEqual(chunks.flatMap((chunk) => chunk.definitionLevels), definitionLevels);
        });
      },
    ),
    { numRuns: 30 },
  );
});

test("assertReadable() notices one wrong value, level or bit", async () => {
  const schema = new Schema([new Field("c", COMMON_LEAVES["float64"]!(), true)]);
  const batch = randomBatch(schema, 20, clean);
  const bytes = writeWithParquetWasm(schema, [batch]);
  const columns = columnsOf(schema, [batch]);
  for (const wrong of ["f64:0000000000000000", null]) {
    const changed = columns.map(({ field, values }) => ({
      field,
      values: values.map((value, i) => i === 3 ? (value === wrong ? "f64:1" : wrong) : value),
    }));
    await assert.rejects(assertReadable(bytes, changed), /row 3/);
  }
  const shorter = columns.map(({ field, values }) => ({ field, values: values.slice(1) }));
  await assert.rejects(assertReadable(bytes, shorter));
  assert.equal(readParquet(bytes.slice()).numBatches, 1);
});

test("assertPredicates() notices a bound that hides rows", async () => {
  const vector = vectorFromArray([0x01020304, 0x11223344], COMMON_LEAVES["int32"]!());
  const table = new Table({ c: vector });
  const bytes = writeWithParquetWasm(table.schema, table.batches);
  const columns = columnsOf(table.schema, table.batches);
  // The maximum in the footer, little-endian: once as `max`, once as `max_value`.
  const footer = bytes.length - 8 - new DataView(bytes.buffer).getUint32(bytes.length - 8, true);
  let patched = 0;
  for (let at = footer; at < bytes.length; at++) {
    if ([0x44, 0x33, 0x22, 0x11].every((byte, i) => bytes[at + i] === byte)) {
      bytes[at + 3] = 0x02;
      patched++;
    }
  }
  assert.ok(patched > 0);
  await withFile(
    bytes,
    (path) =>
      assert.rejects(assertPredicates(bytes, path, columns), /DuckDB counts 0 rows instead of 1/),
  );
});

test("dataOf() makes what has the values given", () => {
  fc.assert(
    fc.property(tables(schemas(LEAVES)), ({ schema, batches }) => {
      for (const { field, values } of columnsOf(schema, batches)) {
        if (JSON.stringify(field).includes('"interval"')) continue;
        const data = dataOf(field.type, values);
        assert.deepEqual(valuesOfData(data), values);
        assert.equal(`${data.type}`, `${arrowField(field).type}`);
      }
    }),
    { numRuns: 100 },
  );
  const interval = fieldOf(new Field("i", LEAVES["intervalMonthDayNano"]!(), true));
  const data = dataOf(interval.type, [null, "interval:1,2,3"]);
  assert.deepEqual(valuesOfData(data), [null, "s:interval:1,2,3"]);
});

test("assertPredicates() blames DuckDB for what it also does to other files, whatever stands beside the column", async () => {
  const type = LEAVES["float64"]!();
  const schema = new Schema([
    new Field("interval", LEAVES["intervalMonthDayNano"]!(), true),
    new Field("float", type, true),
  ]);
  const { data } = randomBatch(schema, 2, clean);
  // DuckDB believes that no row is above a maximum of 1, and that all are below NaN.
  const floats = vectorFromArray([1, NaN], type).data[0]!;
  const rows = makeData({ type: data.type, length: 2, children: [data.children[0]!, floats] });
  const batch = new RecordBatch(schema, rows);
  const columns = columnsOf(schema, [batch]);
  const bytes = await toParquet([batch], { parallelism: 0, ieee754TotalOrder: true });
  await withFile(bytes, (path) => assertPredicates(bytes, path, columns));
  // The same count is ours to answer for where nothing of the kind is in the column.
  const wrong = columns.map(({ field, values }) => ({
    field,
    values: field.name === "float" ? [1, 2].map((n) => floatFromNumber(64, n)) : values,
  }));
  await withFile(
    bytes,
    (path) => assert.rejects(assertPredicates(bytes, path, wrong), /counts \d rows instead of 1/),
  );
});
