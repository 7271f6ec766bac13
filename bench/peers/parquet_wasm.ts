/** @module parquet-wasm: arrow-rs compiled to WASM, from Arrow IPC bytes, which is all that it takes; zstd at its one level. */

import { readFileSync } from "node:fs";
import {
  Compression,
  Table,
  writeParquet,
  WriterPropertiesBuilder,
  WriterVersion,
} from "parquet-wasm";
import { job, run } from "./job.ts";

const CODECS = {
  uncompressed: Compression.UNCOMPRESSED,
  snappy: Compression.SNAPPY,
  lz4_raw: Compression.LZ4_RAW,
  zstd: Compression.ZSTD,
};

if (job.bloomFilter) throw new TypeError("parquet-wasm writes no Bloom filters");
const ipc = readFileSync(job.input);

await run(() => {
  const properties = new WriterPropertiesBuilder()
    .setCompression(CODECS[job.codec])
    .setMaxRowGroupSize(job.rowGroupRows)
    .setWriterVersion(job.version === "2.0" ? WriterVersion.V2 : WriterVersion.V1)
    .build();
  return writeParquet(Table.fromIPCStream(ipc), properties);
});
