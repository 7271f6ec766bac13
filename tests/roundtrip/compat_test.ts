/** `profile: "compat"`: what is written is what old readers open, with the same values, and the rest is refused. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Data,
  DataType,
  Decimal,
  Field,
  FixedSizeBinary,
  Float16,
  Float32,
  Float64,
  Int32,
  List,
  makeData,
  Map_,
  type RecordBatch,
  Schema,
  Struct,
  Table,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import {
  AsyncArrowWriter,
  LimitError,
  MemorySink,
  readParquetMetadata,
  SchemaError,
  toParquet,
  type WriterOptions,
} from "../../mod.ts";
import type { ArrowType } from "../../src/arrow/types.ts";
import type { SchemaElement } from "../../src/format/metadata.ts";
import { verifyParquet } from "../../src/verify/verify_parquet.ts";
import { LEAVES } from "../support/arbitraries.ts";
import type { ExpectedColumn } from "../support/arrow_values.ts";
import { readPages } from "../support/page_decoder.ts";
import { randomBatch } from "../support/random_data.ts";
import { assertReadable } from "../support/readers.ts";
import { floatFromNumber, type Value } from "../support/values.ts";
import { expectedOf } from "./written.ts";

const COMPAT = { profile: "compat", parallelism: 0 } as const;

/** What a type is written as: `type`, with `values` as they are seen in it. */
interface Written {
  readonly type: ArrowType;
  readonly value: (value: Value) => Value;
}

const same = (value: Value): Value => value;
const toBigInt = (value: Value): Value => BigInt(value as number);
const int = (bitWidth: 16 | 32 | 64): ArrowType => ({ kind: "int", bitWidth, signed: true });

/** Types that become others, and those that are refused; all others stay. */
const CHANGED: Readonly<Record<string, Written | "refused">> = {
  uint8: { type: int(16), value: same },
  uint16: { type: int(32), value: same },
  uint32: { type: int(64), value: toBigInt },
  uint64: { type: int(64), value: same },
  float16: { type: { kind: "float", bitWidth: 32 }, value: floatOfHalf },
  fixedSizeBinary: { type: { kind: "binary" }, value: same },
  timestampNanoseconds: {
    type: { kind: "timestamp", unit: "microsecond", timezone: null },
    value: same,
  },
  timestampNanosecondsUtc: {
    type: { kind: "timestamp", unit: "microsecond", timezone: "UTC" },
    value: same,
  },
  decimal76: "refused",
  timeSeconds: "refused",
  timeMilliseconds: "refused",
  timeMicroseconds: "refused",
  timeNanoseconds: "refused",
  intervalYearMonth: "refused",
  intervalDayTime: "refused",
  intervalMonthDayNano: "refused",
};

function floatOfHalf(value: Value): Value {
  const bits = parseInt((value as string).slice(4), 16);
  const [sign, exponent, fraction] = [bits >> 15, bits >> 10 & 31, bits & 1023];
  if (exponent === 31 && fraction > 0) {
    return `f32:${((sign << 31 | 0x7f800000 | fraction << 13) >>> 0).toString(16)}`;
  }
  const size = exponent === 31
    ? Infinity
    : exponent === 0
    ? fraction * 2 ** -24
    : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return floatFromNumber(32, sign === 1 ? -size : size);
}

/** Makes values fit: no highest bit in unsigned ones, whole microseconds. */
function fitted(data: Data): void {
  if (DataType.isInt(data.type) && data.type.bitWidth === 64 && !data.type.isSigned) {
    const values = data.values as BigUint64Array;
    values.forEach((value, i) => values[i] = value & (2n ** 63n - 1n));
  }
  if (DataType.isTimestamp(data.type) && data.type.unit === 3) {
    const values = data.values as unknown as BigInt64Array;
    values.forEach((value, i) => values[i] = value - value % 1000n);
  }
  data.children.forEach((child) => fitted(child!));
}

