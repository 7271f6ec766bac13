/**
 * Pages of whole files: this library's, held against the tests' own decoder value by value, and those of other writers,
 * with everything that is found in them.
 */

import { Field, List, Schema, Table, tableToIPC } from "apache-arrow";
import { parquetWriteBuffer } from "hyparquet-writer";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as wasm from "parquet-wasm";
import { toParquet, type WriterOptions } from "../../mod.ts";
import type { Fault } from "../../src/verify/fault.ts";
import { COMMON_LEAVES, LEAVES } from "../support/arbitraries.ts";
import { duckdb, quoted, withFile } from "../support/duckdb.ts";
import { ENCODINGS_OF } from "../support/encodings.ts";
import { randomBatch } from "../support/random_data.ts";
import { compareFile, decodeFile } from "./page_files.ts";
import { listValues } from "./pages.ts";

/** A column of each type: nullable, required where it may be, and in a list. */
function schemaOf(leaves: typeof LEAVES): Schema {
  return new Schema(
    Object.entries(leaves).flatMap(([name, make]) => [
      new Field(name, make(), true),
      ...(`${make()}` === "Null" ? [] : [new Field(`${name}_required`, make(), false)]),
      new Field(`${name}_list`, new List(new Field("element", make(), true)), true),
    ]),
  );
}

function batchOf(leaves: typeof LEAVES, nulls: number, distinct = 0) {
  const shape = { seed: 7, nulls, distinct, garbage: false, sliced: 0 };
  return randomBatch(schemaOf(leaves), 150, shape);
}

const rulesOf = (faults: readonly Fault[]) => [...new Set(faults.map(({ rule }) => rule))].sort();

const CODECS = ["uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw"] as const;
for (const writerVersion of ["1.0", "2.0"] as const) {
  for (const [i, compression] of CODECS.entries()) {
    test(`files of this library, ${writerVersion}, ${compression}`, async () => {
      const shapes = [[0.3, 3], [0, 0], [1, 0]] as const;
      // The tests' own decoder takes ten times as long for brotli.
      for (const [nulls, distinct] of compression === "brotli" ? shapes.slice(0, 1) : shapes) {
        for (const dictionaryEnabled of [true, false]) {
          const options: WriterOptions = {
            writerVersion,
            compression,
            dictionaryEnabled,
            ...(compression === "brotli" ? { compressionLevel: 1 } : {}),
          };
          const limits = { dataPageRowCountLimit: 40 + i, parallelism: 0 };
          const batch = batchOf(LEAVES, nulls, distinct);
          const bytes = await toParquet(batch, { ...options, ...limits });
          assert.deepEqual(await compareFile(bytes), []);
        }
      }
    });
  }
}

test("files of this library in every encoding of every type", async () => {
  const pairs = Object.entries({
    bool: ENCODINGS_OF.BOOLEAN,
    int32: ENCODINGS_OF.INT32,
    int64: ENCODINGS_OF.INT64,
    float32: ENCODINGS_OF.FLOAT,
    float64: ENCODINGS_OF.DOUBLE,
    utf8: ENCODINGS_OF.BYTE_ARRAY,
    fixedSizeBinary: ENCODINGS_OF.FIXED_LEN_BYTE_ARRAY,
  });
  for (const [name, encodings] of pairs) {
    for (const encoding of encodings) {
      for (const nulls of [0, 0.3, 1]) {
        const batch = batchOf({ [name]: LEAVES[name]! }, nulls);
        const options = { encoding, dictionaryEnabled: false, parallelism: 0 } as const;
        assert.deepEqual(await compareFile(await toParquet(batch, options)), [], encoding);
      }
    }
  }
});

test("files of parquet-wasm (arrow-rs): nothing is found", async () => {
  for (const version of [wasm.WriterVersion.V1, wasm.WriterVersion.V2]) {
    for (const nulls of [0, 0.3, 1]) {
      for (const dictionary of [true, false]) {
        const properties = new wasm.WriterPropertiesBuilder().setWriterVersion(version)
          .setCompression(wasm.Compression.SNAPPY).setDictionaryEnabled(dictionary).build();
        const ipc = tableToIPC(new Table([batchOf(COMMON_LEAVES, nulls)]), "stream");
        const bytes = wasm.writeParquet(wasm.Table.fromIPCStream(ipc), properties);
        assert.deepEqual(await compareFile(bytes), []);
      }
    }
  }
});

/** It packs 256 places whatever is in them, and gives two ids as many bits as three. */
const REMARKS_ON_DUCKDB = ["dictionary-id-wide", "run-padding", "run-surplus"];

/** Rows of {@linkcode DUCKDB_QUERY}. */
const ROWS = 5000;
const DUCKDB_QUERY = `
  select i::int32 as small, i * 7919 as large, i % 3 = 0 as flag, i / 7 as double,
    (i / 3)::float as float, 's' || (i % 50) as few, 'u' || i as many,
    case when i % 5 = 0 then null else i end as nullable,
    [x for x in range(i % 4)] as list, {a: i, b: ['q' || i]} as struct, map {i % 3: 'v' || i} as map,
    i::decimal(5, 1) as decimal5, i::decimal(15, 3) as decimal15, (i * 1.5)::decimal(38, 4) as decimal38,
    uuid() as uuid, date '2020-01-01' + (i % 1000)::int as date,
    time '00:00:00' + interval (i) second as time, make_timestamp(i * 1000000) as timestamp,
    interval (i) day as interval, (i % 200)::utinyint as tiny, (i % 20000)::uinteger as unsigned,
    null::int as nothing, ('{"a":' || i || '}')::json as json, 'blob'::blob as blob, 'x' || (i % 2) as two,
    'c' as one
  from range(${ROWS}) as range(i)`;

