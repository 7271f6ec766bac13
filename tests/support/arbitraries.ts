/** Arbitraries of fast-check: schemas, batches and writer options. */

import {
  Binary,
  BinaryView,
  Bool,
  type DataType,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Duration,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  IntervalDayTime,
  IntervalMonthDayNano,
  IntervalYearMonth,
  LargeBinary,
  LargeList,
  LargeUtf8,
  List,
  Map_,
  Null,
  type RecordBatch,
  Schema,
  Struct,
  TimeMicrosecond,
  TimeMillisecond,
  TimeNanosecond,
  TimeSecond,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  TimestampSecond,
  TimeUnit,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Utf8View,
} from "apache-arrow";
import fc from "fast-check";
import type { WriterOptions } from "../../mod.ts";
import { planSchema } from "../../src/schema/parquet_schema.ts";
import { resolveOptions } from "../../src/schema/resolve_options.ts";
import { fieldOf } from "./arrow_values.ts";
import { ENCODINGS_OF } from "./encodings.ts";
import { randomBatch, type Shape } from "./random_data.ts";

/** Types without children that every writer and reader under test knows. */
export const COMMON_LEAVES: Readonly<Record<string, () => DataType>> = {
  bool: () => new Bool(),
  int8: () => new Int8(),
  int16: () => new Int16(),
  int32: () => new Int32(),
  int64: () => new Int64(),
  uint8: () => new Uint8(),
  uint16: () => new Uint16(),
  uint32: () => new Uint32(),
  uint64: () => new Uint64(),
  float16: () => new Float16(),
  float32: () => new Float32(),
  float64: () => new Float64(),
  decimal9: () => new Decimal(2, 9, 128),
  decimal18: () => new Decimal(4, 18, 128),
  decimal38: () => new Decimal(10, 38, 128),
  decimal76: () => new Decimal(3, 76, 256),
  date32: () => new DateDay(),
  date64: () => new DateMillisecond(),
  timeMilliseconds: () => new TimeMillisecond(),
  timeMicroseconds: () => new TimeMicrosecond(),
  timeNanoseconds: () => new TimeNanosecond(),
  timestampMilliseconds: () => new TimestampMillisecond(),
  timestampMicroseconds: () => new TimestampMicrosecond("UTC"),
  timestampNanoseconds: () => new TimestampNanosecond(),
  utf8: () => new Utf8(),
  largeUtf8: () => new LargeUtf8(),
  binary: () => new Binary(),
  largeBinary: () => new LargeBinary(),
  fixedSizeBinary: () => new FixedSizeBinary(5),
};

/** Types that need conversion, that few writers take, or that exist in memory only. */
export const OTHER_LEAVES: Readonly<Record<string, () => DataType>> = {
  null: () => new Null(),
  timeSeconds: () => new TimeSecond(),
  timestampSeconds: () => new TimestampSecond("Europe/Vienna"),
  timestampNanosecondsUtc: () => new TimestampNanosecond("UTC"),
  durationSeconds: () => new Duration(TimeUnit.SECOND),
  durationNanoseconds: () => new Duration(TimeUnit.NANOSECOND),
  intervalYearMonth: () => new IntervalYearMonth(),
  intervalDayTime: () => new IntervalDayTime(),
  intervalMonthDayNano: () => new IntervalMonthDayNano(),
  utf8View: () => new Utf8View(),
  binaryView: () => new BinaryView(),
  dictionaryUtf8: () => new Dictionary(new Utf8(), new Int32()),
  dictionaryUtf8Uint8: () => new Dictionary(new Utf8(), new Uint8()),
  dictionaryInt64Int16: () => new Dictionary(new Int64(), new Int16()),
  dictionaryFloat64: () => new Dictionary(new Float64(), new Int32()),
  dictionaryBinaryInt64: () => new Dictionary(new Binary(), new Int64() as never),
};

/** Every leaf type by a name. */
export const LEAVES: Readonly<Record<string, () => DataType>> = {
  ...COMMON_LEAVES,
  ...OTHER_LEAVES,
};

/** A type of some leaves, nested up to `depth` times. */
export function types(
  leaves: Readonly<Record<string, () => DataType>>,
  depth = 2,
): fc.Arbitrary<DataType> {
  const leaf = fc.constantFrom(...Object.keys(leaves)).map((name) => leaves[name]!());
  if (depth === 0) return leaf;
  const inner = types(leaves, depth - 1);
  const key = fc.constantFrom("utf8", "int32").map((name) => COMMON_LEAVES[name]!());
  const child = (name: string) =>
    fc.tuple(inner, fc.boolean()).map(([type, nullable]) => new Field(name, type, nullable));
  return fc.oneof(
    { weight: 4, arbitrary: leaf },
    { weight: 1, arbitrary: child("element").map((field) => new List(field)) },
    { weight: 1, arbitrary: child("element").map((field) => new LargeList(field)) },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.integer({ min: 1, max: 3 }), child("element"))
        .map(([size, field]) => new FixedSizeList(size, field)),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(key, child("value")).map(([type, value]) =>
        new Map_(
          new Field(
            "key_value",
            new Struct([new Field("key", type, false), value]) as never,
            false,
          ),
        )
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(child("a"), child("b")).map((fields) => new Struct(fields)),
    },
  );
}

