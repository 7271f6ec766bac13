/** Kinds of sources: each that is promised is read, and what is none is told what it is and what to do. */

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { brotliCompressSync, gzipSync, zstdCompressSync } from "node:zlib";
import { type DataType, Field, Schema, Table, tableFromArrays, tableToIPC } from "apache-arrow";
import * as flechette from "@uwdata/flechette";
import * as arquero from "arquero";
import {
  AsyncArrowWriter,
  FormatError,
  InvalidBatchError,
  MemorySink,
  readParquetMetadata,
  SchemaError,
  toParquet,
  writeParquet,
} from "../../mod.ts";
import { LEAVES } from "../support/arbitraries.ts";
import { randomBatch } from "../support/random_data.ts";
import { verified } from "../support/verified.ts";

const OPTIONS = { parallelism: 0, compression: "uncompressed" } as const;
const SHAPE = { seed: 21, nulls: 0.3, distinct: 0, garbage: false, sliced: 0 };
// deno-lint-ignore no-explicit-any -- sources of every kind, right and wrong
type Any = any;

const table = tableFromArrays({ id: Int32Array.of(1, 2, 3), name: ["a", "b", "a"] });
const stream = tableToIPC(table, "stream"), file = tableToIPC(table, "file");
const expected = await verified(await toParquet(table, OPTIONS));
const twice = await verified(await toParquet([table, table], OPTIONS));

async function refused(source: Any, kind: Any, ...patterns: RegExp[]): Promise<void> {
  await assert.rejects(toParquet(source, OPTIONS), (error: Error) => {
    assert.ok(error instanceof kind, `${error}`);
    for (const pattern of patterns) assert.match(error.message, pattern);
    return true;
  });
}

function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "parquet-ext-source-"));
  return use(folder).finally(() => rmSync(folder, { recursive: true, force: true }));
}

test("Blob, Response, Promise: alone, in arrays and in streams", async () => {
  for (const bytes of [stream, file] as Uint8Array<ArrayBuffer>[]) {
    const blob = () => new Blob([bytes]);
    const response = () => new Response(bytes);
    const sources: (() => Any)[] = [
      blob,
      response,
      () => bytes.buffer,
      () => new DataView(bytes.buffer),
      () => blob().stream(),
      () => Promise.resolve(bytes),
      () => Promise.resolve(response()),
      () => ({ then: (resolve: (value: unknown) => void) => void resolve(blob()) }),
    ];
    for (const source of sources) {
      assert.deepEqual(await toParquet(source(), OPTIONS), expected);
      assert.deepEqual(await toParquet([source(), source()], OPTIONS), twice);
      assert.deepEqual(await toParquet([table, source()], OPTIONS), twice);
      const later = async function* () {
        yield await Promise.resolve(source());
        yield source();
      };
      assert.deepEqual(await toParquet(later(), OPTIONS), twice);
    }
  }
  assert.deepEqual(await toParquet(Promise.resolve(table), OPTIONS), expected);
  assert.deepEqual(await toParquet(Promise.resolve([table, table]), OPTIONS), twice);
  await assert.rejects(toParquet(Promise.reject(new RangeError("mine")), OPTIONS), /mine/);
});

test("Response: a status that is not ok, a body that was read, and none are refused", async () => {
  await refused(
    new Response(stream as Any, { status: 404, statusText: "Not Found" }),
    FormatError,
    /404 Not Found/,
  );
  const read = new Response(stream as Any);
  await read.arrayBuffer();
  await refused(read, TypeError, /already been read/);
  await refused(new Response(null), FormatError, /no body/);
});

