/**
 * A process that has just begun: how long the import of a writer takes, and its first files. Prints one line of JSON.
 *
 * What is not the writer's comes before: reading the table, and bringing it into the form that the writer takes.
 *
 * @module
 */

import { type RecordBatch, RecordBatchReader } from "apache-arrow";
import { readFileSync } from "node:fs";
import process from "node:process";
import { constants, zstdCompressSync } from "node:zlib";
import { hyparquetColumns } from "./hyparquet_columns.ts";

/** The process's one argument, as JSON. */
interface Job {
  readonly writer: "parquet-ext" | "parquet-wasm" | "hyparquet-writer";
  /** Module of parquet-ext: its package, or its sources. */
  readonly entry: string;
  /** An Arrow IPC stream. */
  readonly input: string;
  readonly codec: "zstd" | "uncompressed";
  /** Files that are written. */
  readonly files: number;
}

type Write = () => Promise<unknown>;

const job: Job = JSON.parse(process.argv.at(-1)!);
const ipc = readFileSync(job.input);

function readBatches(): { schema: RecordBatch["schema"]; batches: RecordBatch[] } {
  const reader = RecordBatchReader.from(ipc).open();
  const { schema } = reader;
  return { schema, batches: [...reader] };
}

/** Gives what imports the writer, and then what writes a file. */
function prepare(): () => Promise<Write> {
  switch (job.writer) {
    case "parquet-ext": {
      const { batches } = readBatches();
      return async () => {
        const { writeParquet, NullSink } = await import(job.entry);
        return () => writeParquet(batches, new NullSink(), { compression: job.codec });
      };
    }
    case "parquet-wasm":
      return async () => {
        const { Compression, Table, writeParquet, WriterPropertiesBuilder } = await import(
          "parquet-wasm"
        );
        const codec = job.codec === "zstd" ? Compression.ZSTD : Compression.UNCOMPRESSED;
        return () => {
          const properties = new WriterPropertiesBuilder().setCompression(codec).build();
          return Promise.resolve(writeParquet(Table.fromIPCStream(ipc), properties));
        };
      };
    case "hyparquet-writer": {
      const { schema, batches } = readBatches();
      const { columnData, elements } = hyparquetColumns(schema, batches);
      const params = { [constants.ZSTD_c_compressionLevel]: 1 };
      const compressors = { ZSTD: (input: Uint8Array) => zstdCompressSync(input, { params }) };
      const codec = job.codec === "zstd" ? "ZSTD" as const : "UNCOMPRESSED" as const;
      return async () => {
        const { parquetWriteBuffer } = await import("hyparquet-writer");
        const options = { columnData, schema: elements, codec, compressors };
        return () => Promise.resolve(parquetWriteBuffer(options));
      };
    }
  }
}

const load = prepare();
const started = performance.now();
const write = await load();
const imported = performance.now() - started;
const files: number[] = [];
for (let i = 0; i < job.files; i++) {
  const before = performance.now();
  await write();
  files.push(performance.now() - before);
}
console.log(JSON.stringify({ imported, files }));
process.exit(0);
