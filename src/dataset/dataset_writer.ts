/**
 * Datasets: folders of Parquet files, one or more for each partition.
 *
 * @module
 */

import { type SchemaLike, toArrowSchema } from "../arrow/arrow_objects.ts";
import type { OpenedSource } from "../arrow/source.ts";
import type { BatchLike } from "../arrow/source_parts.ts";
import { SourceGuard } from "../arrow/source_guard.ts";
import { embedZstd } from "../compression/embed_zstd.ts";
import { encoderResources } from "../executor/encoder_resources.ts";
import { BatchWriter } from "../pipeline/batch_writer.ts";
import type { RowsLike } from "../pipeline/rows_like.ts";
import { type DataSource, openDataSource, type WriteOptions } from "../pipeline/write_parquet.ts";
import { planWriter } from "../pipeline/writer_plan.ts";
import { type RowSchema, toRowSchema } from "../rows/schema.ts";
import type { RowOf, Shape } from "../rows/t.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import { openStore } from "../store/open_store.ts";
import { placeOf } from "../store/object_url.ts";
import type { Store } from "../store/store.ts";
import { callAndForget, ignore } from "../util/thenable.ts";
import type { DataFile } from "./data_file.ts";
import { DatasetCore } from "./dataset_core.ts";
import { type DatasetOptions, resolveDatasetOptions } from "./dataset_options.ts";
import { PartitionSplitter } from "./partition_splitter.ts";

/** Location of a dataset: a folder (path or `file:` URL), a URL of a store such as `s3://bucket/prefix`, or a store. */
export type DatasetTarget = string | URL | Store;

/** What takes the batches of a writer. */
let batchWriterOf: (writer: DatasetWriter) => BatchWriter<DatasetCore>;

/**
 * Writes a dataset: files in Hive-style folders (`day=2026-01-31/….parquet`), by the values of the partition columns.
 *
 * File names are always new (UUID version 7), so any number of processes can write to one folder. On object stores nothing is visible
 * before `close`. In a folder of the file system each file appears when it is complete, by a rename. `listUncommitted` finds the files that
 * a crash leaves behind.
 *
 * `options.memoryBudget` bounds the memory of all open files together. Sorted or clustered input is fastest, because few files are open at
 * a time; rows are not gathered by partition first.
 *
 * @typeParam S The types of the columns, by which TypeScript checks rows.
 *
 * @example Rows of many days
 * ```ts
 * import { DatasetWriter } from "@parquet-ext/parquet-ext/dataset";
 * import { schema, t } from "@parquet-ext/parquet-ext";
 *
 * const sales = schema({ day: t.date32(), shop: t.utf8(), sold: t.int32() });
 * await using writer = new DatasetWriter("sales", sales, { partitionBy: ["day"] });
 * await writer.write([{ day: "2026-01-31", shop: "Oslo", sold: 3 }, { day: "2026-02-01", shop: "Rabat", sold: 5 }]);
 * const files = await writer.close();
 * console.assert(files.length === 2 && files[0]!.path.startsWith("day=2026-01-31/"));
 * ```
 */
export class DatasetWriter<S extends Shape = Shape> {
  static {
    batchWriterOf = (writer) => writer.#writer;
  }

  /** The schema of the rows, partition columns included. */
  readonly schema: RowSchema<S>;
  readonly #writer: BatchWriter<DatasetCore>;
  readonly #handOver = () => this.#writer.appendGathered();

