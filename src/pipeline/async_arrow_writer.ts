/**
 * A writer that behaves as `parquet::arrow::AsyncArrowWriter` does.
 *
 * @module
 */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { BatchLike } from "../arrow/source_parts.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import type { WriterOptions, WriterProgress } from "../schema/writer_options.ts";
import { type SinkTarget, toSink } from "../store/to_sink.ts";
import type { BatchWriter } from "./batch_writer.ts";
import { createBatchWriter } from "./create_batch_writer.ts";
import type { RowsLike } from "./rows_like.ts";

/**
 * Writes Arrow record batches to a Parquet file.
 *
 * Rows gather until a row group is full. Calls keep their order whether you await them or not, also if a callback (`onProgress`, a sink)
 * makes them. Await `write` to keep memory within the budget. After a failure nothing more is written, and the sink is aborted: the file
 * gets no footer.
 *
 * @example Batches to a stream
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { AsyncArrowWriter } from "@parquet-ext/parquet-ext";
 *
 * const { schema, batches } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const stream = new WritableStream<Uint8Array>();
 * const writer = new AsyncArrowWriter(stream, schema, { compression: "zstd" });
 * for (const batch of batches) await writer.write(batch);
 * const metadata = await writer.close();
 * console.assert(metadata.numRows === 3);
 * ```
 */
export class AsyncArrowWriter {
  readonly #writer: BatchWriter;

  /**
   * Creates the writer. Nothing is written yet; a `WritableStream` is locked.
   *
   * @param sink A `WritableStream`, a path, a `file:` URL or a `Sink`.
   * @param schema Schema of the batches, an Arrow JS `Schema`.
   * @throws {TypeError | RangeError} If an option or the sink is invalid.
   * @throws {SchemaError} If Parquet cannot hold the schema.
   */
  constructor(sink: SinkTarget, schema: SchemaLike, options: WriterOptions = {}) {
    this.#writer = createBatchWriter(() => toSink(sink), schema, options);
  }

  /**
   * Appends a record batch, all batches of a table of Arrow JS, flechette or arquero, a row, rows (in an array or another iterable),
   * columns, or a source of batches. They are checked and copied before this returns, so you may change their memory afterwards. Only a
   * source that has to be waited for is read while the promise is pending; await it before the next call.
   *
   * An object whose members are all arrays is taken as columns, unless the schema takes an array in each of them: then it is a row.
   *
   * @returns A promise that resolves when the memory budget has room for more. It rejects
   * - with a `SchemaError`, `InvalidBatchError` or `LimitError` if the batch cannot be written. Then nothing of it is, and the
   *   writer stays open.
   * - with the failure of the writer, or a `WriterStateError` if that was reported before or the writer is closed.
   *
   * You need not await it; it is never an unhandled rejection. If a batch is refused and its promise has not been handled by the time of
   * `close` (by `await`, `then`, `catch`, `Promise.all` and so on), `close` rejects with the error of the first such batch, and the file
   * is not published. If you handle the refusal, the file goes on without that batch.
   */
  write(batch: BatchLike | RowsLike): Promise<void> {
    return this.#writer.write(batch);
  }

  /**
   * Ends the row group in progress, if it has rows. Resolves when the sink has taken all rows so far. You need not await it: `close`
   * reports a failure. It does not report refused batches.
   */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /**
   * Writes the remaining rows, the indexes and the footer, and commits the sink. Called again, it returns the same promise. Await it: it is
   * the last call that can report a failure.
   *
   * @returns The metadata of the file. The promise rejects
   * - with the error of a refused batch whose promise was not handled.
   * - with the failure of the writer, or a `WriterStateError` with that as its `cause` if it was reported before.
   * - with `outcome: "unknown"` if the sink failed to commit, or did not answer, and does not say that its target is unchanged.
   */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /**
   * Abandons the file: pending calls reject with an `AbortError`, and the sink is aborted. Does nothing after the end of the file. While
   * the sink commits, the abort waits for it, and `close` reports the outcome.
   *
   * @param reason The `cause` of the `AbortError`, and the reason that the sink gets.
   * @returns A promise that resolves when the sink has settled. It rejects with a `SinkError` if the sink could not be aborted or did not
   * answer within `sinkTimeoutMs` (default: three seconds), and with the error of `close` if the outcome of a commit is unknown.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /**
   * Adds a pair to the key-value metadata of the file, at any time before `close`. A later value of a key replaces an earlier one.
   *
   * @throws {TypeError} For the key `ARROW:schema`.
   * @throws {LimitError} If there is too much metadata.
   */
  appendKeyValueMetadata(key: string, value: string | null = null): void {
    this.#writer.core.appendKeyValueMetadata(key, value);
  }

  /**
   * Bytes held for this file: input, encoders, encoded row groups, indexes, and the kernel memory of the threads that encode it, which
   * other writers may share. 0 before the first batch and after the end.
   */
  get memorySize(): number {
    return this.#writer.memorySize;
  }

  /** Expected encoded size of the row group in progress: its Arrow bytes, at the ratio of the previous row group. */
  get inProgressSize(): number {
    return this.#writer.core.inProgressSize;
  }

  /** Rows of the row group in progress. */
  get inProgressRows(): number {
    return this.#writer.inProgressRows;
  }

  /** Bytes of the file written so far. */
  get bytesWritten(): number {
    return this.#writer.core.bytesWritten;
  }

  /** Metadata of the row groups written so far. */
  get flushedRowGroups(): readonly RowGroup[] {
    return this.#writer.core.flushedRowGroups;
  }

  /** Progress of the writer. */
  get progress(): WriterProgress {
    return this.#writer.progress;
  }

  /** Workers in use. */
  get workers(): number {
    return this.#writer.core.workers;
  }

  /** {@linkcode AsyncArrowWriter.abort}, unless the writer was closed: leaving a scope early publishes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.dispose();
  }
}