function batchesOf(schema: Schema): RecordBatch[] {
  const shape = { nulls: 0.2, garbage: false, sliced: 0 };
  const batches = [
    randomBatch(schema, 70, { ...shape, seed: 1, distinct: 0 }),
    randomBatch(schema, 500, { ...shape, seed: 2, distinct: 5 }),
  ];
  for (const { data } of batches) fitted(data);
  return batches;
}

/** Converted types that Spark 2 takes, by physical type; `undefined`: none. */
const READABLE: Readonly<Record<string, readonly unknown[]>> = {
  BOOLEAN: [undefined],
  INT32: [undefined, "INT_8", "INT_16", "INT_32", "DATE"],
  INT64: [undefined, "INT_64", "TIMESTAMP_MILLIS", "TIMESTAMP_MICROS"],
  INT96: [undefined],
  FLOAT: [undefined],
  DOUBLE: [undefined],
  BYTE_ARRAY: [undefined, "UTF8", "ENUM", "JSON", "BSON", "DECIMAL"],
  FIXED_LEN_BYTE_ARRAY: ["DECIMAL"],
};
/** Logical types that say something that the converted type does not: only that a column has no values. */
const LOGICAL_ALONE = ["UNKNOWN"];

function assertOldReadersKnow(elements: readonly SchemaElement[]): void {
  for (const { type, name, convertedType, logicalType } of elements) {
    if (type !== undefined) {
      assert.ok(READABLE[type]!.includes(convertedType), `${name}: ${type} (${convertedType})`);
    }
    if (logicalType !== undefined && convertedType === undefined) {
      assert.ok(LOGICAL_ALONE.includes(logicalType.type), `${name}: ${logicalType.type} alone`);
    }
  }
}

for (const [name, make] of Object.entries(LEAVES)) {
  const changed = CHANGED[name] ?? null;
  test(`compat: ${name} ${changed === "refused" ? "is refused" : "is read by others"}`, async () => {
    const schema = new Schema([
      new Field("optional", make(), true),
      new Field("within", new Struct([new Field("a", make(), true)]), true),
    ]);
    const batches = batchesOf(schema);
    if (changed === "refused") {
      return await assert.rejects(toParquet(batches, COMPAT), (error) => {
        assert.ok(error instanceof SchemaError);
        assert.equal(error.path, "optional");
        return /profile "compat".*cast it to/.test(error.message);
      });
    }
    for (const dictionaryEnabled of [true, false]) {
      const bytes = await toParquet(batches, { ...COMPAT, dictionaryEnabled });
      assertOldReadersKnow((await readParquetMetadata(bytes)).schema);
      const expected = expectedOf({ schema, batches });
      await assertReadable(bytes, changed === null ? expected : rewritten(expected, changed));
      const { chunks } = readPages(bytes).rowGroups[0]!;
      for (const { codec, pages } of chunks) {
        assert.equal(codec, "SNAPPY");
        for (const page of pages) {
          assert.equal(page.version, 1);
          assert.ok(["PLAIN", "RLE_DICTIONARY"].includes(page.encoding), page.encoding);
        }
      }
    }
  });
}

function rewritten(columns: readonly ExpectedColumn[], { type, value }: Written): ExpectedColumn[] {
  const [leaf, struct] = columns as [ExpectedColumn, ExpectedColumn];
  const convert = (item: Value): Value => item === null ? null : value(item);
  return [
    { field: { ...leaf.field, type }, values: leaf.values.map(convert) },
    {
      field: {
        ...struct.field,
        type: { kind: "struct", children: [{ ...leaf.field, name: "a", type }] },
      },
      values: struct.values.map((item) => item === null ? null : (item as Value[]).map(convert)),
    },
  ];
}

test("compat: every half float, in and out of a dictionary", async () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const data = makeData({ type: new Float16(), length: bits.length, data: bits });
  const table = new Table({ h: new Vector([data]) });
  for (const dictionaryEnabled of [true, false]) {
    const file = readPages(await toParquet(table, { ...COMPAT, dictionaryEnabled }));
    const values = file.rowGroups[0]!.chunks[0]!.pages.flatMap((page) => page.values);
    assert.deepEqual(
      values,
      Array.from(bits, (half) => floatOfHalf(`f16:${half.toString(16).padStart(4, "0")}`)),
    );
  }
});

