/**
 * Files in one call.
 *
 * @module
 */

import type { ColumnBatch } from "../arrow/column_array.ts";
import { type ArrowSource, openSource, type SourceOptions } from "../arrow/source.ts";
import { decompress } from "../compression/decompress.ts";
import { lz4FrameDecompress } from "../compression/lz4_frame.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import { FileSink } from "../sink/file_sink.ts";
import { MemorySink } from "../sink/memory_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { type SinkTarget, toSink } from "../sink/to_sink.ts";
import { createColumnWriter } from "./batch_writer.ts";
import type { WriterCore } from "./writer_core.ts";

/** What compressed IPC buffers are read with. */
const DECOMPRESSORS = {
  lz4Frame: lz4FrameDecompress,
  zstd: (bytes: Uint8Array, size: number): Uint8Array => decompress("zstd", bytes, size),
};

/**
 * Writes a Parquet file.
 *
 * @param source A `Table`, a `RecordBatch`, an (async) iterable or a `ReadableStream` of record batches, or Arrow IPC bytes
 * (file or stream).
 * @param sink A `WritableStream`, a path, a `file:` URL or a `Sink`. It is aborted when anything fails.
 * @returns What the footer says.
 * @throws {TypeError | RangeError} For wrong arguments or options.
 * @throws {ParquetError} Of the class that says what failed.
 *
 * @example A table to a file
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { writeParquet } from "@parquet-ext/parquet-ext";
 *
 * const table = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const metadata = await writeParquet(table, "out.parquet", { compression: "zstd" });
 * console.assert(metadata.numRows === 3);
 * ```
 */
export function writeParquet(
  source: ArrowSource,
  sink: SinkTarget,
  options: WriterOptions = {},
): Promise<ParquetMetaData> {
  try {
    return write(source, toSink(sink), options);
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Writes a Parquet file to memory.
 *
 * @param source As for {@linkcode writeParquet}.
 * @returns The bytes of the file.
 * @throws As {@linkcode writeParquet}.
 *
 * @example A table to bytes
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { toParquet } from "@parquet-ext/parquet-ext";
 *
 * const bytes = await toParquet(tableFromArrays({ id: Int32Array.of(1, 2, 3) }));
 * console.assert(bytes.length > 0);
 * ```
 */
export async function toParquet(
  source: ArrowSource,
  options: WriterOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const sink = new MemorySink();
  await write(source, sink, options);
  return sink.bytes();
}

async function write(
  source: ArrowSource,
  sink: Sink,
  options: WriterOptions,
): Promise<ParquetMetaData> {
  let core: WriterCore | null = null;
  let batches: Iterator<ColumnBatch> | AsyncIterator<ColumnBatch> | null = null;
  try {
    const resolved = resolveOptions(options);
    const reading: SourceOptions = {
      decompressors: { ...DECOMPRESSORS, limits: resolved.limits },
    };
    const opened = await openSource(source, reading);
    const writer = createColumnWriter(() => sink, opened.schema, resolved);
    core = writer.core;
    // No batch was looked at before now, and how it is to be checked is known only with the schema.
    Object.assign(reading, writer.check);
    batches = opened.batches;
    for (;;) {
      const next = opened.batches.next();
      const { done, value } = next instanceof Promise ? await orFailure(core, next) : next;
      if (done) break;
      await core.append(value);
    }
    return await core.close();
  } catch (error) {
    // Not waited for: a source that is stuck would keep the error to itself.
    Promise.resolve(batches?.return?.()).catch(() => {});
    if (core === null) {
      await sink.abort(error);
      throw error;
    }
    const cause = core.failure ?? error;
    const aborted = core.abort(cause);
    aborted.catch(() => {});
    // A file can be waited for, and then nothing of it is left; a stream may never settle.
    if (sink instanceof FileSink) await core.terminated;
    throw cause;
  }
}

/** The promise, or the failure of the writer if that comes first. */
function orFailure<T>(core: WriterCore, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    core.onFailure(reject);
    promise.then(resolve, reject);
  });
}
