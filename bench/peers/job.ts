/**
 * What a writer under comparison is asked to do, and what it answers: one process a job, so that no writer pays for another's
 * garbage or warms another's code.
 *
 * @module
 */

import { type RecordBatch, RecordBatchReader, type Schema } from "apache-arrow";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

/** A job: the process's one argument, as JSON. */
export interface Job {
  /** An Arrow IPC stream. */
  readonly input: string;
  readonly rowGroupRows: number;
  readonly codec: "uncompressed" | "snappy" | "lz4_raw" | "zstd";
  /** Level of zstd; default 1. */
  readonly level?: number;
  readonly version?: "1.0" | "2.0";
  readonly bloomFilter?: boolean;
  /** Timed runs. */
  readonly repeats: number;
  /** Milliseconds of runs that are not timed, after the first one, which is. Default: none. */
  readonly warmUpMs?: number;
  /** Where one file is written, untimed, for checking; default: nowhere. */
  readonly output?: string;
  /** Options of the writer's own, such as `profile`. */
  readonly own?: Readonly<Record<string, unknown>>;
}

/** The job of this process. */
export const job: Job = JSON.parse(process.argv.at(-1)!);

/** The input, as record batches in memory. */
export function readBatches(): { readonly schema: Schema; readonly batches: RecordBatch[] } {
  const reader = RecordBatchReader.from(readFileSync(job.input)).open();
  // Reading to the end resets the reader, schema and all.
  const { schema } = reader;
  return { schema, batches: [...reader] };
}

/**
 * Runs the job and prints one line of JSON: milliseconds of each run, wall and CPU, bytes of the file, peak of resident memory.
 *
 * @param write Writes everything; gives the bytes of the file, or the file.
 */
export async function run(write: () => MaybePromise<number | Uint8Array>): Promise<void> {
  if (job.output !== undefined) {
    const file = await write();
    if (typeof file !== "number") writeFileSync(job.output, file);
  }
  const milliseconds: number[] = [];
  const cpu: number[] = [];
  let bytes = 0;
  for (let i = 0; i < job.repeats; i++) {
    const before = process.cpuUsage();
    const started = performance.now();
    const written = await write();
    milliseconds.push(performance.now() - started);
    const { user, system } = process.cpuUsage(before);
    cpu.push((user + system) / 1000);
    bytes = typeof written === "number" ? written : written.byteLength;
    if (i > 0) continue;
    const warm = performance.now() + (job.warmUpMs ?? 0);
    while (performance.now() < warm) await write();
  }
  const peakRss = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ milliseconds, cpu, bytes, peakRss }));
  process.exit(0);
}

type MaybePromise<T> = T | Promise<T>;