  /**
   * Creates the writer. Nothing is written yet.
   *
   * @param target Location of the dataset. Folders are created as needed.
   * @param schema Schema of the rows: made by `schema`, or an Arrow schema.
   * @param options Options of the dataset and of its files.
   * @throws {TypeError | RangeError} If the options or the target are invalid.
   * @throws {SchemaError} If a partition column does not exist or has the wrong type, or Parquet cannot hold the schema.
   */
  constructor(
    target: DatasetTarget,
    schema: RowSchema<S> | SchemaLike,
    options: DatasetOptions = {},
  ) {
    embedZstd();
    this.schema = toRowSchema(schema) as RowSchema<S>;
    const resolved = resolveDatasetOptions(options);
    const arrowSchema = toArrowSchema(this.schema);
    const splitter = new PartitionSplitter(
      arrowSchema,
      resolved.partitionBy,
      resolved.keepPartitionColumns,
    );
    // Also says early what is wrong with options of columns.
    planWriter(splitter.schema, resolved.options);
    // How batches are checked has nothing to do with options of columns that are not in the files.
    const plan = planWriter(arrowSchema, { ...resolved.options, columns: [], sortingColumns: [] });
    const core = new DatasetCore(storeOf(target), splitter, resolved);
    this.#writer = new BatchWriter(
      core,
      plan,
      encoderResources(plan.schema.columns, resolved.options),
    );
  }

  /**
   * Appends a row, rows in an array or another iterable, columns, a record batch, a table, or a source of batches. They are checked and
   * copied before this returns.
   *
   * @returns A promise that resolves when the memory budget has room for more. It rejects with a `SchemaError`, `InvalidBatchError` or
   * `LimitError` if they cannot be written. Then none of them is written, and the writer stays open. If the promise is neither awaited nor handled, `close` rejects with the error.
   */
  write(rows: RowOf<S> | Iterable<RowOf<S>> | BatchLike | RowsLike): Promise<void> {
    const done = this.#writer.write(rows);
    this.#writer.core.watchAge(this.#handOver);
    return done;
  }

  /** Ends all open files. Resolves when they are complete; on object stores they become visible with `close`. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /**
   * Ends all files and publishes them. Await it: it is the last call that can report a failure. If it fails, no file of an object store is
   * visible unless publishing had begun; complete files in a folder stay as uncommitted files.
   *
   * @returns The files as plain JSON, ordered by path, for the commit of a table.
   */
  close(): Promise<DataFile[]> {
    return this.#writer.close();
  }

  /**
   * Abandons the dataset: open files are dropped, on object stores complete ones too.
   *
   * @param reason Becomes the `cause` of the `AbortError` with which pending calls reject.
   */
  abort(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /** The files that are complete so far. */
  get files(): readonly DataFile[] {
    return [...this.#writer.core.files];
  }

  /** Progress of the writer, over all files. */
  get progress(): WriterProgress {
    return this.#writer.progress;
  }

  /** Bytes held for all files together, including the kernel memory of the threads that encode them. */
  get memorySize(): number {
    return this.#writer.memorySize;
  }

  /** {@linkcode DatasetWriter.abort}, unless the writer was closed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#writer.core.state === "closed") return;
    await this.abort("it was disposed of before it was closed").catch(() => {});
  }
}

/** Options of {@linkcode writeDataset}. */
export interface WriteDatasetOptions
  extends DatasetOptions, Pick<WriteOptions, "schema" | "inferRows"> {}

/**
 * Writes a whole source as a dataset.
 *
 * @param source As for `writeParquet`.
 * @param target Location of the dataset.
 * @param options As for `DatasetWriter`; `schema` and `inferRows` as for `writeParquet`.
 * @returns The files, as plain JSON.
 * @throws As `writeParquet` and `DatasetWriter`.
 *
 * @example Columns
 * ```ts
 * import { writeDataset } from "@parquet-ext/parquet-ext/dataset";
 *
 * const files = await writeDataset({ city: ["Oslo", "Rabat", "Oslo"], sold: [1, 2, 3] }, "by-city", {
 *   partitionBy: ["city"],
 * });
 * console.assert(files.length === 2);
 * ```
 */
export async function writeDataset(
  source: DataSource,
  target: DatasetTarget,
  options: WriteDatasetOptions = {},
): Promise<DataFile[]> {
  const { schema, inferRows, ...rest } = options;
  const { limits } = resolveDatasetOptions(rest).options;
  const guard = new SourceGuard();
  let writer: DatasetWriter | null = null;
  let opened: OpenedSource | null = null;
  try {
    opened = await openDataSource(source, guard, { schema, inferRows, limits });
    writer = new DatasetWriter(target, opened.schema, rest);
    const batches = batchWriterOf(writer);
    if (opened.steady) batches.expectSteadyMemory();
    batches.core.expectRows(opened.rows);
    for (;;) {
      // What is there at once is not waited for.
      const next = opened.batches.next();
      const { done, value } = "then" in next ? await next : next;
      if (done) break;
      await batches.writeInTurns(value);
      // No row gathers: a batch is handed over as a whole.
      batches.core.watchAge(ignore);
    }
    return await writer.close();
  } catch (error) {
    guard.end(error, error);
    // Not waited for: a source that is stuck would withhold the error.
    callAndForget(() => opened?.batches.return());
    await writer?.abort(error).catch(() => {});
    throw error;
  }
}

/** Opens the store with the first file; a target that names none is refused at once. */
function storeOf(target: DatasetTarget): () => Promise<Store> {
  const isStore = typeof target === "object" && target !== null && !(target instanceof URL);
  if (isStore) {
    if (typeof target.sink === "function") return () => Promise.resolve(target);
  } else if (typeof target === "string" || target instanceof URL) {
    const { kind, path } = placeOf(target);
    if (kind !== "file" || path !== "") {
      let opened: Promise<Store> | null = null;
      return () => opened ??= openStore(target);
    }
  }
  throw new TypeError(
    "Cannot write a dataset: expected the path or URL of a folder, a URL such as s3://bucket/prefix, or a store",
  );
}
