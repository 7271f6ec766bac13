/**
 * The end-to-end benchmark: 1K, 100K and 1M rows × 10 and 30 columns × two schemas × three compressions, into a sink that
 * only counts, with parquet-wasm and hyparquet-writer on the same batches, taking turns.
 *
 * `npm run bench -- [--quick] [--filter TEXT] [--rounds N] [--output FILE]`
 *
 * @module
 */

import type { RecordBatch } from "apache-arrow";
import { writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Bench } from "tinybench";
import { writeParquet } from "../mod.ts";
import { hyparquetWriter, ipcBytes, parquetWasm, type PeerCompression } from "./peers.ts";
import { arrowBytes, type SchemaKind, seedBatches, seedSchema } from "./seed_data.ts";

const ROWS = [1_000, 100_000, 1_000_000];
const COLUMNS = [10, 30];
const KINDS: readonly SchemaKind[] = ["simple", "complex"];
const COMPRESSIONS: Readonly<Record<string, PeerCompression>> = {
  "uncompressed": { codec: "uncompressed" },
  "zstd 1": { codec: "zstd", level: 1 },
  "zstd 3": { codec: "zstd", level: 3 },
};
const ROW_GROUPS: Readonly<Record<number, number>> = {
  1_000: 1_000,
  100_000: 64_000,
  1_000_000: 100_000,
};

/** Cells beyond which hyparquet-writer's input, JavaScript arrays, takes gigabytes. */
const HYPARQUET_CELLS = { quick: 1_000_000, full: 10_000_000 };

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    filter: { type: "string", default: "" },
    rounds: { type: "string" },
    output: {
      type: "string",
      default: fileURLToPath(new URL("RESULTS.md", import.meta.url)),
    },
  },
});

interface Measured {
  /** Median, in milliseconds. */
  readonly time: number;
  /** Bytes of the file. */
  readonly size: number;
}

interface Row {
  readonly name: string;
  readonly arrowMiB: number;
  readonly results: Readonly<Record<string, Measured | undefined>>;
}

/** Writes everything into a stream that counts, and gives the count. */
async function writeOnce(
  batches: readonly RecordBatch[],
  { codec, level }: PeerCompression,
  rowGroup: number,
): Promise<number> {
  let size = 0;
  const sink = new WritableStream<Uint8Array>({
    write: (chunk) => {
      size += chunk.byteLength;
    },
  });
  await writeParquet(batches, sink, {
    compression: codec,
    ...(level === undefined ? {} : { compressionLevel: level }),
    maxRowGroupRowCount: rowGroup,
  });
  return size;
}

/** Runs the writers in turn, round after round. */
async function compare(
  writers: Readonly<Record<string, () => number | Promise<number>>>,
  { warmup, measured, turn }: Rounds,
): Promise<Record<string, Measured | undefined>> {
  const samples: Record<string, number[]> = {};
  const sizes: Record<string, number> = {};
  for (let round = 0; round < warmup + measured; round++) {
    const bench = new Bench({ iterations: turn, time: 0, warmup: false, retainSamples: true });
    for (const [name, write] of Object.entries(writers)) {
      bench.add(name, async () => {
        sizes[name] = await write();
      });
    }
    await bench.run();
    for (const { name, result } of bench.tasks) {
      if (!("latency" in result)) {
        const error = "error" in result ? result.error : result.state;
        console.error(`${name} failed: ${error instanceof Error ? error.message : error}`);
        continue;
      }
      if (round >= warmup) (samples[name] ??= []).push(...result.latency.samples ?? []);
    }
  }
  return Object.fromEntries(
    Object.keys(writers).map((name) => {
      const sorted = (samples[name] ?? []).sort((a, b) => a - b);
      const time = sorted[sorted.length >> 1];
      return [name, time === undefined ? undefined : { time, size: sizes[name]! }];
    }),
  );
}

interface Rounds {
  /** Rounds that do not count: code has to be warm. */
  readonly warmup: number;
  readonly measured: number;
  /** Files that a writer writes in a row when it is its turn: small files are not to pay for the garbage of the one before. */
  readonly turn: number;
}