test("paths and file: URLs", async () => {
  await withFolder(async (folder) => {
    for (const [name, bytes] of [["a.arrows", stream], ["b, c.arrow", file]] as const) {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const url = pathToFileURL(path);
      for (const source of [path, url, url.href]) {
        assert.deepEqual(await toParquet(source, OPTIONS), expected);
        assert.deepEqual(await toParquet([source, table], OPTIONS), twice);
        assert.deepEqual(await toParquet([table, source], OPTIONS), twice);
      }
    }
    await refused(
      join(folder, "none.arrow"),
      FormatError,
      /none\.arrow: no such file or directory/,
    );
    await refused(folder, FormatError, /directory/);
    const csv = join(folder, "x.csv");
    writeFileSync(csv, "id,name\n1,a\n");
    await refused(
      csv,
      FormatError,
      /this is a CSV file, not Arrow IPC; pass `fromCsv\(…\)` of it$/,
    );
  });
  await refused(new URL("ftp://example.com/a.arrow"), TypeError, /ftp: URLs are not supported/);
  await refused(
    "ftp://example.com/a.arrow",
    TypeError,
    /use a path or a file:, s3:, az:, gs: or https: URL/,
  );
});

test("strings that are data are told so", async () => {
  for (
    const [data, kind] of [
      ["id,name\n1,a\n2,b\n", /CSV/],
      ['{"id": 1}', /JSON/],
      ['[{"id": 1}]', /JSON/],
      ['{"id": 1}\n{"id": 2}\n', /NDJSON/],
      ["<!doctype html>\n<html></html>", /HTML/],
      ["some\ntext", /text/],
      ["", /no such file|directory|empty|Cannot/],
    ] as const
  ) {
    await assert.rejects(toParquet(data, OPTIONS), kind);
  }
  await refused("1,a", FormatError, /a string is a path/);
});

const text = (value: string) => new TextEncoder().encode(value);
const parquet = expected;
const FOREIGN: [RegExp, Uint8Array][] = [
  [/a Parquet file/, parquet],
  [/a CSV file/, text("id,name\r\n1,a\r\n2,b\r\n")],
  [/a CSV file/, text('\ufeff"id";"name"\n"1";"a"\n')],
  [/a TSV file/, text("id\tname\n1\ta\n")],
  [/a CSV file/, text("id,name")],
  [/an NDJSON file/, text('{"id":1,"a":{"b":2}}\n{"id":2}\n')],
  [/a JSON file/, text('[\n  {"id": 1},\n  {"id": 2}\n]\n')],
  [/a JSON file/, text('  {"rows": [1, 2, 3]}')],
  [/an HTML page/, text("\n<!DOCTYPE html>\n<html><body>404</body></html>")],
  [/an XML file/, text('<?xml version="1.0"?><rows/>')],
  [/a gzip file/, gzipSync(stream)],
  [/a zstd file/, zstdCompressSync(stream)],
  [/a Feather file of version 1/, text("FEA1\0\0\0\0and more")],
  [/a zip file/, Uint8Array.of(0x50, 0x4b, 3, 4, 20, 0, 0, 0, 8, 0, 1, 2, 3, 4)],
  [/an Avro file/, text("Obj\x01\x04\x16avro.schema")],
  [/an ORC file/, text("ORC\n\x01\x02\x03\x04")],
  [/an LZ4 file/, Uint8Array.of(4, 0x22, 0x4d, 0x18, 0x64, 0x40, 0xa7, 0, 0, 0, 0)],
  [/an SQLite database/, text("SQLite format 3\0 and more")],
  [/text/, text("just words")],
  [/neither an Arrow IPC stream nor an Arrow IPC file/, brotliCompressSync(text("x".repeat(1000)))],
  [/neither|there are no bytes/, new Uint8Array(0)],
];

for (const [pattern, bytes] of FOREIGN) {
  test(`bytes that are ${pattern.source} are named, however they come`, async () => {
    const chunks = async function* (size: number) {
      for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      await Promise.resolve();
    };
    const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
    for (const source of [bytes, [bytes], blob, new Response(blob), chunks(1), chunks(5)]) {
      if (bytes.length === 0 && !(source instanceof Uint8Array)) continue;
      await assert.rejects(toParquet(source as Any, OPTIONS), (error: Error) => {
        assert.ok(error instanceof FormatError, `${error}`);
        assert.match(error.message, pattern);
        assert.doesNotMatch(error.message, /truncated/);
        return true;
      });
    }
  });
}