/** A schema of one to `columns` columns. */
export function schemas(
  leaves: Readonly<Record<string, () => DataType>>,
  { columns = 4, depth = 2 }: { columns?: number; depth?: number } = {},
): fc.Arbitrary<Schema> {
  return fc.array(fc.tuple(types(leaves, depth), fc.boolean()), {
    minLength: 1,
    maxLength: columns,
  }).map((fields) =>
    new Schema(fields.map(([type, nullable], i) =>
      // A column of nulls cannot be anything but nullable.
      new Field(`c${i}`, type, nullable || `${type}` === "Null")
    ))
  );
}

/** How random data looks. */
export const shapes: fc.Arbitrary<Shape> = fc.record({
  seed: fc.integer(),
  nulls: fc.constantFrom(0, 0.1, 0.5, 1),
  distinct: fc.constantFrom(0, 1, 2, 5, 100),
  garbage: fc.boolean(),
  sliced: fc.constantFrom(0, 0, 1, 7, 8, 13),
});

/** Batches of one schema, empty ones among them. */
export function tables(
  schema: fc.Arbitrary<Schema>,
  { rows = 60, batches = 3 }: { rows?: number; batches?: number } = {},
): fc.Arbitrary<{ schema: Schema; batches: RecordBatch[] }> {
  return fc.tuple(
    schema,
    fc.array(fc.tuple(fc.nat({ max: rows }), shapes), { minLength: 1, maxLength: batches }),
  ).map(([schema, parts]) => ({
    schema,
    batches: parts.map(([count, shape]) => randomBatch(schema, count, shape)),
  }));
}

/** The same rows in other batches: cut at random, no row lost. */
export function rebatched(
  batches: readonly RecordBatch[],
  sizes: readonly number[],
): RecordBatch[] {
  return batches.flatMap((batch) => {
    const parts: RecordBatch[] = [];
    for (let at = 0, i = 0; at < batch.numRows; i++) {
      const size = Math.max(1, sizes[i % Math.max(sizes.length, 1)] ?? batch.numRows);
      parts.push(batch.slice(at, Math.min(at + size, batch.numRows)));
      at += size;
    }
    return parts;
  });
}

/** Options of the writer that change how a file is laid out, not what it says. */
export const layoutOptions = fc.record({
  compression: fc.constantFrom("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"),
  maxRowGroupRowCount: fc.constantFrom(1, 7, 50, 100_000),
  dataPageSizeLimit: fc.constantFrom(1, 64, 1024, 1024 * 1024),
  dataPageRowCountLimit: fc.constantFrom(1, 10, 20_000),
  dictionaryEnabled: fc.boolean(),
  dictionaryPageSizeLimit: fc.constantFrom(8, 200, 1024 * 1024),
  writerVersion: fc.constantFrom("1.0", "2.0"),
  statisticsEnabled: fc.constantFrom("none", "chunk", "page"),
  pageChecksum: fc.boolean(),
  skipArrowMetadata: fc.boolean(),
  contentDefinedChunking: fc.constantFrom(
    true,
    { minChunkSize: 1, maxChunkSize: 2 },
    { minChunkSize: 20, maxChunkSize: 100, normLevel: 2 },
    { minChunkSize: 100, maxChunkSize: 2000, normLevel: -1 },
  ),
  bloomFilterEnabled: fc.boolean(),
  bloomFilterFpp: fc.constantFrom(0.5, 0.05, 0.0001),
  bloomFilterNdv: fc.constantFrom(null, 1, 100),
}, { requiredKeys: [] });

/** Picks for {@linkcode withEncodings}. */
export const encodingPicks: fc.Arbitrary<number[]> = fc.array(fc.nat({ max: 4 }), { maxLength: 5 });

/** The options with one of its valid encodings for each leaf column, or none, as the picks say in turn; `adaptive`: or a trial. */
export function withEncodings(
  schema: Schema,
  options: WriterOptions,
  picks: readonly number[],
  adaptive = false,
): WriterOptions {
  if (picks.length === 0) return options;
  const fields = schema.fields.map(fieldOf);
  const leaves = planSchema({ fields, metadata: new Map() }, resolveOptions({})).columns;
  const columns = leaves.map(({ path, physicalType }, i) => {
    const trial = adaptive ? ["auto" as const] : [];
    const encodings = [null, ...trial, ...ENCODINGS_OF[physicalType]];
    const encoding = encodings[picks[i % picks.length]! % encodings.length]!;
    return [path.join("."), { encoding }] as const;
  });
  return { ...options, columns: Object.fromEntries(columns) };
}
