/**
 * What a process holds while it writes, on this runtime: resident memory at its highest, against the formula of `docs/memory_and_event_loop.md`.
 *
 * `node bench/memory.ts [rows|strings] [parallelism] [compression]`, `deno run -A bench/memory.ts …`, `bun bench/memory.ts …`
 *
 * @module
 */

import { Field, makeData, RecordBatch, Schema, Struct, Utf8 } from "apache-arrow";
import process from "node:process";
import { writeParquet, type WriterOptions } from "../mod.ts";

const MIB = 1024 * 1024;
const BUDGET = 256 * MIB;

/** 10 million rows × 10 strings, each batch new. */
function* manyRows(): Generator<RecordBatch> {
  const rows = 10_000;
  const fields = Array.from({ length: 10 }, (_, i) => new Field(`column${i}`, new Utf8(), false));
  const schema = new Schema(fields);
  for (let batch = 0; batch < 1000; batch++) {
    const children = fields.map(({ type }, column) => {
      const data = new Uint8Array(rows * 8);
      const valueOffsets = new Int32Array(rows + 1);
      for (let i = 0; i < data.length; i++) {
        data[i] = 97 + (Math.imul(i + batch * 31 + column, 2654435761) >>> 28);
      }
      for (let row = 0; row <= rows; row++) valueOffsets[row] = row * 8;
      return makeData({ type, length: rows, nullCount: 0, valueOffsets, data });
    });
    const type = new Struct(fields);
    yield new RecordBatch(schema, makeData({ type, length: rows, nullCount: 0, children }));
  }
}

/** 20 strings of 64 MiB, one a batch, of 16 letters at random: zstd makes half of them. */
function* hugeStrings(): Generator<RecordBatch> {
  const data = new Uint8Array(64 * MIB);
  for (let i = 0, state = 1; i < data.length; i++) {
    state = Math.imul(state, 1664525) + 1013904223;
    data[i] = 97 + (state >>> 28);
  }
  const schema = new Schema([new Field("s", new Utf8(), false)]);
  for (let i = 0; i < 20; i++) {
    const valueOffsets = Int32Array.of(0, data.length);
    const strings = makeData({ type: new Utf8(), length: 1, nullCount: 0, valueOffsets, data });
    const type = new Struct(schema.fields);
    const children = [strings];
    yield new RecordBatch(schema, makeData({ type, length: 1, nullCount: 0, children }));
  }
}

let highest = 0;
function look(): void {
  highest = Math.max(highest, process.memoryUsage.rss());
}

async function measure(
  name: string,
  batches: Iterable<RecordBatch>,
  parallelism: number,
  compression: WriterOptions["compression"] = "zstd",
): Promise<void> {
  highest = 0;
  look();
  const before = highest;
  const timer = setInterval(look, 5);
  await writeParquet(batches, new WritableStream({ write: look }), {
    parallelism,
    compression,
    memoryBudget: BUDGET,
  });
  clearInterval(timer);
  const mib = (bytes: number) => (bytes / MIB).toFixed(0);
  console.log(
    `${name}, ${compression}, parallelism ${parallelism}: ${mib(before)} → ${mib(highest)} MiB`,
  );
}

const [what, parallelism, compression] = process.argv.slice(2);
const codec = compression as WriterOptions["compression"];
// One a process: memory that was used once is not always given back.
if (what === "strings") {
  await measure("20 strings of 64 MiB", hugeStrings(), Number(parallelism ?? 2), codec);
} else await measure("10M rows × 10 strings", manyRows(), Number(parallelism ?? 2), codec);