test("what is neither rows nor columns nor Arrow is refused with a hint at what to do", async () => {
  await refused([[1, 2], [3, 4]], TypeError, /array/, /rows are objects/);
  await refused({ id: 1 }, TypeError, /perhaps a row/, /\[row\]/);
  await refused([{ intoIPCStream() {} }], TypeError, /parquet-wasm/, /intoIPCStream/);
  await refused({ writeIPC() {} }, TypeError, /polars/, /writeIPC/);
  await refused([{ id: 1 }, table], SchemaError);
  await refused([table, { id: 1 }], TypeError, /row/);
  for (
    const [value, what] of [[null, /null/], [undefined, /undefined/], [5, /number/], [
      [5],
      /number/,
    ]] as const
  ) {
    await refused(value, TypeError, what);
  }
  await refused(new Map([["a", 1]]), TypeError);
  await refused(new Date(), TypeError, /class Date/);
  const words = async function* () {
    yield "id,name\n";
    await Promise.resolve();
  };
  await refused(words(), TypeError, /string/);
  await refused([table, 5], TypeError, /number/);
});

// --- flechette and arquero ------------------------------------------------------------------------------------------

test("flechette: a table of every type becomes the file that its IPC bytes become", async () => {
  const schema = new Schema(
    Object.entries(LEAVES).map(([name, make]) => new Field<DataType>(name, make(), true)),
  );
  const batches = [randomBatch(schema, 60, SHAPE), randomBatch(schema, 45, { ...SHAPE, seed: 4 })];
  for (const source of batches) {
    const ipc = tableToIPC(new Table([source]), "stream");
    // Without bigints it cannot even open dictionaries of large integers.
    const read = flechette.tableFromIPC(ipc, { useBigInt: true });
    const wanted = await verified(await toParquet(ipc, OPTIONS));
    assert.deepEqual(await toParquet(read, OPTIONS), wanted);
    assert.deepEqual(await toParquet([read], OPTIONS), wanted);
    const converted = flechette.tableFromIPC(ipc, {
      useDate: true,
      useBigInt: true,
      useDecimalInt: true,
    });
    assert.deepEqual(await toParquet(converted, OPTIONS), wanted);
  }
});

test("flechette: list views, run ends, large types and views are read", async () => {
  for (
    const name of [
      "encodings.arrow",
      "encodings.arrows",
      "dictionary_replaced.arrows",
      "values.arrow",
    ]
  ) {
    const bytes = new Uint8Array(readFileSync(new URL(`../fixtures/ipc/${name}`, import.meta.url)));
    const options = { ...OPTIONS, dictionaryEnabled: false };
    const wanted = await verified(await toParquet(bytes, options));
    assert.deepEqual(await toParquet(flechette.tableFromIPC(bytes), options), wanted, name);
  }
});

test("flechette: tables that it makes itself, empty ones and its schema", async () => {
  const made = flechette.tableFromArrays({
    id: Int32Array.of(1, 2, 3),
    name: ["a", null, "b"],
    flag: [true, false, null],
  });
  const file = await verified(await toParquet(made, OPTIONS));
  assert.equal((await readParquetMetadata(file)).numRows, 3);
  assert.deepEqual(
    file,
    await toParquet(flechette.tableToIPC(made, { format: "stream" })!, OPTIONS),
  );
  const types = { id: flechette.int32(), name: flechette.utf8() };
  const empty = flechette.tableFromArrays({ id: [], name: [] }, { types });
  assert.equal((await readParquetMetadata(await toParquet(empty, OPTIONS))).numRows, 0);
  const untyped = flechette.tableFromArrays({ id: new Int32Array(0) });
  await assert.rejects(toParquet(untyped, OPTIONS), SchemaError);
  const sink = new MemorySink();
  await new AsyncArrowWriter(sink, made.schema).close();
  const { schema } = await readParquetMetadata(sink.bytes());
  assert.deepEqual(
    schema.slice(1).map(({ name, logicalType }) => [name, logicalType?.type ?? null]).length,
    3,
  );
});