test("compat: values that have no room are refused, with their row", async () => {
  const vector = (
    type: Uint64 | TimestampNanosecond,
    values: bigint[],
    nullBitmap?: Uint8Array,
  ) => {
    const data = new (type instanceof Uint64 ? BigUint64Array : BigInt64Array)(values as never);
    return new Table({
      a: new Vector([makeData({ type, length: values.length, data, nullBitmap } as never)]),
    });
  };
  const cases = [
    [new Uint64(), 2n ** 63n, /9223372036854775808 as a signed integer.*Decimal/],
    [new TimestampNanosecond(), 1001n, /1001 nanoseconds as microseconds.*int96Timestamps/],
    [new TimestampNanosecond(), -1n, /-1 nanoseconds/],
  ] as const;
  for (const [type, value, message] of cases) {
    await assert.rejects(toParquet(vector(type, [0n, 1000n, value]), COMPAT), (error) => {
      assert.ok(error instanceof LimitError);
      assert.deepEqual([error.path, error.row], ["a", 2]);
      return message.test(error.message);
    });
    // What stands under a null is nobody's.
    await toParquet(vector(type, [0n, 1000n, value], Uint8Array.of(0b011)), COMPAT);
  }
  const bytes = await toParquet(vector(new TimestampNanosecond(), [1n]), {
    ...COMPAT,
    int96Timestamps: true,
  });
  assertOldReadersKnow((await readParquetMetadata(bytes)).schema);
});

test("compat: unsigned rows are in order as what they become", async () => {
  const cases = [
    [new Uint8(), Uint8Array.of(0, 127, 128, 255)],
    [new Uint16(), Uint16Array.of(0, 32767, 32768, 65535)],
    [new Uint32(), Uint32Array.of(0, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1)],
    [new Uint64(), BigUint64Array.of(0n, 2n ** 31n, 2n ** 32n, 2n ** 63n - 1n)],
    [new FixedSizeBinary(1), Uint8Array.of(0, 127, 128, 255)],
    [new Float16(), Uint16Array.of(0xbc00, 0, 0x3c00, 0x7c00)],
  ] as const;
  for (const [type, data] of cases) {
    const vector = new Vector([makeData({ type, length: 4, data } as never)]);
    const options = { ...COMPAT, sortingColumns: [{ column: "a" }] };
    const bytes = await toParquet(new Table({ a: vector }), options);
    const faults = (await verifyParquet(bytes)).filter(({ severity }) => severity === "fault");
    assert.deepEqual(faults, []);
    await assert.rejects(
      toParquet(new Table({ a: vector }), {
        ...COMPAT,
        sortingColumns: [{ column: "a", descending: true }],
      }),
      /out of order/,
    );
  }
});

test("compat: decimals are byte arrays, up to 38 digits", async () => {
  for (const [precision, typeLength] of [[1, 1], [9, 4], [18, 8], [38, 16]] as const) {
    const type = new Decimal(0, precision, 128);
    const data = makeData({ type, length: 1, data: Uint32Array.of(7, 0, 0, 0) });
    const bytes = await toParquet(new Table({ d: new Vector([data]) }), COMPAT);
    const [, element] = (await readParquetMetadata(bytes)).schema;
    assert.equal(element!.type, "FIXED_LEN_BYTE_ARRAY");
    assert.equal(element!.typeLength, typeLength);
    assert.equal(element!.precision, precision);
  }
});