test("files of DuckDB: only remarks about the padding of packed runs, and of wide ids", async () => {
  const utf8 = new TextDecoder();
  const connection = await duckdb();
  for (const version of ["V1", "V2"]) {
    for (const compression of CODECS) {
      await withFile(new Uint8Array(), async (path) => {
        const options = `format parquet, parquet_version ${version}, compression ${compression}`;
        await connection.run(
          `copy (${DUCKDB_QUERY}) to ${quoted(path)} (${options}, row_group_size 2048)`,
        );
        const values = new Map<string, string[]>();
        let entriesOfList = 0;
        const faults = await decodeFile(new Uint8Array(readFileSync(path)), (page, { name }) => {
          assert.ok(page !== null, name);
          const list = listValues(page.values());
          if (name === "list.list.element") entriesOfList += page.rows;
          values.set(name, [...values.get(name) ?? [], ...list]);
        });
        const faulty = faults.filter(({ severity }) => severity === "fault");
        assert.deepEqual(faulty, []);
        for (const rule of rulesOf(faults)) {
          assert.ok(REMARKS_ON_DUCKDB.includes(rule), JSON.stringify(faults));
        }

        const rows = Array.from({ length: ROWS }, (_, i) => i);
        const bytesOf = (text: string) =>
          Uint8Array.from(
            { length: text.length / 2 },
            (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16),
          );
        const texts = (name: string) =>
          values.get(name)!.map((value) => utf8.decode(bytesOf(value)));
        const integers = (name: string) =>
          values.get(name)!.map((value) => {
            const view = new DataView(bytesOf(value).buffer);
            return view.byteLength === 4
              ? view.getInt32(0, true)
              : Number(view.getBigInt64(0, true));
          });
        assert.deepEqual(integers("small"), rows);
        assert.deepEqual(integers("large"), rows.map((i) => i * 7919));
        assert.deepEqual(values.get("flag"), rows.map((i) => i % 3 === 0 ? "01" : "00"));
        assert.deepEqual(texts("few"), rows.map((i) => `s${i % 50}`));
        assert.deepEqual(texts("many"), rows.map((i) => `u${i}`));
        assert.deepEqual(integers("nullable"), rows.filter((i) => i % 5 !== 0));
        const items = rows.flatMap((i) => Array.from({ length: i % 4 }, (_, k) => k));
        assert.deepEqual(integers("list.list.element"), items);
        assert.equal(entriesOfList, ROWS);
        assert.deepEqual(integers("decimal5"), rows.map((i) => i * 10));
        assert.deepEqual(texts("struct.b.list.element"), rows.map((i) => `q${i}`));
        assert.deepEqual(texts("json"), rows.map((i) => `{"a":${i}}`));
        assert.deepEqual(values.get("nothing"), []);
      });
    }
  }
});

test("files of hyparquet-writer", async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => i);
  const all = [
    { name: "i", data: rows, type: "INT32" },
    { name: "b", data: rows.map(BigInt), type: "INT64" },
    { name: "s", data: rows.map((i) => `s${i % 7}`), type: "STRING" },
    { name: "n", data: rows.map((i) => i % 3 ? i * 1.5 : null), type: "DOUBLE", nullable: true },
    { name: "flag", data: rows.map((i) => i % 3 === 0), type: "BOOLEAN" },
    { name: "j", data: rows.map((a) => ({ a })), type: "JSON" },
    { name: "one", data: rows.map(() => "k"), type: "STRING" },
    { name: "nothing", data: rows.map(() => null), type: "INT32", nullable: true },
  ] as const;
  for (const codec of ["UNCOMPRESSED", "SNAPPY"] as const) {
    const bytes = parquetWriteBuffer({ codec, rowGroupSize: 1000, columnData: [...all] });
    assert.deepEqual(await compareFile(new Uint8Array(bytes)), []);
  }
  const encoded = [
    { name: "i", data: rows.map((i) => i * i), type: "INT32", encoding: "DELTA_BINARY_PACKED" },
    { name: "s", data: rows.map((i) => `p${i}`), type: "STRING", encoding: "DELTA_BYTE_ARRAY" },
    {
      name: "t",
      data: rows.map((i) => `p${i}`),
      type: "STRING",
      encoding: "DELTA_LENGTH_BYTE_ARRAY",
    },
    { name: "d", data: rows.map((i) => i / 3), type: "DOUBLE", encoding: "BYTE_STREAM_SPLIT" },
    { name: "r", data: rows.map((i) => i % 5 === 0), type: "BOOLEAN", encoding: "RLE" },
  ] as const;
  const bytes = parquetWriteBuffer({ columnData: [...encoded] });
  assert.deepEqual(await compareFile(new Uint8Array(bytes)), []);
});
