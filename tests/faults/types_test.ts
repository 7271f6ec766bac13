/** FAULTS 8 to 12, 25, 40 and 41: nesting, types without an order, ranges of dates, names. 7 and 39 are in `roundtrip/`. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Bool,
  type Data,
  type DataType,
  DateDay,
  DateMillisecond,
  Field,
  FixedSizeList,
  Int32,
  Int64,
  IntervalDayTime,
  IntervalMonthDayNano,
  IntervalYearMonth,
  List,
  makeData,
  Map_,
  Null,
  RecordBatch,
  Schema,
  Struct,
  TimeSecond,
  Timestamp,
  TimeUnit,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { LimitError, readParquetMetadata, toParquet, type WriterOptions } from "../../mod.ts";
import { readPages } from "../support/page_decoder.ts";
import { joined } from "../support/parquet_assembler.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { coerced, expectedOf, type Rows, written } from "../roundtrip/written.ts";

/** Rows of columns that are given as arrays of Arrow JS. */
function rowsOf(fields: readonly Field[], columns: readonly Data[]): Rows {
  const schema = new Schema([...fields]);
  const { length } = columns[0]!;
  const children = [...columns];
  const data = makeData({ type: new Struct(schema.fields), length, nullCount: 0, children });
  return { schema, batches: [new RecordBatch(schema, data)] };
}

function rowsOfValues(field: Field, values: readonly unknown[]): Rows {
  return rowsOf([field], [vectorFromArray([...values], field.type).data[0]! as Data]);
}

function levelsOfOnly(bytes: Uint8Array) {
  const { repetitionLevels, definitionLevels } = joined(
    readPages(bytes).rowGroups[0]!.chunks[0]!.pages,
  );
  return { repetition: repetitionLevels.join(""), definition: definitionLevels.join("") };
}

test("FAULTS 8: a null struct over a child that is there is null", async () => {
  const child = makeData({ type: new Int32(), length: 3, data: Int32Array.of(1, 2, 3) });
  for (const nullable of [true, false]) {
    const type = new Struct([new Field("a", new Int32(), nullable)]);
    const struct = makeData({
      type,
      length: 3,
      nullCount: 1,
      nullBitmap: Uint8Array.of(0b101),
      children: [child],
    });
    const rows = rowsOf([new Field("s", type, true)], [struct as Data]);
    assert.deepEqual(expectedOf(rows)[0]!.values, [[1], null, [3]]);
    const bytes = await written(rows);
    await assertReadable(bytes, expectedOf(rows));
    assert.equal(levelsOfOnly(bytes).definition, nullable ? "202" : "101");
  }
});

test("FAULTS 9: empty maps, and maps with null values, are exact", async () => {
  const entries = new Struct<{ key: Utf8; value: Int32 }>([
    new Field("key", new Utf8(), false),
    new Field("value", new Int32(), true),
  ]);
  const type = new Map_(new Field("entries", entries, false));
  const keys = vectorFromArray(["a", "b", "c"], new Utf8()).data[0]!;
  const values = vectorFromArray([1, null, null], new Int32()).data[0]!;
  const map = makeData({
    type,
    length: 5,
    nullCount: 1,
    nullBitmap: Uint8Array.of(0b10111),
    valueOffsets: Int32Array.of(0, 2, 2, 2, 2, 3),
    child: makeData({ type: entries, length: 3, nullCount: 0, children: [keys, values] }),
  } as never) as Data;
  const rows = rowsOf([new Field("m", type, true)], [map]);
  const expected = [[["s:a", 1], ["s:b", null]], [], [], null, [["s:c", null]]];
  assert.deepEqual(expectedOf(rows)[0]!.values, expected);
  const bytes = await written(rows);
  await assertReadable(bytes, expectedOf(rows));
  const [keyChunk, valueChunk] = readPages(bytes).rowGroups[0]!.chunks;
  assert.equal(joined(keyChunk!.pages).definitionLevels.join(""), "221102");
  assert.equal(joined(valueChunk!.pages).definitionLevels.join(""), "321102");
});

const LIST = new Field("l", new List(new Field("element", new Int32(), true)), true);

