/** `int96Timestamps`: every unit, read back by arithmetic of its own and by other readers. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type DataType,
  Dictionary,
  Field,
  Int32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  Timestamp,
  TimeUnit,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { readParquet } from "parquet-wasm";
import { LimitError, readParquetMetadata, toParquet, type WriterOptions } from "../../mod.ts";
import { query, quoted, withFile } from "../support/duckdb.ts";
import { readPlainlyWithHyparquet } from "../support/hyparquet_reader.ts";
import { readPages } from "../support/page_decoder.ts";
import { assertRows } from "../support/readers.ts";

const UNITS = { SECOND: 10n ** 9n, MILLISECOND: 10n ** 6n, MICROSECOND: 1000n, NANOSECOND: 1n };
const DAY = 86_400n * 10n ** 9n;
const JULIAN_EPOCH = 2_440_588n;
const MAX = 2n ** 63n - 1n;
const INT96 = { int96Timestamps: true, parallelism: 0 } as const;

type UnitName = keyof typeof UNITS;

/** Timestamps as they come, without a conversion of Arrow JS in between. */
function batchOf(values: readonly bigint[], type: DataType, nulls: readonly number[] = []) {
  const nullBitmap = new Uint8Array(Math.ceil(values.length / 8)).fill(0xff);
  for (const i of nulls) nullBitmap[i >> 3]! &= ~(1 << (i & 7));
  const child = makeData({
    type: type as Timestamp,
    length: values.length,
    nullCount: nulls.length,
    nullBitmap: nulls.length === 0 ? null : nullBitmap,
    data: BigInt64Array.from(values),
  });
  const schema = new Schema([new Field("t", type, true)]);
  const struct = new Struct(schema.fields);
  return new RecordBatch(
    schema,
    makeData({ type: struct, length: values.length, children: [child] }),
  );
}

/** Nanoseconds since 1970 of every value of the only column. */
function nanosecondsOf(bytes: Uint8Array): bigint[] {
  const file = readPages(bytes);
  assert.equal(file.schema.children[0]!.type, "INT96");
  return file.rowGroups.flatMap(({ chunks }) => chunks[0]!.pages).flatMap(({ values }) =>
    values.map((value) => {
      const view = new DataView((value as Uint8Array).slice().buffer);
      const nanoseconds = view.getBigUint64(0, true);
      assert.ok(nanoseconds < DAY, `${nanoseconds} nanoseconds of a day`);
      return (BigInt(view.getInt32(8, true)) - JULIAN_EPOCH) * DAY + nanoseconds;
    })
  );
}

/** Values around everything where the arithmetic could go wrong. */
function awkward(unit: UnitName): bigint[] {
  const perDay = DAY / UNITS[unit];
  const days = [0n, 1n, 2n, 4095n, 4096n, 20_000n, 106_751n, JULIAN_EPOCH, 100_000_000n, 2n ** 30n];
  const low = [0n, 1n, 2n ** 7n, 2n ** 10n, 2n ** 13n, 2n ** 16n, 2n ** 31n, 2n ** 32n, 2n ** 33n];
  const least = -JULIAN_EPOCH * perDay;
  const last = (2n ** 31n - JULIAN_EPOCH) * perDay - 1n;
  const most = last < MAX ? last : MAX;
  return [...days, ...days.map((day) => -day)]
    .flatMap((day) => low.flatMap((near) => [day * perDay + near, day * perDay - near]))
    .concat(least, most, least + 1n, most - 1n)
    .filter((value) => value >= least && value <= most && value >= -MAX);
}

for (const unit of Object.keys(UNITS) as UnitName[]) {
  test(`int96Timestamps: ${unit.toLowerCase()}s are exact`, async () => {
    const values = awkward(unit);
    const batch = batchOf(values, new Timestamp(TimeUnit[unit], null));
    const expected = values.map((value) => value * UNITS[unit]);
    for (const dictionaryEnabled of [true, false]) {
      const bytes = await toParquet(batch, { ...INT96, dictionaryEnabled });
      assert.deepEqual(nanosecondsOf(bytes), expected);
      await assertRows(bytes, values.length);
    }
  });

  test(`int96Timestamps: ${unit.toLowerCase()}s are read by others`, async () => {
    const perDay = DAY / UNITS[unit];
    const values = [0n, -1n, 1n, perDay * 19_000n + 12_345n, -perDay * 9000n - 1n, 7n];
    const batch = batchOf(values, new Timestamp(TimeUnit[unit], "UTC"), [5]);
    const bytes = await toParquet(batch, INT96);
    const nanoseconds = values.slice(0, 5).map((value) => value * UNITS[unit]);
    const floor = (value: bigint, by: bigint) => (value - ((value % by) + by) % by) / by;
    await withFile(bytes, async (path) => {
      const rows = await query(`SELECT epoch_us(t) FROM ${quoted(path)}`);
      assert.deepEqual(rows.flat(), [...nanoseconds.map((value) => floor(value, 1000n)), null]);
      const found = await query(
        `SELECT count(*) FROM ${quoted(path)} WHERE t > TIMESTAMP '1970-01-01'`,
      );
      assert.equal(found[0]![0], BigInt(nanoseconds.filter((value) => value >= 1000n).length));
    });
    const plain = await readPlainlyWithHyparquet(bytes);
    const milliseconds = plain.map(({ t }) => (t as Date | null | undefined)?.getTime() ?? null);
    assert.deepEqual(milliseconds, [
      ...nanoseconds.map((value) => Number(value / 10n ** 6n)),
      null,
    ]);
    const table = tableFromIPC(readParquet(bytes.slice()).intoIPCStream());
    const column = table.getChildAt(0)!.data[0]!;
    assert.equal(
      (column.type as Timestamp).unit,
      TimeUnit[unit],
      "ARROW:schema brings the unit back",
    );
    assert.deepEqual([...column.values.slice(0, 5)], values.slice(0, 5));
  });
}

