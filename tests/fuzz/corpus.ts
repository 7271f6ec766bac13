/** @module Inputs to begin from: the fixtures, and files of every kind that this library writes. */

import { readdirSync, readFileSync } from "node:fs";
import {
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  FixedSizeList,
  Float64,
  Int32,
  Int64,
  List,
  Map_,
  Null,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import { toParquet, type WriterOptions } from "../../mod.ts";
import { randomBatch } from "../support/random_data.ts";

/** Larger inputs are slow, and have nothing that smaller ones lack. */
const MAX_BYTES = 20_000;

function fixtures(folder: string, ends: readonly string[]): Uint8Array[] {
  const url = new URL(`../fixtures/${folder}/`, import.meta.url);
  return readdirSync(url).filter((name) => ends.some((end) => name.endsWith(end))).sort()
    .map((name) => new Uint8Array(readFileSync(new URL(name, url))))
    .filter(({ length }) => length <= MAX_BYTES);
}

const nullable = (type: ConstructorParameters<typeof Field>[1], name = "element") =>
  new Field(name, type, true);
const FLAT = new Schema([
  new Field("id", new Int32(), false),
  nullable(new Int64(), "count"),
  nullable(new Utf8(), "name"),
  nullable(new Float64(), "size"),
  nullable(new Bool(), "flag"),
  nullable(new TimestampMicrosecond("UTC"), "time"),
  nullable(new Dictionary(new Utf8(), new Int32()), "kind"),
]);
const NESTED = new Schema([
  nullable(
    new List(nullable(new Struct([nullable(new Int32(), "x"), nullable(new Utf8(), "y")]))),
    "l",
  ),
  nullable(
    new Map_(
      new Field(
        "entries",
        new Struct(
          [new Field("key", new Utf8(), false), nullable(new Int32(), "value")] as never[],
        ),
        false,
      ),
    ),
    "m",
  ),
  nullable(new FixedSizeList(2, nullable(new Float64())), "f"),
]);
const RARE = new Schema([
  nullable(new Null(), "nothing"),
  nullable(new FixedSizeBinary(5), "bytes"),
  nullable(new Decimal(4, 30), "decimal"),
  nullable(new DateDay(), "day"),
]);
const SCHEMAS = [FLAT, NESTED, RARE];

const batchOf = (schema: Schema, seed: number, rows = 20) =>
  randomBatch(schema, rows, { seed, nulls: 0.2, distinct: 5, garbage: false, sliced: 0 });

/** Arrow IPC, streams and files. */
export function ipcCorpus(): Uint8Array[] {
  const made = SCHEMAS.map((schema, i) => {
    const writer = new RecordBatchStreamWriter();
    writer.write(batchOf(schema, i));
    writer.write(batchOf(schema, i + 10, 3));
    writer.finish();
    return writer.toUint8Array(true);
  });
  return [...fixtures("ipc", [".arrow", ".arrows"]), ...fixtures("hostile", [".arrow"]), ...made];
}

const OPTIONS: readonly WriterOptions[] = [
  { compression: "uncompressed", bloomFilterEnabled: true, bloomFilterNdv: 8 },
  { compression: "zstd", writerVersion: "2.0", maxRowGroupRowCount: 8, dataPageRowCountLimit: 3 },
  { compression: "snappy", dictionaryEnabled: false, dataPageRowCountLimit: 7 },
  { compression: "gzip", writerVersion: "2.0", statisticsEnabled: "chunk" },
];

/** Parquet files. */
export async function parquetCorpus(): Promise<Uint8Array[]> {
  const made: Uint8Array[] = [];
  for (const [i, schema] of SCHEMAS.entries()) {
    for (const options of OPTIONS) {
      // The floats of NESTED and FLAT have no Bloom filter problem; nulls have none, and need none.
      const columns = schema === RARE ? { bloomFilterEnabled: false } : {};
      made.push(await toParquet([batchOf(schema, i)], { ...options, ...columns, parallelism: 0 }));
    }
  }
  const ids = {
    columns: { id: { encoding: "DELTA_BINARY_PACKED" }, name: { encoding: "DELTA_BYTE_ARRAY" } },
  } as const;
  made.push(
    await toParquet([batchOf(FLAT, 7)], {
      ...ids,
      parallelism: 0,
      dictionaryEnabled: false,
      compression: "lz4_raw",
    }),
  );
  const other = new Uint8Array(parquetWriteBuffer({
    columnData: [
      {
        name: "i",
        data: Array.from({ length: 30 }, (_, i) => i % 7 === 0 ? null : i),
        type: "INT32",
      },
      { name: "j", data: Array.from({ length: 30 }, (_, i) => ({ i })), type: "JSON" },
    ],
  }));
  return [
    ...made,
    other,
    ...fixtures("hostile", [".parquet"]),
    ...fixtures("parquet", [".parquet"]),
  ];
}
