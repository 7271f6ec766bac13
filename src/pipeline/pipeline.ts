/**
 * The pipeline, stage by stage: for programs that want a say in each.
 *
 * @module
 */

import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import type { WriterOptions, WriterProgress } from "../schema/writer_options.ts";
import type { SchemaLike } from "../arrow/arrow_objects.ts";
import type { BatchLike } from "../arrow/source_parts.ts";
import { type SinkTarget, toSink } from "../store/to_sink.ts";
import type { BatchWriter, RowsLike } from "./batch_writer.ts";
import { createBatchWriter } from "./create_batch_writer.ts";

/** First stage: what is to be written. */
export interface PropertiesStage {
  /**
   * Settles the schema and the options of the file.
   *
   * @throws {TypeError} For unknown or contradicting options.
   */
  buildProperties(schema: SchemaLike, options?: WriterOptions): WriterStage;
}

/** Second stage: how the writer is made. */
export interface WriterStage {
  /**
   * Makes the writer.
   *
   * @param keyValueMetadata Pairs to add to those of the options.
   */
  buildWriter(keyValueMetadata?: Readonly<Record<string, string | null>>): EncoderStage<false>;
}

/** Third stage: how the encoder runs. */
export interface EncoderStage<Progress extends boolean> {
  /** Keeps count: {@linkcode Pipeline.progress}. */
  withProgress(): EncoderStage<true>;
  /** Workers at most; 0: none. */
  withParallelism(workers: number): EncoderStage<Progress>;
  /** Slabs of records (1 MiB each) that every worker may have in hand before `addBatch` waits; at least 1. Default 4. */
  withChannelCapacity(slabs: number): EncoderStage<Progress>;
  /** Bytes that input, workers and output may hold together before `addBatch` waits. */
  withMemoryBudget(bytes: number): EncoderStage<Progress>;
  /** Settles the encoder. Workers are started when there is enough for them to do. */
  spawnEncoder(): SinkStage<Progress>;
}

/** Fourth stage: where the bytes go. */
export interface SinkStage<Progress extends boolean> {
  /**
   * Settles the target.
   *
   * @throws {TypeError} When it is none, or a locked stream.
   */
  spawnWriter(sink: SinkTarget): ReadyStage<Progress>;
}

/** Last stage. */
export interface ReadyStage<Progress extends boolean> {
  /**
   * Builds the pipeline.
   *
   * @throws {SchemaError} When Parquet cannot hold the schema.
   */
  build(): Pipeline<Progress>;
}

const STEPS = ["buildProperties", "buildWriter", "spawnEncoder", "spawnWriter", "build"] as const;
type Step = typeof STEPS[number];

/** All stages in one: which of its methods can be seen is a matter of the types that they return. */
class PipelineBuilder {
  #done = 0;
  #schema: SchemaLike | null = null;
  #options: WriterOptions = {};
  #metadata: Readonly<Record<string, string | null>> = {};
  #depth: number | undefined;
  #progress = false;
  #sink: SinkTarget | null = null;

  buildProperties(schema: SchemaLike, options: WriterOptions = {}): this {
    this.#step("buildProperties");
    this.#schema = schema;
    this.#options = { ...options };
    return this;
  }

  buildWriter(keyValueMetadata: Readonly<Record<string, string | null>> = {}): this {
    this.#step("buildWriter");
    this.#metadata = { ...keyValueMetadata };
    return this;
  }

  withProgress(): this {
    this.#between("withProgress");
    this.#progress = true;
    return this;
  }

  withParallelism(workers: number): this {
    this.#between("withParallelism");
    this.#options = { ...this.#options, parallelism: workers };
    return this;
  }

  withChannelCapacity(slabs: number): this {
    this.#between("withChannelCapacity");
    if (!Number.isInteger(slabs) || slabs < 1) {
      throw new RangeError(`Cannot set the channel capacity to ${slabs}: expected at least 1`);
    }
    this.#depth = slabs;
    return this;
  }

  withMemoryBudget(bytes: number): this {
    this.#between("withMemoryBudget");
    this.#options = { ...this.#options, memoryBudget: bytes };
    return this;
  }

