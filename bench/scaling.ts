/**
 * What rows, columns and workers are worth, and what more cores would be:
 * `node scripts/run.mjs node bench/scaling.ts [--rows 10000000] [--rounds 5]`.
 *
 * First, MiB/s of Arrow data with 0, 1 and 2 workers beside the caller's thread, best of the rounds, which take turns. Then a
 * schedule for more cores than this machine has, computed from what was measured: what the caller's thread has to do in any case,
 * which is in series, and what each column takes to encode, which lanes share as the writer would share it. What lanes cost each
 * other (caches, memory, messages) is not in it: it says what the division of the work allows.
 *
 * @module
 */

import { makeData, RecordBatch, Schema, Struct } from "apache-arrow";
import process from "node:process";
import { parseArgs } from "node:util";
import { NullSink, writeParquet } from "../mod.ts";
import { placeColumns } from "../src/executor/placement.ts";
import { callerMilliseconds } from "./caller_share.ts";
import { arrowBytes, type SchemaKind, seedBatches, seedSchema } from "./tables/seed_data.ts";

const { values: options } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    rounds: { type: "string", default: "5" },
  },
});

const MEBIBYTE = 2 ** 20;
const ROW_GROUP_ROWS = 100_000;
/** Cells of the largest file: more would take minutes. */
const MOST_CELLS = 100_000_000;
/** Cells that are made; longer files have them again and again. */
const CELLS_MADE = 2_000_000;
const ROWS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const COLUMNS = [1, 10, 100, 1_000];
const WORKERS = [0, 1, 2];
const CORES = [1, 2, 4, 8, 16, 32, 64];

/** `rows` rows, the same few batches again and again. */
function* repeated(batches: readonly RecordBatch[], rows: number): Generator<RecordBatch> {
  for (let left = rows, i = 0; left > 0; i++) {
    const batch = batches[i % batches.length]!;
    yield left < batch.numRows ? batch.slice(0, left) : batch;
    left -= batch.numRows;
  }
}

/** Milliseconds that it takes to write a file. */
async function write(
  batches: Iterable<RecordBatch>,
  parallelism: number,
): Promise<number> {
  const started = performance.now();
  await writeParquet(batches, new NullSink(), {
    parallelism,
    compression: "uncompressed",
    maxRowGroupRowCount: ROW_GROUP_ROWS,
  });
  return performance.now() - started;
}

/** One column of some batches. */
function columnOf(batches: readonly RecordBatch[], column: number): RecordBatch[] {
  return batches.map(({ schema, data }) => {
    const fields = [schema.fields[column]!];
    const children = [data.children[column]!];
    const { length } = data;
    const type = new Struct(fields);
    return new RecordBatch(new Schema(fields), makeData({ type, length, nullCount: 0, children }));
  });
}

/** The best of some rounds, for each of some ways that take turns, after one round that warms up. */
async function best<T>(ways: readonly T[], time: (way: T) => Promise<number>): Promise<number[]> {
  const least = ways.map(() => Infinity);
  for (let round = 0; round <= Number(options.rounds); round++) {
    for (const [i, way] of ways.entries()) {
      const milliseconds = await time(way);
      if (round > 0) least[i] = Math.min(least[i]!, milliseconds);
    }
  }
  return least;
}

/**
 * Milliseconds of a file on so many cores: the caller's thread and workers beside it. The caller hands over one row group after the
 * other, and encodes its part of each before it goes on; workers begin with a row group when it is handed over.
 */
function schedule(cores: number, rowGroups: number, caller: number, columns: number[]): number {
  const free = new Array<number>(cores).fill(0);
  for (let rowGroup = 0; rowGroup < rowGroups; rowGroup++) {
    const start = free[0]!;
    const loads = free.map((end) => Math.max(0, end - start));
    loads[0] = caller;
    placeColumns(columns.map((cost) => ({ own: cost, worker: cost, handing: 0 })), loads, true);
    for (const [lane, load] of loads.entries()) {
      // Nobody ends before the last rows were handed over.
      const work = lane > 0 && load > 0 ? Math.max(load, caller) : load;
      free[lane] = start + work;
    }
  }
  return Math.max(...free);
}

console.log(
  "| data | rows | columns | 0 workers | 1 | 2 | best gain |\n|---|--:|--:|--:|--:|--:|--:|",
);
for (const kind of ["simple", "complex"] as const) {
  for (const columns of COLUMNS) {
    for (const rows of ROWS) {
      if (rows > Number(options.rows) || rows * columns > MOST_CELLS) continue;
      const made = Math.max(1_000, Math.min(rows, Math.floor(CELLS_MADE / columns)));
      const batches = [...seedBatches(seedSchema(kind, columns), made)];
      const mebibytes = arrowBytes(batches) / MEBIBYTE * rows / made;
      const times = await best(WORKERS, (workers) => write(repeated(batches, rows), workers));
      const gain = times[0]! / Math.min(...times);
      const speeds = times.map((time) => (mebibytes / time * 1000).toFixed(0));
      const cells = [kind, rows, columns, ...speeds, `${gain.toFixed(2)} ×`];
      console.log(`| ${cells.join(" | ")} |`);
    }
  }
}

console.log(`\n| data, 1M rows | caller ms | encoding ms | ${CORES.join(" | ")} cores |`);
console.log(`|---|--:|--:|${"--:|".repeat(CORES.length)}`);
for (const kind of ["simple", "complex"] satisfies SchemaKind[]) {
  for (const columns of [10, 30, 100]) {
    const rows = 200_000;
    const rowGroups = 10;
    const batches = [...seedBatches(seedSchema(kind, columns), rows)];
    const [total] = await best([0], (workers) => write(batches, workers));
    const [caller] = await best([0], () => Promise.resolve(callerMilliseconds(batches)));
    // A few columns say what all columns of their types take.
    const known = new Map<string, number>();
    const perColumn: number[] = [];
    for (const [i, { type }] of batches[0]!.schema.fields.entries()) {
      const key = `${type}`;
      if (!known.has(key)) {
        const alone = columnOf(batches, i);
        const [whole] = await best([0], (workers) => write(alone, workers));
        const [own] = await best([0], () => Promise.resolve(callerMilliseconds(alone)));
        known.set(key, Math.max(0, whole! - own!));
      }
      perColumn.push(known.get(key)!);
    }
    // Columns alone take a little more each than together: scaled to what all of them took.
    const encoding = Math.max(0, total! - caller!);
    const sum = perColumn.reduce((a, b) => a + b, 0);
    const ofRowGroup = ROW_GROUP_ROWS / rows;
    const costs = perColumn.map((one) => one / sum * encoding * ofRowGroup);
    const times = CORES.map((cores) => schedule(cores, rowGroups, caller! * ofRowGroup, costs));
    const gains = times.map((time) => `${(times[0]! / time).toFixed(1)} ×`);
    const scale = 1_000_000 / rows;
    const cells = [(caller! * scale).toFixed(0), (encoding * scale).toFixed(0), ...gains];
    console.log(`| ${kind} ${columns} | ${cells.join(" | ")} |`);
  }
}
process.exit(0);