function roundsFor(rows: number, mebibytes: number): Rounds {
  const { quick, rounds } = options;
  const of = (warmup: number, turn: number, few: number, many: number): Rounds => ({
    warmup,
    turn,
    measured: rounds === undefined ? (quick ? few : many) : Number(rounds),
  });
  if (rows <= 1_000) return of(quick ? 16 : 80, 25, 4, 20);
  if (mebibytes < 40) return of(quick ? 2 : 4, quick ? 3 : 5, 3, 5);
  if (mebibytes < 150) return of(1, 1, 3, 9);
  return of(mebibytes > 400 && quick ? 0 : 1, 1, 1, 5);
}

function line(row: Row): string {
  const rate = (result: Measured | undefined) =>
    result === undefined ? "–" : (row.arrowMiB / result.time * 1000).toFixed(0);
  const size = (result: Measured | undefined) =>
    result === undefined ? "–" : (result.size / 2 ** 20).toFixed(2);
  const { "parquet-ext": own, "parquet-wasm": wasm, "hyparquet-writer": js } = row.results;
  const wasmIpcMade = row.results["parquet-wasm, IPC made"];
  const ratio = (peer: Measured | undefined) =>
    own && peer ? `${(peer.time / own.time).toFixed(1)}×` : "–";
  return `| ${
    [
      row.name,
      row.arrowMiB.toFixed(2),
      rate(own),
      rate(wasm),
      rate(wasmIpcMade),
      rate(js),
      ratio(wasm),
      ratio(wasmIpcMade),
      size(own),
      size(wasm),
      size(js),
    ].join(" | ")
  } |`;
}

const HEAD =
  `| case | Arrow MiB | parquet-ext | parquet-wasm | the same, IPC made | hyparquet-writer | ratio | ratio, IPC made | size | size, parquet-wasm | size, hyparquet-writer |
|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|`;

function versions(): string {
  const { deno, bun, node } = process.versions;
  return deno !== undefined ? `Deno ${deno}` : bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}

const rows: Row[] = [];
console.log(HEAD);
for (const kind of KINDS) {
  for (const columns of COLUMNS) {
    for (const count of ROWS) {
      const data = `${kind} ${columns} × ${count >= 1e6 ? `${count / 1e6}M` : `${count / 1e3}K`}`;
      const names = Object.keys(COMPRESSIONS).map((compression) => `${data}, ${compression}`);
      if (!names.some((name) => name.includes(options.filter))) continue;
      const schema = seedSchema(kind, columns);
      const batches = [...seedBatches(schema, count)];
      const arrowMiB = arrowBytes(batches) / 2 ** 20;
      const ipc = ipcBytes(schema, batches);
      const rowGroup = ROW_GROUPS[count]!;
      const cells = HYPARQUET_CELLS[options.quick ? "quick" : "full"];
      for (const [compression, peer] of Object.entries(COMPRESSIONS)) {
        const name = `${data}, ${compression}`;
        if (!name.includes(options.filter)) continue;
        const results = await compare({
          "parquet-ext": () => writeOnce(batches, peer, rowGroup),
          "parquet-wasm": parquetWasm(() => ipcBytes(schema, batches), peer, rowGroup),
          "parquet-wasm, IPC made": parquetWasm(() => ipc, peer, rowGroup),
          ...(count * columns <= cells
            ? { "hyparquet-writer": hyparquetWriter(schema, batches, peer, rowGroup) }
            : {}),
        }, roundsFor(count, arrowMiB));
        const row = { name, arrowMiB, results };
        rows.push(row);
        console.log(line(row));
      }
    }
  }
}

if (options.filter === "") {
  writeFileSync(
    options.output,
    `# End-to-end benchmark

\`npm run bench${
      options.quick ? " -- --quick" : ""
    }\` on ${versions()}, ${availableParallelism()} × ${
      cpus()[0]?.model ?? "unknown processor"
    }. Medians, in MiB of Arrow input a second; sizes in MiB. The writers
take turns on the same batches of 100 to 10,000 rows, in row groups of 1,000, 64,000 and 100,000 rows, into a sink that only counts.
All start from the batches of Arrow JS: parquet-wasm takes them as Arrow IPC bytes, which Arrow JS makes of them ("the same, IPC made": the bytes
were there already); hyparquet-writer is given JavaScript arrays that were made beforehand. parquet-wasm has one level of zstd only. "–": not run,
the input would take gigabytes. "ratio" is time of parquet-wasm / time of parquet-ext.

${HEAD}
${rows.map(line).join("\n")}
`,
  );
}
