/** @module This library, as a process that is profiled: it writes the table again and again, and says when it did. */

import type { Data } from "apache-arrow";
import process from "node:process";
import { type CompressionName, NullSink, writeParquet, type WriterOptions } from "../../mod.ts";
import { job, readBatches } from "./job.ts";

const { batches } = readBatches();
const options: WriterOptions = {
  compression: job.codec as CompressionName,
  ...(job.codec === "zstd" ? { compressionLevel: job.level ?? 1 } : {}),
  maxRowGroupRowCount: job.rowGroupRows,
  ...job.own,
};

/** Slots of the leaves of an array. */
function leafValues({ children, length }: Data): number {
  if (children.length === 0) return length;
  return children.reduce((sum, child) => sum + leafValues(child!), 0);
}

/** Microseconds of the clock that profiles are in. */
const microseconds = () => Number(process.hrtime.bigint() / 1000n);

// The first third warms up.
const warmUp = Math.ceil(job.repeats / 3);
let from = 0;
for (let i = 0; i < warmUp + job.repeats; i++) {
  if (i === warmUp) from = microseconds();
  await writeParquet(batches, new NullSink(), options);
}
const values = batches.reduce((sum, { data }) => sum + leafValues(data), 0);
console.log(JSON.stringify({ values, from, to: microseconds(), files: job.repeats }));
process.exit(0);