test("FAULTS 10: every page starts with a row", async () => {
  const values = Array.from(
    { length: 300 },
    (_, i) => i % 11 === 0 ? null : Array.from({ length: i % 7 }, (_, k) => i + k),
  );
  const rows = rowsOfValues(LIST, values);
  const cuts: WriterOptions[] = [
    { dataPageRowCountLimit: 1 },
    { dataPageRowCountLimit: 7 },
    { dataPageSizeLimit: 1 },
    { dataPageSizeLimit: 33 },
    { dataPageSizeLimit: 64, dictionaryEnabled: false },
    { dictionaryPageSizeLimit: 40, dataPageSizeLimit: 50 },
  ];
  for (const cut of cuts) {
    for (const writerVersion of ["1.0", "2.0"] as const) {
      const bytes = await written(rows, { ...cut, writerVersion });
      const { pages } = readPages(bytes).rowGroups[0]!.chunks[0]!;
      assert.ok(pages.length > 10, `${pages.length} pages`);
      for (const page of pages) assert.equal(page.repetitionLevels[0], 0);
      await assertReadable(bytes, expectedOf(rows));
    }
  }
});

test("FAULTS 11: a row one over the page limit stays in one page", async () => {
  // 4 bytes a value: with 9 values to 32 bytes, the ninth crosses the limit.
  for (const [length, perPage] of [[8, 1], [9, 1], [4, 2], [5, 2]] as const) {
    const rows = rowsOfValues(LIST, Array.from({ length: 6 }, () => new Array(length).fill(7)));
    const bytes = await written(rows, { dataPageSizeLimit: 32, dictionaryEnabled: false });
    const { pages } = readPages(bytes).rowGroups[0]!.chunks[0]!;
    assert.deepEqual(
      pages.map(({ repetitionLevels }) => repetitionLevels.length / length),
      new Array(6 / perPage).fill(perPage),
    );
    await assertReadable(bytes, expectedOf(rows));
  }
});

test("FAULTS 12: the null type within anything", async () => {
  const none = (name: string) => new Field(name, new Null(), true);
  const schema = new Schema([
    new Field<DataType>("s", new Struct([none("n")]), true),
    new Field<DataType>("l", new List(none("element")), true),
    new Field<DataType>(
      "ll",
      new List(new Field("element", new List(none("element")), true)),
      true,
    ),
    new Field<DataType>("f", new FixedSizeList(2, none("element")), true),
    new Field<DataType>(
      "ls",
      new List(new Field("element", new Struct([none("n")]), false)),
      false,
    ),
  ]);
  const shape = { seed: 9, nulls: 0.3, distinct: 0, garbage: true, sliced: 1 };
  const rows = { schema, batches: [randomBatch(schema, 60, shape), randomBatch(schema, 5, shape)] };
  for (const writerVersion of ["1.0", "2.0"] as const) {
    const bytes = await written(rows, { writerVersion, dataPageRowCountLimit: 20 });
    await assertReadable(bytes, expectedOf(rows));
    const { columns } = (await readParquetMetadata(bytes)).rowGroups[0]!;
    for (const { metaData: { statistics, numValues } } of columns) {
      assert.deepEqual(statistics, { nullCount: numValues });
    }
  }
});

test("FAULTS 25: intervals have no bounds", async () => {
  const schema = new Schema([
    new Field<DataType>("y", new IntervalYearMonth(), true),
    new Field<DataType>("d", new IntervalDayTime(), true),
    new Field<DataType>("m", new IntervalMonthDayNano(), true),
  ]);
  const shape = { seed: 1, nulls: 0.2, distinct: 0, garbage: false, sliced: 0 };
  const rows = { schema, batches: [randomBatch(schema, 50, shape)] };
  const bytes = await written(rows, { statisticsEnabled: "page" });
  const { columns } = (await readParquetMetadata(bytes)).rowGroups[0]!;
  columns.forEach(({ metaData: { statistics }, columnIndexOffset }, i) => {
    const nulls = expectedOf(rows)[i]!.values.filter((value) => value === null).length;
    assert.deepEqual(statistics, { nullCount: nulls });
    assert.equal(columnIndexOffset, undefined);
  });
});

function fixed(type: DataType, data: Int32Array | BigInt64Array): Data {
  return makeData({ type, length: data.length, nullCount: 0, data } as never) as Data;
}

