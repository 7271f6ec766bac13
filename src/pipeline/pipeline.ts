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
import type { BatchWriter } from "./batch_writer.ts";
import { createBatchWriter } from "./create_batch_writer.ts";
import type { RowsLike } from "./rows_like.ts";

/** First stage: what to write. */
export interface PropertiesStage {
  /**
   * Sets the schema and the options of the file. `build` checks them.
   */
  buildProperties(schema: SchemaLike, options?: WriterOptions): WriterStage;
}

/** Second stage: the writer. */
export interface WriterStage {
  /**
   * Creates the writer.
   *
   * @param keyValueMetadata Pairs to add to those of the options.
   */
  buildWriter(keyValueMetadata?: Readonly<Record<string, string | null>>): EncoderStage<false>;
}

/** Third stage: the encoder. */
export interface EncoderStage<Progress extends boolean> {
  /** Turns on {@linkcode Pipeline.progress}. */
  withProgress(): EncoderStage<true>;
  /** Maximum number of workers; 0: none. */
  withParallelism(workers: number): EncoderStage<Progress>;
  /** Number of 1 MiB blocks of records that each worker may hold before `addBatch` waits; at least 1. Default 4. */
  withChannelCapacity(slabs: number): EncoderStage<Progress>;
  /** Bytes that input, workers and output may hold together; beyond that `addBatch` waits. */
  withMemoryBudget(bytes: number): EncoderStage<Progress>;
  /** Completes the encoder stage. Workers start when there is enough work for them. */
  spawnEncoder(): SinkStage<Progress>;
}

/** Fourth stage: where the bytes go. */
export interface SinkStage<Progress extends boolean> {
  /**
   * Sets the target. `build` checks it.
   */
  spawnWriter(sink: SinkTarget): ReadyStage<Progress>;
}

/** Last stage. */
export interface ReadyStage<Progress extends boolean> {
  /**
   * Builds the pipeline.
   *
   * @throws {TypeError | RangeError} If an option or the sink is invalid.
   * @throws {SchemaError} If Parquet cannot hold the schema.
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

  /** Used by {@linkcode Pipeline.builder}, which alone makes the writer. */
  constructor(writer: object, progress: Progress) {
    this.#writer = writer as BatchWriter;
    this.#progress = progress;
  }

  /** Begins a pipeline. A call in the wrong order does not compile in TypeScript, and throws a `TypeError` in JavaScript. */
  static builder(): PropertiesStage {
    return new PipelineBuilder() as unknown as PropertiesStage;
  }

  /** Progress of the pipeline; `null` without `withProgress`. */
  get progress(): Progress extends true ? WriterProgress : WriterProgress | null {
    const progress = this.#progress ? this.#writer.progress : null;
    return progress as Progress extends true ? WriterProgress : WriterProgress | null;
  }

  /**
   * Adds a record batch, all batches of a table, rows, columns or a source of batches, which are copied before this returns. Resolves when
   * there is room for the next one.
   *
   * You need not await it. If a batch is refused and its promise is not handled, `close` rejects with its error and nothing is published;
   * if you handle the refusal, the pipeline stays open.
   *
   * @throws As `AsyncArrowWriter.write`.
   */
  addBatch(batch: BatchLike | RowsLike): Promise<void> {
    return this.#writer.write(batch);
  }

  /**
   * Ends the row group in progress; resolves when the sink has taken all rows so far. You need not await it: `close` reports a failure.
   */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  /** Writes the remaining rows and the footer, and commits the file. Await it, as `AsyncArrowWriter.close`. */
  close(): Promise<ParquetMetaData> {
    return this.#writer.close();
  }

  /** Abandons the file, unless it is closed; the sink is aborted, as with `AsyncArrowWriter.abort`. */
  shutdown(reason?: unknown): Promise<void> {
    return this.#writer.core.abort(reason);
  }

  /** Bytes held for this file; see `AsyncArrowWriter.memorySize`. */
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

  /** Workers in use. */
  get workers(): number {
    return this.#writer.core.workers;
  }

  /** {@linkcode Pipeline.shutdown}, unless the pipeline was closed: leaving a scope early publishes nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.dispose();
  }
}
