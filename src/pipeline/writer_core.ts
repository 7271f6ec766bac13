/**
 * The writer beneath every public one: the way from batches to the sink.
 *
 * ```text
 * open ──close──► closing ──footer, commit──► closed
 *   └───────────────┴──error, abort──► failed
 * ```
 *
 * How it ends is decided by its {@linkcode WriteEnd}. Everything that has to do with the caller's data happens before a call returns;
 * what a promise waits for is room in the budget (`append`), the sink (`flush`), or the end of the file (`close`). So calls that are
 * not awaited keep their order. Nothing of the caller's (a sink, `onProgress`) runs while a batch is being taken, so that calls from
 * there come after it.
 *
 * @module
 */

import type { ColumnBatch } from "../arrow/column_array.ts";
import type { ExecutorResources } from "../executor/encoder_resources.ts";
import { Executor } from "../executor/executor.ts";
import { Diagnostics } from "./diagnostics.ts";
import type { EncodedRowGroup } from "../executor/row_group_assembly.ts";
import type { FinishOptions } from "../file/file_writer.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import type { EncodedSizeEstimator } from "../row_group/encoded_size_estimator.ts";
import { RowOrder } from "../row_group/row_order.ts";
import { RowGroupCutter } from "../row_group/row_group_cutter.ts";
import { afterTurn } from "../runtime/clock.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import { WriterStateError } from "../util/errors.ts";
import { Queue } from "../util/queue.ts";
import { Admission } from "./admission.ts";
import { Call } from "./call.ts";
import { OutputStage } from "./output_stage.ts";
import { ProgressReport } from "./progress_report.ts";
import { sizeEstimator } from "./size_estimator.ts";
import type { WriteEnd } from "./write_end.ts";
import type { WriterPlan } from "./writer_plan.ts";

/** What a call returns that need not wait: one promise for all of them. */
export const DONE: Promise<void> = Promise.resolve();

/** Writes one file. */
export class WriterCore {
  readonly #plan: WriterPlan;
  readonly #end: WriteEnd;
  readonly #executor: Executor;
  readonly #output: OutputStage;
  readonly #admission: Admission;
  readonly #progress: ProgressReport;
  /** `null`: encoded bytes of a row group are not limited. */
  readonly #estimator: EncodedSizeEstimator | null;
  readonly #cutter: RowGroupCutter;
  /** `null`: rows may come in any order. */
  readonly #rowOrder: RowOrder | null;

  #state: "open" | "closing" | "closed" = "open";
  /** Whether some caller has been told of the failure. */
  #told = false;
  /** Errors of batches that were refused while nobody listened. */
  #refusals: Set<{ readonly error: unknown }> | null = null;
  #close: Promise<ParquetMetaData> | null = null;
  #closeWaiter: { resolve(metadata: ParquetMetaData): void; reject(error: unknown): void } | null =
    null;

  #rowGroupsCut = 0;
  #rowsAccepted = 0;
  #rowsCut = 0;
  /** Arrow bytes of the row groups that were cut and are not encoded yet. */
  readonly #arrowBytes = new Queue<number>();
  /** Encoded bytes for one Arrow byte, as of the last row group. */
  #ratio = 1;