  spawnEncoder(): this {
    this.#step("spawnEncoder");
    return this;
  }

  spawnWriter(sink: SinkTarget): this {
    this.#step("spawnWriter");
    this.#sink = sink;
    return this;
  }

  build(): Pipeline<boolean> {
    this.#step("build");
    const writer = createBatchWriter(
      () => toSink(this.#sink!),
      this.#schema!,
      this.#options,
      this.#depth,
    );
    for (const [key, value] of Object.entries(this.#metadata)) {
      writer.core.appendKeyValueMetadata(key, value);
    }
    return new Pipeline<boolean>(writer, this.#progress);
  }

  /** Types say the same; this is for callers without them. */
  #step(step: Step): void {
    if (STEPS[this.#done] !== step) this.#refuse(step);
    this.#done++;
  }

  #between(call: string): void {
    if (STEPS[this.#done] !== "spawnEncoder") this.#refuse(call);
  }

  #refuse(call: string): never {
    const next = STEPS[this.#done];
    const state = next === undefined ? "the pipeline was built" : `${next} comes next`;
    throw new TypeError(`Cannot call ${call}: ${state}`);
  }
}

/**
 * A pipeline that encodes columns in parallel and writes finished row groups in order.
 *
 * @example Every stage
 * ```ts
 * import { tableFromArrays } from "apache-arrow";
 * import { Pipeline } from "@parquet-ext/parquet-ext";
 *
 * const { schema, batches } = tableFromArrays({ id: Int32Array.of(1, 2, 3) });
 * const pipeline = Pipeline.builder()
 *   .buildProperties(schema, { compression: "zstd" })
 *   .buildWriter()
 *   .withProgress()
 *   .withParallelism(4)
 *   .spawnEncoder()
 *   .spawnWriter("out.parquet")
 *   .build();
 * for (const batch of batches) await pipeline.addBatch(batch);
 * const metadata = await pipeline.close();
 * console.assert(metadata.numRows === 3);
 * ```
 */
export class Pipeline<Progress extends boolean = boolean> {
  readonly #writer: BatchWriter;
  readonly #progress: Progress;

  /** For the builder alone: {@linkcode Pipeline.builder}. */
  constructor(writer: BatchWriter, progress: Progress) {
    this.#writer = writer;
    this.#progress = progress;
  }

  /** Begins a pipeline. A call in the wrong order does not compile, and throws a `TypeError` where nothing is compiled. */
  static builder(): PropertiesStage {
    return new PipelineBuilder() as unknown as PropertiesStage;
  }

  /** How far the pipeline has come; `null` without `withProgress`. */
  get progress(): Progress extends true ? WriterProgress : WriterProgress | null {
    const progress = this.#progress ? this.#writer.progress : null;
    return progress as Progress extends true ? WriterProgress : WriterProgress | null;
  }

  /**
   * Adds a record batch, all batches of a table, rows, columns or a source of batches, which are copied before this returns. Resolves when there is room for the next one.
   * It need not be awaited: a batch that was refused while nobody looked at the promise makes `close` reject with its error, and nothing is
   * published; a refusal that was awaited or caught leaves the pipeline open.
   *
   * @throws As `AsyncArrowWriter.write`.
   */
  addBatch(batch: BatchLike | RowsLike): Promise<void> {
    return this.#writer.write(batch);
  }

  /**
   * Ends the row group in progress; resolves when the sink has taken all rows so far. It need not be awaited: a failure comes out of
   * `close`.
   */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes what is left and the footer, and commits the file: await it. As `AsyncArrowWriter.close`. */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /** Gives the file up, unless it is closed; the sink is aborted. As `AsyncArrowWriter.abort`. */
  shutdown(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /** Bytes that are held for this file; see `AsyncArrowWriter.memorySize`. */
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

  /** Workers in use. */
  get workers(): number {
    return this.#writer.core.workers;
  }

  /** {@linkcode Pipeline.shutdown}, unless the pipeline was closed: leaving a scope early publishes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.dispose();
  }
}
