/**
 * Files in one call.
 *
 * @module
 */

import { type ArrowSource, openSource } from "../arrow/source.ts";
import { giveBack, SourceGuard } from "../arrow/source_guard.ts";
import { decompress } from "../compression/decompress.ts";
import { lz4FrameDecompress } from "../compression/lz4_frame.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { resolveOptions } from "../schema/resolve_options.ts";
import type { ResolvedOptions, WriterOptions } from "../schema/writer_options.ts";
import { MemorySink } from "../sink/memory_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { type SinkTarget, toSink } from "../sink/to_sink.ts";
import { callAndForget, ignore } from "../util/thenable.ts";
import { createColumnWriter } from "./batch_writer.ts";
import { reasonOf, WriteEnd } from "./write_end.ts";

/** What compressed IPC buffers are read with. */
const DECOMPRESSORS = {
  lz4Frame: lz4FrameDecompress,
  zstd: (bytes: Uint8Array, size: number): Uint8Array => decompress("zstd", bytes, size),
};

/**
 * Writes a Parquet file.
 *
 * @param source Arrow tables or record batches (Arrow JS 4 to 21, flechette, arquero), or Arrow IPC: bytes, a `Blob`, a `Response`, a
 * path or a `file:` URL. Alone, in an (async) iterable or a `ReadableStream`, or as a promise. See {@linkcode ArrowSource}. What is in
 * memory from the beginning (a table, an array, bytes) must stay as it is until the promise settles; what is generated may be
 * generated in the same memory again.
 * @param sink A `WritableStream`, a path, a `file:` URL or a `Sink`. It is aborted when anything fails, and the source is given back.
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
  let resolved: ResolvedOptions | null = null;
  let end: WriteEnd;
  try {
    resolved = resolveOptions(options);
    end = new WriteEnd(sink, resolved);
  } catch (error) {
    end = new WriteEnd(sink, { signal: null, sinkTimeoutMs: null });
    end.fail(error);
  }
  try {
    if (resolved !== null && !end.failed) return await run(source, end, resolved);
    giveBack(source, reasonOf(end.failure));
  } catch (error) {
    end.fail(error);
  }
  await end.reportable;
  throw end.failure;
}

async function run(
  source: ArrowSource,
  end: WriteEnd,
  options: ResolvedOptions,
): Promise<ParquetMetaData> {
  const guard = new SourceGuard();
  end.onFailure((error) => guard.end(error, reasonOf(error)));
  const decompressors = { ...DECOMPRESSORS, limits: options.limits };
  const opening = openSource(source, { decompressors, guard });
  try {
    const { schema, batches, steady } = await end.orFailure(opening);
    const writer = createColumnWriter(() => end, schema, options);
    writer.expectSteadyMemory(steady);
    for (;;) {
      const next = batches.next();
      // What is there at once is not waited for.
      const { done, value } = "then" in next ? await end.orFailure(next) : next;
      if (done) break;
      await writer.writeInTurns(value);
    }
    return await writer.core.close();
  } catch (error) {
    // Not waited for: a source that is stuck would withhold the error.
    opening.then(({ batches }) => callAndForget(() => batches.return()), ignore);
    throw error;
  }
}
