/**
 * What workers and streaming are worth: throughput with 0, 1 and 2 workers, and resident memory while rows stream by.
 *
 * `node scripts/run.mjs node bench/end_to_end_scaling.ts [--rows N]`
 *
 * @module
 */

import type { RecordBatch } from "apache-arrow";
import process from "node:process";
import { parseArgs } from "node:util";
import { writeParquet } from "../mod.ts";
import { arrowBytes, seedBatches, seedSchema } from "./tables/seed_data.ts";

const { values: { rows } } = parseArgs({
  options: { rows: { type: "string", default: "10000000" } },
});

const COLUMNS = 10;
const MEBIBYTE = 2 ** 20;
const nowhere = () => new WritableStream<Uint8Array>();

// Memory first: what comes later fills it with data.

/** The same few batches again and again, so that what grows is the writer's. */
function* stream(batches: readonly RecordBatch[], total: number): Generator<RecordBatch> {
  for (let written = 0, i = 0; written < total; i++) {
    const batch = batches[i % batches.length]!;
    yield batch;
    written += batch.numRows;
  }
}

const few = [...seedBatches(seedSchema("simple", COLUMNS), 100_000)];
const resident: number[] = [];
const started = performance.now();
await writeParquet(stream(few, Number(rows)), nowhere(), {
  maxRowGroupRowCount: 100_000,
  onProgress: () => resident.push(process.memoryUsage.rss() / MEBIBYTE),
});
const seconds = (performance.now() - started) / 1000;
const at = (share: number) => resident[Math.floor((resident.length - 1) * share)]!.toFixed(0);
console.log(
  `${rows} rows × ${COLUMNS} columns streamed in ${
    seconds.toFixed(1)
  } s; resident MiB at a quarter, half, ` +
    `three quarters and the end: ${[0.25, 0.5, 0.75, 1].map(at).join(", ")}; ` +
    `at most ${Math.max(...resident).toFixed(0)}\n`,
);

console.log("| data | workers | MiB/s | against 1 |\n|---|--:|--:|--:|");
for (const kind of ["simple", "complex"] as const) {
  const batches = [...seedBatches(seedSchema(kind, COLUMNS), 1_000_000)];
  const size = arrowBytes(batches) / MEBIBYTE;
  const times = new Map<number, number[]>([[0, []], [1, []], [2, []]]);
  for (let round = 0; round < 6; round++) {
    for (const [parallelism, samples] of times) {
      const started = performance.now();
      await writeParquet(batches, nowhere(), {
        parallelism,
        compression: "zstd",
        maxRowGroupRowCount: 100_000,
      });
      // The first round warms up.
      if (round > 0) samples.push(performance.now() - started);
    }
  }
  const median = (samples: number[]) => samples.sort((a, b) => a - b)[samples.length >> 1]!;
  const one = median(times.get(1)!);
  for (const [parallelism, samples] of times) {
    const time = median(samples);
    console.log(
      `| ${kind} ${COLUMNS} × 1M, zstd 1 | ${parallelism} | ${(size / time * 1000).toFixed(0)} | ${
        (one / time).toFixed(2)
      }× |`,
    );
  }
}
