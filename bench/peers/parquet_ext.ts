/** @module This library, as a process under comparison. */

import {
  type CompressionName,
  NullSink,
  toParquet,
  writeParquet,
  type WriterOptions,
} from "../../mod.ts";
import { job, readBatches, run } from "./job.ts";

const { batches } = readBatches();
const options: WriterOptions = {
  compression: job.codec as CompressionName,
  ...(job.codec === "zstd" ? { compressionLevel: job.level ?? 1 } : {}),
  maxRowGroupRowCount: job.rowGroupRows,
  writerVersion: job.version ?? "1.0",
  bloomFilterEnabled: job.bloomFilter ?? false,
  ...job.own,
};
let first = job.output !== undefined;

await run(async () => {
  if (first) {
    first = false;
    return await toParquet(batches, options);
  }
  const sink = new NullSink();
  await writeParquet(batches, sink, options);
  return sink.byteLength;
});
