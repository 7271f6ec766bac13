/**
 * The writer beneath every public one: its states, its budget, and the way from batches to the sink.
 *
 * ```text
 * open ──close──► closing ──footer, commit──► closed
 *   └───────────────┴──error, abort──► failed
 * ```
 *
 * Everything that has to do with the caller's data happens before a call returns; what a promise waits for is room in the
 * budget (`append`), the sink (`flush`), or the end of the file (`close`). So calls that are not awaited keep their order.
 *
 * @module
 */

import type { ColumnBatch } from "../arrow/column_array.ts";
import type { ArrowType } from "../arrow/types.ts";
import { compressesSlowly, type ExecutorResources } from "../executor/encoder_resources.ts";
import { Executor } from "../executor/executor.ts";
import { MeasuredRows } from "../executor/measured_rows.ts";
import type { EncodedRowGroup } from "../executor/row_group_assembly.ts";
import type { FinishOptions } from "../file/file_writer.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import { RowOrder } from "../row_group/row_order.ts";
import {
  EncodedSizeEstimator,
  MEASURING_EXTENT,
  SLOW_MEASURING_EXTENT,
} from "../row_group/encoded_size_estimator.ts";
import { RowGroupCutter } from "../row_group/row_group_cutter.ts";
import { afterTurn } from "../runtime/clock.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import type { Sink } from "../sink/sink.ts";
import { AbortError, WriterStateError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import { OutputStage } from "./output_stage.ts";
import type { WriterPlan } from "./writer_plan.ts";

/** Slabs that may be on their way before the event loop gets a turn, so that finished ones come back to be used again. */
const SLABS_PER_TURN = 8;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Writes one file. */
export class WriterCore {
  readonly #plan: WriterPlan;
  readonly #executor: Executor;
  readonly #output: OutputStage;
  /** `null`: encoded bytes of a row group are not limited. */
  readonly #estimator: EncodedSizeEstimator | null;
  readonly #cutter: RowGroupCutter;
  /** `null`: rows may come in any order. */
  readonly #rowOrder: RowOrder | null;
  readonly #onAbort: () => void;

  #state: "open" | "closing" | "closed" | "failed" = "open";
  #failure: unknown = undefined;
  /** Whether some caller has been told of the failure. */
  #reported = false;
  #close: Promise<ParquetMetaData> | null = null;
  #closeWaiter: { resolve(metadata: ParquetMetaData): void; reject(error: unknown): void } | null =
    null;
  #termination: Promise<void> = Promise.resolve();
  #failureCallback: ((error: unknown) => void) | null = null;

  #rowGroupsCut = 0;
  #rowsAccepted = 0;
  #rowsCut = 0;
  /** Arrow bytes of the row groups that were cut and are not encoded yet. */
  readonly #arrowBytes = new Queue<number>();
  #admissions = new Queue<Waiter>();
  #turnAsked = false;
  /** Encoded bytes for one Arrow byte, as of the last row group. */
  #ratio = 1;

  /**
   * Creates a writer. Nothing is written or started yet.
   *
   * @param sink Takes the bytes; aborted at once when the signal of the options is.
   */
  constructor(sink: Sink, plan: WriterPlan, resources: ExecutorResources) {
    const { schema, options } = plan;
    this.#plan = plan;
    this.#output = new OutputStage(sink, schema, options.sinkTimeoutMs, {
      accepted: () => this.#settleAdmissions(),
      rowGroupWritten: () => this.#reportProgress(),
      complete: (metadata) => this.#complete(metadata),
      failed: (error) => this.#fail(error),
    });
    this.#estimator = sizeEstimator(plan, resources);
    this.#cutter = new RowGroupCutter(
      options.maxRowGroupRowCount,
      Math.max(1, Math.floor(options.memoryBudget / 2)),
      this.#estimator,
    );
    this.#rowOrder = schema.sortingColumns.length === 0
      ? null
      : new RowOrder(schema.columns, schema.sortingColumns);
    this.#executor = new Executor(schema.columns, resources, {
      rowGroup: (group) => this.#rowGroupEncoded(group),
      progress: () => this.#settleAdmissions(),
      failed: (error) => this.#fail(error),
    });
    const { signal } = options;
    this.#onAbort = () => this.#fail(abortError(signal?.reason));
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Where the writer stands. */
  get state(): "open" | "closing" | "closed" | "failed" {
    return this.#state;
  }

  /** What the writer failed with; `undefined` unless the state is `"failed"`. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Calls back once if the writer fails, or has failed; the last callback given counts. */
  onFailure(callback: ((error: unknown) => void) | null): void {
    this.#failureCallback = callback;
    if (this.#state === "failed") callback?.(this.#failure);
  }

  /** Settles when the sink's `abort` has, after a failure; never rejects. */
  get terminated(): Promise<void> {
    return this.#termination.catch(() => {});
  }

  /**
   * Bytes that records, encoders, encoded row groups, rows kept to be measured, copies of dictionaries, and indexes kept for the
   * end of the file hold.
   */
  get memorySize(): number {
    return this.#budgetBytes + this.#output.appendixBytes + (this.#estimator?.memoryBytes ?? 0) +
      (this.#plan.check.kept?.byteLength ?? 0);
  }

  /**
   * Expected encoded size of the row group in progress: as measured where `maxRowGroupBytes` is given, else its Arrow bytes at
   * the ratio of the last row group.
   */
  get inProgressSize(): number {
    return Math.ceil(this.#cutter.encodedBytes ?? this.#cutter.bytes * this.#ratio);
  }

  /** Rows of the row group in progress. */
  get inProgressRows(): number {
    return this.#cutter.rows;
  }

  /** Bytes that the sink was given and has taken, or gathers. */
  get bytesWritten(): number {
    return this.#output.bytesWritten;
  }

  /** Row groups that were handed to the sink. */
  get flushedRowGroups(): readonly RowGroup[] {
    return this.#output.rowGroups;
  }

  /** How far the writer has come. */
  get progress(): WriterProgress {
    const { rowsWritten, bytesWritten, rowGroups } = this.#output;
    return {
      bufferedRows: this.#cutter.rows,
      encodingRows: this.#rowsCut - rowsWritten,
      rowsWritten,
      bytesWritten,
      rowGroupsWritten: rowGroups.length,
    };
  }

  /** Workers in use. */
  get workers(): number {
    return this.#executor.workers;
  }

  /**
   * Throws unless rows can be appended: before anything of a batch is looked at.
   *
   * @throws {WriterStateError} After `close`, or after a failure that somebody has heard of; else the failure itself.
   */
  assertOpen(): void {
    const error = this.#stateError("write");
    if (error !== null) throw error;
  }

  /**
   * Appends a batch, which is copied before this returns.
   *
   * @returns A promise that resolves when the budget has room for more. It rejects with an `InvalidBatchError` where rows are
   * not in the order of `sortingColumns`; nothing of the batch was taken then, and the writer stays open.
   */
  append(batch: ColumnBatch): Promise<void> {
    const error = this.#stateError("write");
    if (error !== null) return Promise.reject(error);
    const { columns, numRows } = batch;
    try {
      this.#rowOrder?.check(batch);
    } catch (error) {
      return Promise.reject(error);
    }
    try {
      let from = 0;
      while (from < numRows && this.#state === "open") {
        const { to, full } = this.#cutter.take(columns, from, numRows);
        this.#rowsAccepted += to - from;
        if (to > from) this.#executor.append(columns, from, to);
        if (full) this.#endRowGroup();
        from = to;
      }
      this.#reportProgress();
    } catch (error) {
      // Part of the batch may have been taken: there is no way back.
      this.#fail(error);
    }
    if (this.#state === "failed") return this.#rejectHandled();
    if (this.#admissions.length === 0 && this.#admissible()) return Promise.resolve();
    return handled(
      new Promise<void>((resolve, reject) => this.#admissions.push({ resolve, reject })),
    );
  }

  /** Adds a pair to the key-value metadata of the file. */
  appendKeyValueMetadata(key: string, value: string | null): void {
    const error = this.#stateError("append metadata");
    if (error !== null) throw error;
    this.#plan.keyValueMetadata.append(key, value);
  }

  /** Ends the row group in progress, if any. Resolves when the sink has taken every row so far. */
  flush(): Promise<void> {
    const error = this.#stateError("flush");
    if (error !== null) return Promise.reject(error);
    try {
      this.#endRowGroup();
      this.#rowOrder?.restart();
      this.#executor.push();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isFailed()) return this.#rejectHandled();
    return handled(this.#output.flush(this.#rowGroupsCut));
  }

  /** Ends the file. Called again, it returns the same promise. */
  close(): Promise<ParquetMetaData> {
    if (this.#close !== null) return this.#close;
    const error = this.#stateError("close");
    if (error !== null) return this.#close = Promise.reject(error);
    this.#state = "closing";
    this.#close = new Promise((resolve, reject) => this.#closeWaiter = { resolve, reject });
    try {
      this.#endRowGroup();
      this.#executor.push();
      if (!this.#isFailed()) this.#output.end(this.#rowGroupsCut, () => this.#finishOptions());
    } catch (error) {
      this.#fail(error);
    }
    return this.#close;
  }

  /**
   * Gives the file up. Settles when the sink has been aborted; rejects with a `SinkError` when it could not be. Called again,
   * or after a failure, it only waits; after the end of the file it does nothing.
   */
  abort(reason?: unknown): Promise<void> {
    if (this.#state === "open" || this.#state === "closing") {
      this.#fail(abortError(reason));
      this.#reported = true;
    }
    return this.#termination;
  }

  // --- states ------------------------------------------------------------------------------------------------------

  #isFailed(): boolean {
    return this.#state === "failed";
  }

  #stateError(what: string): unknown {
    if (this.#state === "open") return null;
    if (this.#state === "failed") {
      if (!this.#reported) {
        this.#reported = true;
        return this.#failure;
      }
      return new WriterStateError(`Cannot ${what}: the writer has failed`, {
        cause: this.#failure,
      });
    }
    return new WriterStateError(`Cannot ${what}: the writer is ${this.#state}`);
  }

  #fail(error: unknown): void {
    if (this.#state === "failed" || this.#state === "closed") return;
    this.#state = "failed";
    this.#failure = error;
    this.#release();
    const waiters = this.#admissions;
    this.#admissions = new Queue();
    if (waiters.length > 0 || this.#output.flushesPending || this.#closeWaiter !== null) {
      this.#reported = true;
    }
    // The other end of a stream sees the reason as the caller gave it.
    const reason = error instanceof AbortError && error.cause !== undefined ? error.cause : error;
    // Whoever calls `abort` hears of what fails here.
    this.#termination = handled(this.#output.abort(error, reason));
    for (const waiter of waiters) waiter.reject(error);
    this.#closeWaiter?.reject(error);
    this.#closeWaiter = null;
    this.#failureCallback?.(error);
  }

  /** Lets go of everything that outlives a call. */
  #release(): void {
    this.#executor.end();
    this.#estimator?.restart();
    this.#plan.options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** The failure came during the call: its own promise reports it. */
  #rejectHandled(): Promise<never> {
    this.#reported = true;
    return handled(Promise.reject(this.#failure));
  }

  // --- budget ------------------------------------------------------------------------------------------------------

  /** Bytes that the budget is for: those that go away when workers and sink get on. */
  get #budgetBytes(): number {
    return this.#executor.memoryBytes + this.#output.queuedBytes;
  }

  #admissible(): boolean {
    const executor = this.#executor;
    if (this.#budgetBytes > this.#plan.options.memoryBudget) {
      // What was begun but not sent helps nobody.
      if (!executor.busy) executor.push();
      // With nothing under way there is nothing to wait for: the row group in progress alone is over the budget.
      return !executor.busy && !this.#output.busy;
    }
    if (executor.saturated) return false;
    if (executor.slabsSent > SLABS_PER_TURN * executor.workers) {
      this.#askForTurn();
      return false;
    }
    return true;
  }

  #askForTurn(): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    afterTurn(() => {
      this.#turnAsked = false;
      // What could come back by now is back; whoever waits for the turn alone may go on.
      if (this.#budgetBytes <= this.#plan.options.memoryBudget && !this.#executor.saturated) {
        this.#admissions.shift()?.resolve();
      }
      this.#settleAdmissions();
    });
  }

  #settleAdmissions(): void {
    while (this.#admissions.length > 0 && this.#admissible()) this.#admissions.shift()!.resolve();
  }

  // --- row groups --------------------------------------------------------------------------------------------------

  #endRowGroup(): void {
    const { rows } = this.#cutter;
    if (rows === 0) return;
    this.#rowsCut += rows;
    this.#rowGroupsCut++;
    const bytes = this.#cutter.bytes;
    this.#cutter.next();
    this.#arrowBytes.push(bytes);
    this.#executor.finishRowGroup(rows);
  }

  #rowGroupEncoded(group: EncodedRowGroup): void {
    this.#ratio = group.byteLength / Math.max(1, this.#arrowBytes.shift() ?? 1);
    this.#plan.geoParquet?.add(group.chunks);
    this.#output.add(group);
  }

  #finishOptions(): FinishOptions {
    const { geoParquet, keyValueMetadata } = this.#plan;
    if (geoParquet !== null) keyValueMetadata.setGeo(geoParquet.text());
    return {
      keyValueMetadata: keyValueMetadata.keyValues(),
      createdBy: this.#plan.options.createdBy,
      rowsAccepted: this.#rowsAccepted,
    };
  }

  #complete(metadata: ParquetMetaData): void {
    this.#state = "closed";
    this.#release();
    this.#closeWaiter!.resolve(metadata);
    this.#closeWaiter = null;
    this.#reportProgress();
  }

  #reportProgress(): void {
    this.#plan.options.onProgress?.(this.progress);
  }
}

