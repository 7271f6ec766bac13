/** Claims of other writers, in whole files: they are there, and they are true; or what is wrong with them is said here. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parquetWriteBuffer } from "hyparquet-writer";
import {
  EnabledStatistics,
  readParquet,
  writeParquet as writeWasm,
  WriterPropertiesBuilder,
  WriterVersion,
} from "parquet-wasm";
import type { ColumnChunk } from "../../src/format/metadata.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { CLAIM_RULES } from "../../src/verify/claims/claim_rules.ts";
import { verifyParquet } from "../../src/verify/verify_parquet.ts";
import { duckdb } from "../support/duckdb.ts";

/** Rules about claims that a file breaks, and where. */
async function brokenClaims(bytes: Uint8Array): Promise<string[]> {
  const faults = await verifyParquet(bytes, { remarks: true });
  const claims = faults.filter(({ rule }) => rule in CLAIM_RULES);
  return [...new Set(claims.map(({ rule, column }) => `${column}: ${rule}`))].sort();
}

async function chunksOf(bytes: Uint8Array): Promise<ColumnChunk[]> {
  return (await readParquetMetadata(bytes)).rowGroups.flatMap(({ columns }) => columns);
}

/** Rows of every type that DuckDB has, nulls and odd numbers among them. */
const ROWS = `
  select
    i % 2 = 0 as bool, (i % 256 - 128)::tinyint as i8, (i % 256)::utinyint as u8,
    (i * 7 % 65536)::usmallint as u16, (i * 7919 - 20000)::integer as i32,
    (i * 1000003 % 4294967296)::uinteger as u32, ((i - 2500) * 1099511627776)::bigint as i64,
    (18446744073709551615 - i)::ubigint as u64, (i - 2500)::hugeint as i128,
    ((i - 2000) / 3)::float as f32, [0, '-0'::double, 'nan'::double, 5, '-inf'::double][i % 5 + 1] as f64,
    'nan'::double as nan, '-0'::double as minus,
    ((i - 2500) / 100)::decimal(9, 2) as d9, ((i - 2500) / 100)::decimal(18, 2) as d18,
    ((i - 2500) * 100000000)::decimal(38, 2) as d38,
    if(i % 7 = 0, null, 'grün ' || (i % 777)) as text, repeat('long ', 30) || i as long,
    if(i % 11 = 0, null, 'k' || (i % 9)) as key, ('x' || i)::blob as bytes,
    (date '1969-01-01' + i::integer) as day, (time '00:00:01' + to_seconds(i)) as clock,
    (timestamp '1969-12-31' + to_hours(i)) as ts, (timestamptz '1969-12-31' + to_hours(i)) as tz,
    interval (i) day as span, uuid() as id, null::integer as nothing,
    if(i % 5 = 0, null, range(i % 4)) as list, [[i], [], null] as lists,
    {'a': i, 'b': if(i % 3 = 0, null, 'b' || i)} as struct, map {'k' || (i % 3): i} as map
  from range(5000) t(i)`;

async function writtenByDuckDb(options: string, rows = ROWS): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-"));
  try {
    const path = join(folder, "duckdb.parquet");
    await (await duckdb()).run(`copy (${rows}) to '${path}' (format parquet${options})`);
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("what DuckDB claims is true", async () => {
  for (const options of ["", ", parquet_version v2, row_group_size 2048"]) {
    const bytes = await writtenByDuckDb(options);
    const chunks = await chunksOf(bytes);
    assert.ok(chunks.some(({ metaData }) => metaData.bloomFilterOffset !== undefined));
    assert.ok(chunks.some(({ metaData }) => metaData.statistics?.distinctCount !== undefined));
    assert.ok(chunks.some(({ metaData }) => metaData.statistics?.min !== undefined));
    assert.deepEqual(await brokenClaims(bytes), []);
  }
});

test("DuckDB counts members of an ENUM that do not occur", async () => {
  const bytes = await writtenByDuckDb("", "select 'a'::enum('a', 'b') as e from range(9)");
  assert.deepEqual(await brokenClaims(bytes), ["e: chunk-distinct-count"]);
});

test("what arrow-rs claims is true", async () => {
  const source = readParquet(await writtenByDuckDb(""));
  const page = new WriterPropertiesBuilder().setStatisticsEnabled(EnabledStatistics.Page);
  const bytes = writeWasm(
    source,
    page.setWriterVersion(WriterVersion.V2).setDataPageSizeLimit(1000).setWriteBatchSize(64)
      .setMaxRowGroupSize(1700).build(),
  );
  const chunks = await chunksOf(bytes);
  const unindexed = chunks.filter(({ columnIndexOffset }) => columnIndexOffset === undefined);
  assert.deepEqual(
    new Set(unindexed.map(({ metaData }) => metaData.pathInSchema[0])),
    new Set(["nan", "span"]),
  );
  assert.ok(chunks.some(({ metaData }) => metaData.sizeStatistics !== undefined));
  const remarks = ["f64: bounds-beside-nans"];
  assert.deepEqual(await brokenClaims(bytes), remarks);
});

test("what hyparquet-writer claims", async () => {
  const count = 3000;
  const of = <T>(value: (i: number) => T) => Array.from({ length: count }, (_, i) => value(i));
  const more = { columnIndex: true, bloomFilter: true };
  const bytes = new Uint8Array(parquetWriteBuffer({
    pageSize: 2000,
    rowGroupSize: 1300,
    columnData: [
      { name: "bool", data: of((i) => i % 3 === 0), type: "BOOLEAN", columnIndex: true },
      {
        name: "i32",
        data: of((i) => i % 7 === 0 ? null : i * 7919 - 20000),
        type: "INT32",
        ...more,
      },
      { name: "i64", data: of((i) => BigInt(i - 1500) * 2n ** 40n), type: "INT64", ...more },
      { name: "f32", data: of((i) => i / 3 - 400), type: "FLOAT", ...more },
      { name: "f64", data: of((i) => [0, -0, NaN, 5][i % 4]!), type: "DOUBLE", ...more },
      { name: "nan", data: of(() => NaN), type: "DOUBLE", ...more },
      { name: "f16", data: of((i) => i / 8 - 100), type: "FLOAT16", ...more },
      {
        name: "text",
        data: of((i) => i % 5 ? `grün, und das ist lang ${i}` : null),
        type: "STRING",
        ...more,
      },
      { name: "json", data: of((i) => ({ i })), type: "JSON", ...more },
      { name: "ts", data: of((i) => new Date(i * 1e9)), type: "TIMESTAMP", ...more },
      {
        name: "point",
        data: of((i) => i % 4 ? { type: "Point", coordinates: [i / 10, -i / 50] } : null),
        type: "GEOMETRY",
      },
      {
        name: "line",
        data: of((i) => ({ type: "LineString", coordinates: [[i % 180, 1, 5], [2, i % 90, 6]] })),
        type: "GEOGRAPHY",
      },
    ] as never,
  }));
  const chunks = await chunksOf(bytes);
  assert.ok(chunks.some(({ columnIndexOffset }) => columnIndexOffset !== undefined));
  assert.ok(chunks.some(({ metaData }) => metaData.bloomFilterOffset !== undefined));
  assert.ok(chunks.some(({ metaData }) => metaData.geospatialStatistics?.bbox !== undefined));
  assert.ok(chunks.some(({ metaData }) => metaData.statistics?.nanCount !== undefined));
  assert.deepEqual(await brokenClaims(bytes), ["f64: bounds-beside-nans"]);
});