test("compat: annotations without an older form are left out, and so are extensions of another storage", async () => {
  const extension = (name: string, type: string, metadata?: string) =>
    new Field(
      name,
      LEAVES[type]!(),
      true,
      new Map([
        ["ARROW:extension:name", metadata ?? "x.y"],
        ["ARROW:extension:metadata", ""],
      ]),
    );
  const schema = new Schema([
    extension("json", "utf8", "arrow.json"),
    extension("geometry", "binary", "geoarrow.wkb"),
    extension("fixed", "fixedSizeBinary"),
    new Field("n", new Int32(), true),
  ]);
  const bytes = await toParquet([randomBatch(schema, 3, {
    seed: 1,
    nulls: 1,
    distinct: 0,
    garbage: false,
    sliced: 0,
  })], { ...COMPAT, skipArrowMetadata: false });
  const { schema: elements, keyValueMetadata } = await readParquetMetadata(bytes);
  assertOldReadersKnow(elements);
  assert.deepEqual(elements.slice(1).map(({ logicalType }) => logicalType?.type), [
    "JSON",
    undefined,
    undefined,
    undefined,
  ]);
  const message = atob(keyValueMetadata!.find(({ key }) => key === "ARROW:schema")!.value!);
  assert.ok(message.includes("geoarrow.wkb"), "its storage is what it was");
  assert.ok(!message.includes("x.y"), "its storage is not");
});

test("compat: no Arrow schema, unless it is asked for", async () => {
  const table = new Table({
    a: new Vector([makeData({ type: new Int32(), data: Int32Array.of(1) })]),
  });
  const keys = async (options: WriterOptions) =>
    (await readParquetMetadata(await toParquet(table, options))).keyValueMetadata
      ?.map(({ key }) => key) ?? [];
  assert.deepEqual(await keys(COMPAT), []);
  assert.deepEqual(await keys({ ...COMPAT, skipArrowMetadata: false }), ["ARROW:schema"]);
  assert.deepEqual(await keys({ parallelism: 0 }), ["ARROW:schema"]);
});

/** Types of which old readers believe the deprecated bounds. */
const OLD_BOUNDS: readonly unknown[] = ["BOOLEAN", "INT32", "INT64", "FLOAT", "DOUBLE"];

test("compat: old bounds beside new ones, and no null count that old readers misread", async () => {
  const names = Object.keys(LEAVES).filter((name) => CHANGED[name] !== "refused");
  const schema = new Schema([
    ...names.map((name) => new Field(name, LEAVES[name]!(), true)),
    new Field("l", new List(new Field("item", new Int32(), true)), true),
    new Field("s", new Struct([new Field("f", new Float64(), true)]), true),
  ]);
  const shape = { garbage: false, sliced: 0, distinct: 0 };
  let withOld = 0, withoutAny = 0;
  for (const [seed, nulls] of [0, 0.3, 1].entries()) {
    const batch = randomBatch(schema, 90, { ...shape, seed, nulls });
    fitted(batch.data);
    for (const dictionaryEnabled of [true, false]) {
      for (const statisticsEnabled of ["page", "chunk"] as const) {
        const options = {
          ...COMPAT,
          dictionaryEnabled,
          statisticsEnabled,
          maxRowGroupRowCount: 13,
        };
        const bytes = await toParquet([batch], options);
        const { rowGroups } = await readParquetMetadata(bytes);
        const chunks = readPages(bytes).rowGroups.flatMap(({ chunks }) => chunks);
        for (const [i, { metaData }] of rowGroups.flatMap(({ columns }) => columns).entries()) {
          const { statistics = {}, type, numValues } = metaData;
          const { min, max, minValue, maxValue, nullCount } = statistics;
          const name = metaData.pathInSchema.join(".");
          if (OLD_BOUNDS.includes(type)) {
            assert.deepEqual([min, max], [minValue, maxValue], name);
            if (min !== undefined) withOld++;
            // The values of a chunk without bounds are NaNs beside others.
            else if (nullCount === undefined) withoutAny++;
            else assert.equal(nullCount, numValues, name);
          } else {
            assert.deepEqual([min, max], [undefined, undefined], name);
            const nulls = numValues - chunks[i]!.pages.flatMap(({ values }) => values).length;
            assert.equal(nullCount, nulls, name);
          }
          if (type === "FIXED_LEN_BYTE_ARRAY") {
            assert.equal(metaData.dictionaryPageOffset, undefined, name);
            assert.deepEqual(metaData.encodings, ["PLAIN", "RLE"], name);
          }
        }
      }
    }
  }
  assert.ok(withOld > 100 && withoutAny > 10, `${withOld}, ${withoutAny}`);
});

