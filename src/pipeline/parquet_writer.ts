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
   * @param schema What the rows are, made by `schema`, or an Arrow schema.
   * @throws {TypeError | RangeError} For wrong options, or a sink that is none.
   * @throws {SchemaError} When Parquet cannot hold the schema.
   */
  constructor(sink: SinkTarget, schema: RowSchema<S> | SchemaLike, options: WriterOptions = {}) {
    this.schema = toRowSchema(schema) as RowSchema<S>;
    this.#writer = createBatchWriter(() => toSink(sink), this.schema, options);
  }

  /**
   * Appends a row, or rows in an array or another iterable. They are checked and taken over before this returns: what becomes of the
   * objects afterwards is of no concern.
   *
   * @returns A promise that resolves when the memory budget has room for more; usually one that has resolved already, the same each
   * time. It rejects with an `InvalidBatchError`, which names column, row (from 0, of this call) and value, when a row does not fit. None
   * of the rows of the call are written then, and the writer stays open; if nobody looks at the promise, `close` rejects with the error.
   * It rejects with what made the writer fail, or a `WriterStateError`, after that or after `close`.
   */
  write(rows: RowOf<S> | Iterable<RowOf<S>>): Promise<void> {
    return this.#writer.writeRows(rows);
  }

  /** Ends the row group in progress, if it has rows. Resolves when the sink has taken all rows so far. It need not be awaited. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is left and the footer, and commits the file. Await it: it is the last call to tell of a failure. */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /**
   * Gives the file up: what was there before stays. Does nothing after the end of the file.
   *
   * @param reason Becomes the `cause` of the `AbortError` with which pending calls reject, and the sink's reason.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /** Adds a pair to the key-value metadata of the file, up to `close`. A later value of a key replaces an earlier one. */
  appendKeyValueMetadata(key: string, value: string | null = null): void {
    this.#writer.core.appendKeyValueMetadata(key, value);
  }

  /** How far the writer has come. */
  get progress(): WriterProgress {
    return this.#writer.progress;
  }

  /** Bytes that are held for this file; see `AsyncArrowWriter.memorySize`. */
  get memorySize(): number {
    return this.#writer.memorySize;
  }

  /** Expected encoded bytes of the row group in progress. */
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

  /** Workers in use. */
  get workers(): number {
    return this.#writer.core.workers;
  }

  /** {@linkcode ParquetWriter.abort}, unless the writer was closed: leaving a scope early publishes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.dispose();
  }
}
