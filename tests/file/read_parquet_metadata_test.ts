import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { FileLayout } from "../../src/file/file_writer.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import type { ParquetSource } from "../../src/format/parquet_source.ts";
import { FormatError, LimitError } from "../../src/util/errors.ts";
import { withFile } from "../support/duckdb.ts";

const layout = new FileLayout([
  { name: "schema", numChildren: 1 },
  { name: "a", type: "INT32", repetitionType: "REQUIRED" },
]);
const start = layout.start();
const { bytes: end, metadata: expected } = layout.finish({ createdBy: "test" });
const FILE = Uint8Array.from([...start, ...end]);

test("readParquetMetadata() takes bytes, blobs, paths and URLs", async () => {
  const shifted = new Uint8Array(FILE.length + 5);
  shifted.set(FILE, 5);
  const sources: ParquetSource[] = [
    FILE,
    FILE.buffer,
    shifted.subarray(5),
    Buffer.from(FILE),
    new Blob([FILE]),
  ];
  for (const source of sources) assert.deepEqual(await readParquetMetadata(source), expected);
  await withFile(FILE, async (path) => {
    assert.deepEqual(await readParquetMetadata(path), expected);
    assert.deepEqual(await readParquetMetadata(pathToFileURL(path)), expected);
  });
});

test("readParquetMetadata() refuses other things", async () => {
  await assert.rejects(readParquetMetadata(7 as unknown as string), TypeError);
  await assert.rejects(readParquetMetadata(new URL("ftp://example.org/a.parquet")), TypeError);
  await assert.rejects(readParquetMetadata("/there/is/no/such.parquet"), { code: "ENOENT" });
  await assert.rejects(readParquetMetadata(new Blob(["no Parquet file"])), FormatError);
  await assert.rejects(readParquetMetadata(FILE, { maxFooterBytes: 3 }), LimitError);
});
