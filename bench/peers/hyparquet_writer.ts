/** @module hyparquet-writer, from JavaScript arrays, which are made beforehand. */

import { parquetWriteBuffer } from "hyparquet-writer";
import { constants, zstdCompressSync } from "node:zlib";
import { hyparquetColumns } from "./hyparquet_columns.ts";
import { job, readBatches, run } from "./job.ts";

if (job.codec === "lz4_raw") throw new TypeError("hyparquet-writer brings no LZ4");
const { schema, batches } = readBatches();
const { columnData, elements } = hyparquetColumns(schema, batches);
const level = job.level ?? 1;
const compressors = {
  ZSTD: (input: Uint8Array) =>
    zstdCompressSync(input, { params: { [constants.ZSTD_c_compressionLevel]: level } }),
};

await run(() =>
  new Uint8Array(parquetWriteBuffer({
    columnData,
    schema: elements,
    codec: job.codec.toUpperCase() as "ZSTD",
    compressors,
    rowGroupSize: job.rowGroupRows,
  }))
);
