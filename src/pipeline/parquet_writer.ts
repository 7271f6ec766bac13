/**
 * A writer that takes rows.
 *
 * @module
 */

import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import { type RowSchema, toRowSchema } from "../rows/schema.ts";
import type { RowOf, Shape } from "../rows/t.ts";
import type { WriterOptions, WriterProgress } from "../schema/writer_options.ts";
import { type SinkTarget, toSink } from "../store/to_sink.ts";
import type { BatchWriter } from "./batch_writer.ts";
import { createBatchWriter } from "./create_batch_writer.ts";

/**
 * Writes rows to a Parquet file, one or many at a time.
 *
 * @typeParam S The types of the columns, by which TypeScript checks rows.
 *
 * @example Row by row
 * ```ts
 * import { ParquetWriter, schema, t } from "@parquet-ext/parquet-ext";
 *
 * const readings = schema({ at: t.timestamp("ms", "UTC"), celsius: t.float64().nullable() });
 * await using writer = new ParquetWriter("readings.parquet", readings);
 * await writer.write({ at: new Date(), celsius: 21.5 });
 * await writer.write([{ at: new Date() }, { at: Date.now(), celsius: null }]);
 * const metadata = await writer.close();
 * console.assert(metadata.numRows === 3);
 * ```
 */
export class ParquetWriter<S extends Shape = Shape> {
  /** The schema of the file. */
  readonly schema: RowSchema<S>;
  readonly #writer: BatchWriter;

  /**
   * Creates the writer. Nothing is written yet; a `WritableStream` is locked.
   *
   * @param sink A `WritableStream`, a path, a `file:` URL or a `Sink`.
   * @param schema Schema of the rows: made by `schema`, or an Arrow schema.
   * @throws {TypeError | RangeError} If an option or the sink is invalid.
   * @throws {SchemaError} If Parquet cannot hold the schema.
   */
  constructor(sink: SinkTarget, schema: RowSchema<S> | SchemaLike, options: WriterOptions = {}) {
    this.schema = toRowSchema(schema) as RowSchema<S>;
    this.#writer = createBatchWriter(() => toSink(sink), this.schema, options);
  }

  /**
   * Appends a row, or rows in an array or another iterable. They are checked and copied before this returns, so you may change the objects
   * afterwards.
   *
   * @returns A promise that resolves when the memory budget has room for more; usually one that is already resolved, the same each time. It
   * rejects with an `InvalidBatchError`, which names column, row (from 0, of this call) and value, if a row does not fit. Then no row of
   * the call is written, and the writer stays open; if the promise is not handled, `close` rejects with the error. After a failure or
   * after `close` it rejects with that failure or a `WriterStateError`.
   */
  write(rows: RowOf<S> | Iterable<RowOf<S>>): Promise<void> {
    return this.#writer.writeRows(rows);
  }

  /** Ends the row group in progress, if it has rows. Resolves when the sink has taken all rows so far. You need not await it. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes the remaining rows and the footer, and commits the file. Await it: it is the last call that can report a failure. */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /**
   * Abandons the file; the target is unchanged. Does nothing after the end of the file.
   *
   * @param reason The `cause` of the `AbortError` with which pending calls reject, and the reason that the sink gets.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /** Adds a pair to the key-value metadata of the file, at any time before `close`. A later value of a key replaces an earlier one. */
  appendKeyValueMetadata(key: string, value: string | null = null): void {
    this.#writer.core.appendKeyValueMetadata(key, value);
  }

  /** Progress of the writer. */
  get progress(): WriterProgress {
    return this.#writer.progress;
  }

  /** Bytes held for this file; see `AsyncArrowWriter.memorySize`. */
  get memorySize(): number {
    return this.#writer.memorySize;
  }

  /** Expected encoded size of the row group in progress, in bytes. */
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

  /** Workers in use. */
  get workers(): number {
    return this.#writer.core.workers;
  }

  /** {@linkcode ParquetWriter.abort}, unless the writer was closed: leaving a scope early publishes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.dispose();
  }
}