/** What knows when a row group has `maxRowGroupBytes`; `null` where there is no such limit. */
function sizeEstimator(
  { arrowSchema, schema, options }: WriterPlan,
  { host }: ExecutorResources,
): EncodedSizeEstimator | null {
  const { maxRowGroupBytes } = options;
  if (maxRowGroupBytes === null) return null;
  const { columns } = schema;
  return new EncodedSizeEstimator(
    maxRowGroupBytes,
    () => new MeasuredRows(columns, host),
    arrowSchema.fields.some(({ type }) => holdsKeys(type)),
    columns.some(compressesSlowly) ? SLOW_MEASURING_EXTENT : MEASURING_EXTENT,
  );
}

/** Whether an array of this type may have few bytes for large values: keys of a dictionary, runs. */
function holdsKeys(type: ArrowType): boolean {
  if (type.kind === "dictionary" || type.kind === "runEndEncoded") return true;
  if (type.kind === "struct") return type.children.some((child) => holdsKeys(child.type));
  return "child" in type && holdsKeys(type.child.type);
}

function abortError(reason: unknown): AbortError {
  if (reason instanceof AbortError) return reason;
  const detail = reason instanceof Error
    ? `: ${reason.message}`
    : typeof reason === "string"
    ? `: ${reason}`
    : "";
  return new AbortError(`The writer was aborted${detail}`, { cause: reason });
}

/**
 * A promise that may be left alone: when it rejects the writer has failed, and whoever closes the writer hears of that. A
 * rejection that nobody handles would end the process.
 */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