test("compat: a chunk with a NaN has neither bounds nor a null count, unless all are null", async () => {
  const column = (values: (number | null)[]) => vectorFromArray(values, new Float32());
  const statistics = async (values: (number | null)[], options: WriterOptions = {}) => {
    const bytes = await toParquet(new Table({ x: column(values) }), { ...COMPAT, ...options });
    return (await readParquetMetadata(bytes)).rowGroups[0]!.columns[0]!.metaData.statistics;
  };
  assert.equal(await statistics([1, NaN, null]), undefined);
  assert.equal(await statistics([NaN, NaN]), undefined);
  assert.deepEqual(await statistics([null, null]), { nullCount: 2 });
  assert.equal(await statistics([1], { statisticsEnabled: "none" }), undefined);
  const bound = (value: number) => new Uint8Array(Float32Array.of(value).buffer);
  assert.deepEqual(await statistics([1, null, 3]), {
    min: bound(1),
    max: bound(3),
    minValue: bound(1),
    maxValue: bound(3),
    nullCount: 1,
    isMinValueExact: true,
    isMaxValueExact: true,
  });
});

test("compat: INT96 has a null count only where all are null", async () => {
  const column = (values: bigint[], nullBitmap: Uint8Array) =>
    new Table({
      t: new Vector([makeData({
        type: new TimestampNanosecond(),
        length: values.length,
        data: BigInt64Array.from(values),
        nullBitmap,
      })]),
    });
  const statistics = async (bits: number) => {
    const table = column([1n, 2n], Uint8Array.of(bits));
    const bytes = await toParquet(table, { ...COMPAT, int96Timestamps: true });
    return (await readParquetMetadata(bytes)).rowGroups[0]!.columns[0]!.metaData.statistics;
  };
  assert.equal(await statistics(0b01), undefined);
  assert.deepEqual(await statistics(0b00), { nullCount: 2 });
});

test("the default profile has no old bounds", async () => {
  const table = new Table({ a: vectorFromArray([1, null], new Int32()) });
  const { rowGroups } = await readParquetMetadata(await toParquet(table, { parallelism: 0 }));
  const { min, max, nullCount } = rowGroups[0]!.columns[0]!.metaData.statistics!;
  assert.deepEqual([min, max, nullCount], [undefined, undefined, 1]);
});

test("compat: names that differ only in case are refused, at every level", async () => {
  const int = (name: string) => new Field(name, new Int32(), true);
  const struct = (name: string, ...children: Field[]) =>
    new Field(name, new Struct(children), true);
  const list = (name: string, child: Field) => new Field(name, new List(child), true);
  const map = new Map_(
    new Field(
      "entries",
      new Struct([new Field("Key", new Utf8(), false), struct("kEY", int("v"), int("V"))]),
      false,
    ) as never,
  );
  const cases: [Field[], path: string | null][] = [
    [[int("id"), int("ID")], "ID"],
    [[int("id"), int("x"), int("id")], "id"],
    [[int("straße"), int("STRAßE")], "STRAßE"],
    [[struct("s", int("a"), int("A"))], "s.A"],
    [[struct("s", struct("t", int("ä"), int("Ä")))], "s.t.Ä"],
    [[list("l", struct("item", int("a"), int("b"), int("B")))], "l.B"],
    [[list("l", list("item", struct("item", int("a"), int("A"))))], "l.A"],
    [[new Field("m", map, true)], "m.value.V"],
    [[int("a"), struct("s", int("A")), struct("t", int("a"))], null],
    [[struct("s", int("A")), list("l", int("S"))], null],
  ];
  for (const [fields, path] of cases) {
    const schema = new Schema(fields);
    const write = (options: WriterOptions) =>
      new AsyncArrowWriter(new MemorySink(), schema, options).close();
    if (path === null) await write(COMPAT);
    else {
      assert.throws(() => write(COMPAT), (error) => {
        assert.ok(error instanceof SchemaError, String(error));
        assert.equal(error.path, path);
        return /profile "compat".*upper from lower case; rename/.test(error.message);
      });
    }
    await write({});
  }
});
