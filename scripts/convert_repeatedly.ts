/**
 * Converts an Arrow file to Parquet in one process, again and again: `npm start` runs this on each runtime.
 *
 * Prints JSON: what the first conversion took, worker start and all, and the median of those after it.
 *
 * @module
 */

import { readFile, stat } from "node:fs/promises";
import process from "node:process";
import { encoderPool } from "../src/executor/encoder_resources.ts";
import { writeParquet } from "../src/pipeline/write_parquet.ts";

const WARM_UP_MS = 700;
const MEASURED_MS = 700;

const [input, output] = process.argv.slice(2);
if (input === undefined || output === undefined) throw new Error("Usage: INPUT OUTPUT");
const bytes = new Uint8Array(await readFile(input));

/** Milliseconds of one conversion. */
async function convert(): Promise<{ rows: number; milliseconds: number }> {
  const started = performance.now();
  const { numRows } = await writeParquet(bytes, output!);
  return { rows: numRows, milliseconds: performance.now() - started };
}

async function during(milliseconds: number): Promise<number[]> {
  const end = performance.now() + milliseconds;
  const times: number[] = [];
  while (performance.now() < end) times.push((await convert()).milliseconds);
  return times.sort((a, b) => a - b);
}

const first = await convert();
await during(WARM_UP_MS);
const times = await during(MEASURED_MS);
console.log(JSON.stringify({
  rows: first.rows,
  bytesIn: bytes.length,
  bytesOut: (await stat(output)).size,
  firstMilliseconds: first.milliseconds,
  medianMilliseconds: times[times.length >> 1],
  workers: encoderPool().workers.length,
}));
