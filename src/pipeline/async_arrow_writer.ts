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
import type { BatchWriter, RowsLike } from "./batch_writer.ts";
import { createBatchWriter } from "./create_batch_writer.ts";

/**
 * Writes Arrow record batches to a Parquet file.
 *
 * Rows gather until a row group is full. Calls keep their order whether they are awaited or not, also where a callback (`onProgress`, a
 * sink) makes them; awaiting `write` is what keeps memory within the budget. After a failure nothing more is written, and the sink is
 * aborted: there is no footer.
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
   * @throws {TypeError | RangeError} For wrong options, or a sink that is none.
   * @throws {SchemaError} When Parquet cannot hold the schema.
   */
  constructor(sink: SinkTarget, schema: SchemaLike, options: WriterOptions = {}) {
    this.#writer = createBatchWriter(() => toSink(sink), schema, options);
  }

  /**
   * Appends a record batch, all batches of a table of Arrow JS, flechette or arquero, a row, rows (in an array or another iterable),
   * columns, or a source of batches. They are checked and copied before this returns: what happens to their memory afterwards is of no
   * concern. Only a source that has to be waited for is read while the promise is pending; await it before the next call.
   *
   * An object whose members are all arrays is one of columns, unless the schema takes arrays in each of them: then it is a row.
   *
   * @returns A promise that resolves when the memory budget has room for more. It rejects
   * - with a `SchemaError`, `InvalidBatchError` or `LimitError` when the batch cannot be written. Nothing of it was; the
   *   writer stays open.
   * - with what made the writer fail, or a `WriterStateError` when that is known already or the writer was closed.
   *
   * It need not be awaited, and is never an unhandled rejection. If a batch was refused and nobody has looked at the promise by the time
   * of `close` (by `await`, `then`, `catch`, `Promise.all` and the like), `close` rejects with the error of the first such batch, and the
   * file is not published. A refusal that was awaited or caught is the caller's affair: the file goes on without that batch.
   */
  write(batch: BatchLike | RowsLike): Promise<void> {
    return this.#writer.write(batch);
  }

  /**
   * Ends the row group in progress, if it has rows. Resolves when the sink has taken all rows so far. It need not be awaited: a failure
   * comes out of `close`. Batches that were refused are no business of `flush`.
   */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /**
   * Writes what is left, the indexes and the footer, and commits the sink. Called again, it returns the same promise.
   *
   * Await it: it is the last call to tell of a failure.
   *
   * @returns What the footer says. The promise rejects
   * - with the error of a batch that was refused while nobody looked at its promise.
   * - with what made the writer fail, or a `WriterStateError` with that as its `cause` when it has been told before.
   * - with `outcome: "unknown"` when the sink failed to commit, or did not answer, and does not say that its target is what it was.
   */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /**
   * Gives the file up: pending calls reject with an `AbortError`, the sink is aborted. Does nothing after the end of the
   * file. While the sink commits, the abort waits for it, and `close` says what came of it.
   *
   * @param reason Becomes the `cause` of the `AbortError`, and the sink's reason.
   * @returns A promise that resolves when the sink has settled, and rejects with a `SinkError` when it could not be aborted or did not
   * answer within `sinkTimeoutMs` (three seconds where that is not given), and with the error of `close` when nobody knows what became of
   * a commit.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /**
   * Adds a pair to the key-value metadata of the file, up to `close`. A later value of a key replaces an earlier one.
   *
   * @throws {TypeError} For the key `ARROW:schema`.
   * @throws {LimitError} When there is too much metadata.
   */
  appendKeyValueMetadata(key: string, value: string | null = null): void {
    this.#writer.core.appendKeyValueMetadata(key, value);
  }

  /**
   * Bytes that are held for this file: input, encoders, encoded row groups, indexes, and the kernel memory of the threads that encode it,
   * which other writers may use too. 0 before the first batch and after the end.
   */
  get memorySize(): number {
    return this.#writer.memorySize;
  }

  /** Expected encoded bytes of the row group in progress: its Arrow bytes, at the ratio of the row group before. */
  get inProgressSize(): number {
    return this.#writer.core.inProgressSize;
  }

  /** Rows of the row group in progress. */
  get inProgressRows(): number {
    return this.#writer.inProgressRows;
  }

  /** Bytes of the file that were written so far. */
  get bytesWritten(): number {
    return this.#writer.core.bytesWritten;
  }

  /** Metadata of the row groups that were written so far. */
  get flushedRowGroups(): readonly RowGroup[] {
    return this.#writer.core.flushedRowGroups;
  }

  /** How far the writer has come. */
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