test("flechette: columns that are not cut at the same rows are refused", async () => {
  const column = (values: number[], maxBatchRows: number) =>
    flechette.columnFromArray(values, flechette.int32(), { maxBatchRows } as Any);
  const made = flechette.tableFromColumns({
    a: column([1, 2, 3, 4], 2),
    b: column([1, 2, 3, 4], 3),
  });
  await assert.rejects(toParquet(made, OPTIONS), /not cut into batches at the same rows/);
  const even = flechette.tableFromColumns({
    a: column([1, 2, 3, 4], 2),
    b: column([5, 6, 7, 8], 2),
  });
  assert.equal((await readParquetMetadata(await toParquet(even, OPTIONS))).numRows, 4);
});

test("arquero: a table is written as its Arrow table is", async () => {
  const made = arquero.table({ id: [1, 2, 3], name: ["a", "b", "c"], score: [0.5, null, 1.5] });
  const wanted = await verified(await toParquet(made.toArrow(), OPTIONS));
  assert.deepEqual(await toParquet(made, OPTIONS), wanted);
  assert.deepEqual(await toParquet([made], OPTIONS), wanted);
  assert.deepEqual(await toParquet(made.toArrowIPC({ format: "stream" }), OPTIONS), wanted);
  const filtered = made.filter((row: Any) => row.id > 1).orderby(arquero.desc("id"));
  assert.equal((await readParquetMetadata(await toParquet(filtered, OPTIONS))).numRows, 2);
});

test("parts with another schema say which item they are", async () => {
  const other = tableFromArrays({ id: ["x"], name: ["y"] });
  for (const source of [[table, other], [stream, other], [table, tableToIPC(other, "stream")]]) {
    await assert.rejects(toParquet(source, OPTIONS), (error: Error) => {
      assert.ok(error instanceof SchemaError, `${error}`);
      assert.match(error.message, /item 2 of the source/);
      assert.match(error.message, /id/);
      return true;
    });
  }
});

test("writeParquet() takes the same sources", async () => {
  const sink = new MemorySink();
  await writeParquet(new Blob([stream as Any]), sink, OPTIONS);
  assert.deepEqual(sink.bytes(), expected);
});

test("writers take tables too: all of their batches, or none", async () => {
  const made = flechette.tableFromIPC(stream);
  for (const source of [table, made, arquero.fromArrow(made as Any)]) {
    const sink = new MemorySink();
    const writer = new AsyncArrowWriter(sink, table.schema, OPTIONS);
    await writer.write(source as Any);
    await writer.write(source as Any);
    const metadata = await writer.close();
    assert.equal(metadata.numRows, 6);
  }
  const several = new Table([...table.batches, ...table.batches]);
  const other = tableFromArrays({ id: ["x"], name: ["y"] });
  const sink = new MemorySink();
  const writer = new AsyncArrowWriter(sink, table.schema, OPTIONS);
  await assert.rejects(writer.write(other as Any), SchemaError);
  await assert.rejects(writer.write(new Date() as Any), TypeError);
  await assert.rejects(writer.write({ id: 1, nam: "a" } as Any), InvalidBatchError);
  // Un-awaited calls keep their order.
  const writes = [writer.write(several), writer.write(table.batches[0]!)];
  await Promise.all(writes);
  assert.equal((await writer.close()).numRows, 9);
  assert.deepEqual(sink.bytes(), await toParquet([several, table], OPTIONS));
});
