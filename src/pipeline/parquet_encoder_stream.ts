/**
 * Record batches in, the bytes of a Parquet file out, as web streams.
 *
 * @module
 */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { BatchLike } from "../arrow/source_parts.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import type { WriterOptions } from "../schema/writer_options.ts";
import { deferred } from "../util/deferred.ts";
import { ignore } from "../util/thenable.ts";
import { createBatchWriter } from "./create_batch_writer.ts";
import { ReadableSink } from "./readable_sink.ts";
import { reasonOf } from "./write_end.ts";
import type { RowsLike } from "./rows_like.ts";

/**
 * A transform stream from record batches to the bytes of a file.
 *
 * An error on either side errors the other. The output is a whole file, or an errored stream.
 *
 * @example From batches to an HTTP response
 * ```ts
 * import { type RecordBatch, tableFromArrays } from "apache-arrow";
 * import { ParquetEncoderStream } from "@parquet-ext/parquet-ext";
 *
 * const { schema, batches } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const source = new ReadableStream<RecordBatch>({
 *   start(controller) {
 *     for (const batch of batches) controller.enqueue(batch);
 *     controller.close();
 *   },
 * });
 * const response = new Response(source.pipeThrough(new ParquetEncoderStream(schema)));
 * console.assert((await response.arrayBuffer()).byteLength > 0);
 * ```
 */
export class ParquetEncoderStream implements TransformStream<BatchLike | RowsLike, Uint8Array> {
  /** Takes record batches, tables, rows, arrays of rows, columns. */
  readonly writable: WritableStream<BatchLike | RowsLike>;
  /** The bytes of the file, in chunks of about 1 MiB that are plain `ArrayBuffer`s. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The metadata of the file; settles at the end of the file. */
  readonly metadata: Promise<ParquetMetaData>;

  /**
   * Creates the stream.
   *
   * @param schema Schema of the batches, an Arrow JS `Schema`.
   * @throws {TypeError | RangeError} If an option is invalid.
   * @throws {SchemaError} If Parquet cannot hold the schema.
   */
  constructor(schema: SchemaLike, options: WriterOptions = {}) {
    const { promise, resolve, reject } = deferred<ParquetMetaData>();
    promise.catch(ignore);
    this.metadata = promise;
    let input: WritableStreamDefaultController | null = null;
    const sink = new ReadableSink(
      (reason) => writer.core.abort(reason),
      (reason) => {
        // Not while `abort` of the stream itself is under way, which would fail for it.
        if (input?.signal.aborted === false) input.error(reason);
        reject(reason);
      },
    );
    const writer = createBatchWriter(() => sink, schema, options);
    const { core } = writer;
    this.readable = sink.readable;
    this.writable = new WritableStream<BatchLike | RowsLike>({
      start: (controller) => {
        input = controller;
        // The signal of the options may have fired before.
        if (core.state === "failed") controller.error(reasonOf(core.failure));
        // `abort` of the stream is told at once; below it waits for the batch under way, which may wait for the reader.
        controller.signal.addEventListener("abort", () => {
          core.abort(controller.signal.reason).catch(ignore);
        }, { once: true });
      },
      write: async (batch) => {
        try {
          await writer.write(batch);
        } catch (error) {
          // Also a batch that is merely wrong: the stream ends here, so the file must not.
          await core.abort(error).catch(ignore);
          throw error;
        }
      },
      close: async () => {
        try {
          resolve(await writer.close());
        } catch (error) {
          reject(error);
          throw error;
        }
      },
      abort: (reason) => core.abort(reason),
    });
  }
}
