/** What this writer writes is right, whatever it was asked for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Bool,
  DateDay,
  Decimal,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  List,
  Map_,
  Null,
  Schema,
  Struct,
  TimeMillisecond,
  TimestampMicrosecond,
  Uint8,
  Utf8,
} from "apache-arrow";
import { toParquet, type WriterOptions } from "../../mod.ts";
import { randomBatch } from "../support/random_data.ts";
import { findingsOf } from "./frame_support.ts";

const nullable = (name: string, type: Field["type"]) => new Field(name, type, true);
const SCHEMA = new Schema([
  new Field("id", new Int64(), false),
  nullable("flag", new Bool()),
  nullable("byte", new Uint8()),
  nullable("short", new Int16()),
  nullable("int", new Int32()),
  nullable("half", new Float16()),
  nullable("float", new Float32()),
  nullable("double", new Float64()),
  nullable("text", new Utf8()),
  nullable("fixed", new FixedSizeBinary(5)),
  nullable("money", new Decimal(2, 30, 128)),
  nullable("day", new DateDay()),
  nullable("time", new TimeMillisecond()),
  nullable("instant", new TimestampMicrosecond("UTC")),
  nullable("nothing", new Null()),
  nullable("list", new List(nullable("item", new List(nullable("item", new Utf8()))))),
  nullable("pair", new FixedSizeList(2, nullable("item", new Int32()))),
  nullable(
    "map",
    new Map_(
      new Field(
        "entries",
        new Struct<{ key: Utf8; value: Int32 }>([
          new Field("key", new Utf8(), false),
          new Field("value", new Int32(), true),
        ]),
        false,
      ),
    ),
  ),
  nullable("struct", new Struct([nullable("a", new Int32()), nullable("b", new Utf8())])),
]);

const OPTIONS: readonly WriterOptions[] = [
  {},
  { writerVersion: "2.0", compression: "zstd" },
  { compression: "snappy", dictionaryEnabled: false, dataPageRowCountLimit: 17 },
  {
    compression: "lz4_raw",
    writerVersion: "2.0",
    maxRowGroupRowCount: 100,
    dataPageRowCountLimit: 30,
  },
  { compression: "gzip", statisticsEnabled: "none", pageChecksum: false },
  { compression: "brotli", statisticsEnabled: "chunk", skipArrowMetadata: true },
  { compression: "uncompressed", bloomFilterEnabled: true, maxRowGroupRowCount: 64 },
  { coerceTypes: true, statisticsTruncateLength: 2, columnIndexTruncateLength: 1 },
  { profile: "compat" },
];

for (const options of OPTIONS) {
  test(`nothing is found in a file written with ${JSON.stringify(options)}`, async () => {
    const isCompat = options.profile === "compat";
    // Types that the profile refuses.
    const schema = new Schema(SCHEMA.fields.filter(({ name }) => !isCompat || name !== "time"));
    for (
      const shape of [{ nulls: 0.2, distinct: 5 }, { nulls: 0, distinct: 0 }, {
        nulls: 1,
        distinct: 1,
      }]
    ) {
      const batch = randomBatch(schema, 300, { seed: 7, garbage: false, sliced: 0, ...shape });
      const bytes = await toParquet([batch], { parallelism: 0, ...options });
      const faults = (await findingsOf(bytes)).filter(({ severity }) => severity === "fault");
      assert.deepEqual(faults, [], JSON.stringify(shape));
    }
  });
}

test("nothing is found in a file without rows", async () => {
  const batch = randomBatch(SCHEMA, 0, {
    seed: 7,
    nulls: 0,
    distinct: 0,
    garbage: false,
    sliced: 0,
  });
  assert.deepEqual(await findingsOf(await toParquet([batch], { parallelism: 0 })), []);
});