test("FAULTS 25: INT96 has no bounds", async () => {
  const batch = batchOf([1n, 2n, 3n], new Timestamp(TimeUnit.NANOSECOND, null), [1]);
  const bytes = await toParquet(batch, INT96);
  const { metaData, columnIndexOffset } = (await readParquetMetadata(bytes)).rowGroups[0]!
    .columns[0]!;
  assert.deepEqual(metaData.statistics, { nullCount: 1 });
  assert.equal(columnIndexOffset, undefined);
});

test("int96Timestamps: dictionaries and nested timestamps", async () => {
  const timestamps = [0n, 10n ** 18n, -5n];
  const entries = new Vector([
    batchOf(timestamps, new Timestamp(TimeUnit.NANOSECOND, null)).data.children[0]!,
  ]);
  const type = new Dictionary(entries.type, new Int32());
  const data = makeData({ type, length: 4, data: Int32Array.of(2, 0, 1, 1), dictionary: entries });
  const table = new Table({ t: new Vector([data]) });
  assert.deepEqual(nanosecondsOf(await toParquet(table, INT96)), [-5n, 0n, 10n ** 18n, 10n ** 18n]);

  const list = new List(new Field("item", new Timestamp(TimeUnit.MILLISECOND, null), true));
  const nested = new Table({
    t: vectorFromArray([[0, 1], null, [], [86_400_000, -1]], list),
  });
  const columns: WriterOptions["columns"] = { t: { int96Timestamps: true } };
  for (const options of [INT96, { parallelism: 0, columns }]) {
    const bytes = await toParquet(nested, options);
    const { chunks } = readPages(bytes).rowGroups[0]!;
    const days = chunks[0]!.pages[0]!.values.map((value) =>
      new DataView((value as Uint8Array).slice().buffer).getInt32(8, true)
    );
    assert.deepEqual(days, [2440588, 2440588, 2440589, 2440587]);
  }
});

test("int96Timestamps: timestamps without a day to be counted are refused", async () => {
  const cases = [
    ["SECOND", (2n ** 31n - JULIAN_EPOCH) * 86_400n],
    ["SECOND", MAX],
    ["SECOND", -MAX],
    ["MILLISECOND", -JULIAN_EPOCH * 86_400_000n - 1n],
    ["MICROSECOND", -JULIAN_EPOCH * 86_400_000_000n - 1n],
  ] as const;
  for (const [unit, value] of cases) {
    const type = new Timestamp(TimeUnit[unit], null);
    await assert.rejects(
      toParquet(batchOf([0n, value, 1n], type), INT96),
      (error) => error instanceof LimitError && error.path === "t" && error.row === 1,
      `${value} ${unit}`,
    );
    // Nothing is seen of what stands under a null.
    await toParquet(batchOf([0n, value, 1n], type, [1]), INT96);
  }
});

test("int96Timestamps: under `columns` it has to name a timestamp", async () => {
  const table = new Table({
    n: vectorFromArray([1], new Int32()),
    s: vectorFromArray(
      [{ t: 0, n: 1 }],
      new Struct([
        new Field("t", new Timestamp(TimeUnit.MILLISECOND, null)),
        new Field<DataType>("n", new Int32()),
      ]),
    ),
  });
  const types = async (options: WriterOptions) =>
    (await readParquetMetadata(await toParquet(table, options))).schema.flatMap(({ type }) =>
      type ?? []
    );
  for (const key of ["n", "s.n"]) {
    await assert.rejects(
      toParquet(table, { columns: { [key]: { int96Timestamps: true } } }),
      /int96Timestamps.*"n".*not a timestamp/,
    );
  }
  assert.deepEqual(await types({ columns: { s: { int96Timestamps: true } } }), [
    "INT32",
    "INT96",
    "INT32",
  ]);
  assert.deepEqual(await types({ int96Timestamps: true }), ["INT32", "INT96", "INT32"]);
  assert.deepEqual(
    await types({ int96Timestamps: true, columns: { "s.t": { int96Timestamps: false } } }),
    ["INT32", "INT64", "INT32"],
  );
});