  /** Creates a writer, which has failed already if `end` has. Nothing is written or started yet. */
  constructor(end: WriteEnd, plan: WriterPlan, resources: ExecutorResources) {
    const { schema, options } = plan;
    this.#plan = plan;
    this.#end = end;
    this.#progress = new ProgressReport(
      options.onProgress,
      () => this.progress,
      (error) => end.fail(error),
    );
    const diagnostics = new Diagnostics(options.onDiagnostic, (error) => end.fail(error));
    this.#output = new OutputStage(end, schema, {
      accepted: () => this.#admission.settle(),
      rowGroupWritten: () => this.#progress.report(),
      complete: (metadata) => this.#complete(metadata),
      failed: (error) => end.fail(error),
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
      progress: () => this.#admission.settle(),
      failed: (error) => end.fail(error),
      noWorkers: (reason) => diagnostics.noWorkers(reason),
    });
    this.#admission = new Admission(this.#executor, this.#output, options.memoryBudget);
    end.onFailure((error) => this.#failed(error));
    try {
      end.sink.shareBudget(options.memoryBudget, () => this.#admission.settle());
    } catch (error) {
      end.fail(error);
    }
    if (options.standInCodec) diagnostics.noZstd();
  }

  /** Where the writer stands. */
  get state(): "open" | "closing" | "closed" | "failed" {
    return this.#end.failed ? "failed" : this.#state;
  }

  /** What the writer failed with; `undefined` unless the state is `"failed"`. */
  get failure(): unknown {
    return this.#end.failure;
  }

  /**
   * Bytes that records, encoders, encoded row groups, rows kept to be measured, copies of dictionaries, and indexes kept for the
   * end of the file hold.
   */
  get heldBytes(): number {
    return this.#admission.bytes + this.#output.appendixBytes +
      (this.#estimator?.memoryBytes ?? 0) + (this.#plan.check.kept?.byteLength ?? 0);
  }

  /** Bytes of kernel memory of the threads that encode for this writer; other writers of the process may use it too. */
  get kernelBytes(): number {
    return this.#executor.kernelBytes;
  }

  /** All of these bytes. */
  get memorySize(): number {
    return this.heldBytes + this.kernelBytes;
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
   * Hears how many rows the file is going to have, about, before the first of them comes.
   *
   * @returns What to wait for, for so many rows to be encoded as fast as they can be; `null`: nothing.
   */
  expectRows(rows: number): Promise<void> | null {
    return this.#executor.expectRows(rows, this.#plan.options.maxRowGroupRowCount);
  }

  /**
   * Appends a batch, or several at once, which are copied before this returns.
   *
   * @returns A promise that resolves when the budget has room for more. It rejects with an `InvalidBatchError` where rows are
   * not in the order of `sortingColumns`; nothing of the batches was taken then, and the writer stays open.
   */
  append(...batches: readonly ColumnBatch[]): Promise<void> {
    try {
      this.assertOpen();
      this.#rowOrder?.check(...batches);
    } catch (error) {
      return this.refuse(error);
    }
    return this.#admit(() => {
      for (const batch of batches) this.#take(batch, 0, batch.numRows);
    });
  }

  /**
   * Appends some rows of a batch, as {@linkcode WriterCore.append} does all; not where `sortingColumns` are given, which are checked
   * batch by batch.
   */
  appendRows(batch: ColumnBatch, from: number, to: number): Promise<void> {
    try {
      this.assertOpen();
    } catch (error) {
      return this.refuse(error);
    }
    return this.#admit(() => this.#take(batch, from, to));
  }

  #admit(take: () => void): Promise<void> {
    try {
      take();
    } catch (error) {
      // Part of the batch may have been taken: there is no way back.
      this.#end.fail(error);
    }
    this.#progress.report();
    // Asking may push records to the encoders, and that may fail.
    const open = !this.#end.failed && this.#admission.open;
    if (this.#end.failed) return this.#rejection(this.#end.failure);
    if (open) return DONE;
    const call = this.#newCall<void>();
    this.#admission.wait(call);
    return call.promise;
  }

  #take({ columns }: ColumnBatch, first: number, end: number): void {
    let from = first;
    while (from < end && !this.#end.failed) {
      const { to, full } = this.#cutter.take(columns, from, end);
      this.#rowsAccepted += to - from;
      if (to > from) this.#executor.append(columns, from, to);
      if (full) this.#endRowGroup();
      from = to;
    }
  }

  /**
   * Refuses a batch of which nothing was taken.
   *
   * @returns A promise that rejects with `error`. While the writer is open, one that nobody listens to makes `close` fail.
   */
  refuse(error: unknown): Promise<never> {
    // After `close` the file is what was written before.
    if (this.state !== "open") return this.#rejection(error);
    const refusal = { error };
    (this.#refusals ??= new Set()).add(refusal);
    const call = new Call<never>(() => this.#refusals?.delete(refusal));
    call.reject(error);
    return call.promise;
  }

  /** Fails the writer: what a caller was told cannot be kept. */
  fail(error: unknown): void {
    this.#end.fail(error);
  }

  /** Calls back when the writer fails, at once if it has. */
  onFailure(callback: (error: unknown) => void): void {
    this.#end.onFailure(callback);
  }

  /** The answer to a call that takes its time; a rejection that nobody listens to makes `close` fail, as that of a batch. */
  call(running: Promise<void>): Promise<void> {
    const entry = { error: undefined as unknown };
    const call = new Call<void>(() => {
      this.#refusals?.delete(entry);
      this.#told ||= this.#end.failed;
    });
    running.then(() => call.resolve(), (error) => {
      entry.error = error;
      (this.#refusals ??= new Set()).add(entry);
      call.reject(error);
    });
    return call.promise;
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
    if (error !== null) return this.#rejection(error);
    try {
      this.#endRowGroup();
      this.#rowOrder?.restart();
      this.#executor.push();
    } catch (error) {
      this.#end.fail(error);
    }
    if (this.#end.failed) return this.#rejection(this.#end.failure);
    const call = this.#newCall<void>();
    this.#output.flush(this.#rowGroupsCut, call);
    return call.promise;
  }

  /** Ends the file. Called again, it returns the same promise. */
  close(): Promise<ParquetMetaData> {
    if (this.#close !== null) return this.#close;
    this.#close = new Promise((resolve, reject) => this.#closeWaiter = { resolve, reject });
    const error = this.#stateError("close");
    if (error !== null) {
      this.#rejectClose(error);
      return this.#close;
    }
    this.#state = "closing";
    // `await` listens to a promise in a later microtask: a refusal counts as unheard when its caller had the time.
    if (this.#refusals !== null && this.#refusals.size > 0) afterTurn(() => this.#finish());
    else this.#finish();
    return this.#close;
  }

  /**
   * Gives the file up. Settles when the sink has had its terminal call: {@linkcode WriteEnd.abort}. Called again, or after a failure,
   * it only waits; after the end of the file it does nothing.
   */
  abort(reason?: unknown): Promise<void> {
    if (!this.#end.failed) this.#told = true;
    return this.#end.abort(reason);
  }

  // --- ends --------------------------------------------------------------------------------------------------------

  #stateError(what: string): unknown {
    if (this.#end.failed) {
      if (!this.#told) return this.#end.failure;
      return new WriterStateError(`Cannot ${what}: the writer has failed`, {
        cause: this.#end.failure,
      });
    }
    if (this.#state === "open") return null;
    return new WriterStateError(`Cannot ${what}: the writer is ${this.#state}`);
  }

  #newCall<T>(): Call<T> {
    return new Call<T>(() => this.#told ||= this.#end.failed);
  }

  /** The answer to a call after the end, or to one that the failure came in. */
  #rejection(error: unknown): Promise<never> {
    const call = this.#newCall<never>();
    this.#whenReportable(() => call.reject(error));
    return call.promise;
  }

  #rejectClose(error: unknown): void {
    const waiter = this.#closeWaiter;
    if (waiter === null) return;
    this.#closeWaiter = null;
    this.#told ||= this.#end.failed;
    this.#whenReportable(() => waiter.reject(error));
  }

  #whenReportable(report: () => void): void {
    const { reportable } = this.#end;
    if (reportable === null) report();
    else reportable.then(report);
  }

  /** Lets go of everything that outlives a call. */
  #release(): void {
    this.#executor.end();
    this.#estimator?.restart();
    this.#plan.check.kept?.clear();
  }

  #failed(error: unknown): void {
    this.#release();
    this.#output.stop();
    const calls = [...this.#admission.take(), ...this.#output.takeFlushes()];
    this.#whenReportable(() => {
      for (const call of calls) call.reject(error);
    });
    this.#rejectClose(error);
  }

  #finish(): void {
    if (this.#end.failed) return;
    const [refusal] = this.#refusals ?? [];
    if (refusal !== undefined) return this.#end.fail(refusal.error);
    try {
      this.#endRowGroup();
      this.#executor.push();
      this.#output.end(this.#rowGroupsCut, () => this.#finishOptions());
    } catch (error) {
      this.#end.fail(error);
    }
  }

  #complete(metadata: ParquetMetaData): void {
    // A write that waits for a turn of the event loop alone waits for nothing more.
    for (const call of this.#admission.take()) call.resolve();
    this.#state = "closed";
    this.#release();
    this.#closeWaiter!.resolve(metadata);
    this.#closeWaiter = null;
    this.#progress.report();
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
}