test("FAULTS 40: dates and times before 1970, and Date64 off midnight", async () => {
  const day = 86_400_000n;
  const moments = BigInt64Array.of(-1n, -day, -day - 1n, -day + 1n, 0n, 1n, 1234n * day + 5n);
  const units = [TimeUnit.SECOND, TimeUnit.MILLISECOND, TimeUnit.MICROSECOND, TimeUnit.NANOSECOND];
  const fields: Field[] = [
    new Field("d", new DateDay()),
    new Field("m", new DateMillisecond()),
    ...units.map((unit) => new Field(`t${unit}`, new Timestamp(unit, null))),
    ...units.map((unit) => new Field(`z${unit}`, new Timestamp(unit, "UTC"))),
  ];
  const rows = rowsOf(
    fields,
    fields.map(({ type }, i) =>
      i === 0
        ? fixed(type, Int32Array.of(-1, -2, 0, -719_528, 1, 18_000, -25_567))
        : fixed(type, moments)
    ),
  );
  await assertReadable(await written(rows), expectedOf(rows));
  const days = await written(rows, { coerceTypes: true });
  await assertReadable(days, coerced(expectedOf(rows)));
  const { values } = coerced(expectedOf(rows))[1]!;
  assert.deepEqual(
    values,
    [-day, -day, -2n * day, -day, 0n, 0n, 1234n * day],
    "days are rounded down",
  );
});

test("FAULTS 40: what overflows the unit is a LimitError with its row", async () => {
  const most = 2n ** 63n - 1n;
  const cases: [DataType, Int32Array | BigInt64Array, WriterOptions][] = [
    [
      new Timestamp(TimeUnit.SECOND, null),
      BigInt64Array.of(0n, most / 1000n, most / 1000n + 1n),
      {},
    ],
    [new Timestamp(TimeUnit.SECOND, null), BigInt64Array.of(0n, -(most / 1000n), -most), {}],
    [new TimeSecond(), Int32Array.of(0, 2_147_483, 2_147_484), {}],
    [
      new DateMillisecond(),
      BigInt64Array.of(0n, (2n ** 31n) * 86_400_000n - 1n, 2n ** 31n * 86_400_000n),
      { coerceTypes: true },
    ],
  ];
  for (const [type, values, options] of cases) {
    const field = new Field("t", type, true);
    await assert.rejects(
      written(rowsOf([field], [fixed(type, values)]), options),
      (error) => {
        assert.ok(error instanceof LimitError, String(error));
        assert.deepEqual([error.path, error.row], ["t", 2]);
        return true;
      },
    );
    const fitting = rowsOf([field], [fixed(type, values.slice(0, 2) as BigInt64Array)]);
    const bytes = await written(fitting, options);
    const expected = expectedOf(fitting);
    // DuckDB's own dates and timestamps end sooner.
    await assertReadable(bytes, options.coerceTypes === true ? coerced(expected) : expected, {
      except: ["duckdb"],
    });
  }
});

test("FAULTS 41: duplicate, empty, dotted and `__proto__` names", async () => {
  const names = ["", "a.b", "__proto__", "constructor", "a", "a", "toString", '"', "\u0000", "é😀"];
  // Arrow JS gives fields of one name one type, when it puts a batch together.
  const types = names.map((name, i) => name === "a" || i % 2 === 0 ? new Int64() : new Bool());
  const fields = names.map((name, i) => new Field<DataType>(name, types[i]!));
  const schema = new Schema([...fields, new Field<DataType>("within", new Struct(fields))]);
  const shape = { seed: 4, nulls: 0, distinct: 0, garbage: false, sliced: 0 };
  const rows = { schema, batches: [randomBatch(schema, 20, shape)] };
  const bytes = await toParquet(rows.batches, { parallelism: 0 });
  const metadata = await readParquetMetadata(bytes);
  const paths = metadata.rowGroups[0]!.columns.map(({ metaData }) => metaData.pathInSchema);
  assert.deepEqual(paths, [
    ...names.map((name) => [name]),
    ...names.map((name) => ["within", name]),
  ]);
  // Readers that make objects of rows cannot have two fields of a name, nor DuckDB an empty one.
  await assertReadable(bytes, expectedOf(rows), { except: ["hyparquet", "duckdb"] });

  const single = ["a.b", "__proto__", "constructor", "é😀"];
  const alone = new Schema(single.map((name) => new Field<DataType>(name, new Int64(), true)));
  const others = { schema: alone, batches: [randomBatch(alone, 20, shape)] };
  const columns = JSON.parse(
    '{"__proto__": {"compression": "snappy"}, "a.b": {"compression": "gzip"}}',
  );
  const file = await toParquet(others.batches, { parallelism: 0, columns });
  const codecs = (await readParquetMetadata(file)).rowGroups[0]!.columns;
  assert.deepEqual(codecs.map(({ metaData }) => metaData.codec), [
    "GZIP",
    "SNAPPY",
    "ZSTD",
    "ZSTD",
  ]);
  await assertReadable(file, expectedOf(others), { except: ["hyparquet"] });
});
