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
import { type EncodedRowGroup, Executor, type ExecutorResources } from "../executor/executor.ts";
import { FileLayout, type FinishOptions } from "../file/file_writer.ts";
import type { ParquetMetaData, RowGroup } from "../format/metadata.ts";
import { RowGroupCutter } from "../row_group/row_group_cutter.ts";
import { afterTurn } from "../runtime/turn.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import { CoalescingSink } from "../sink/coalescing_sink.ts";
import { MemorySink } from "../sink/memory_sink.ts";
import { NullSink } from "../sink/null_sink.ts";
import type { Sink } from "../sink/sink.ts";
import { SinkGuard } from "../sink/sink_guard.ts";
import { AbortError, WriterStateError } from "../util/errors.ts";
import type { WriterPlan } from "./writer_plan.ts";

/** Slabs that may be on their way before the event loop gets a turn, so that finished ones come back to be used again. */
const SLABS_PER_TURN = 8;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

interface FlushWaiter extends Waiter {
  /** Number of row groups that the sink must have accepted. */
  readonly rowGroups: number;
}

/** Writes one file. */
export class WriterCore {
  readonly #plan: WriterPlan;
  readonly #guard: SinkGuard;
  readonly #sink: Sink;
  readonly #coalescing: CoalescingSink | null;
  readonly #executor: Executor;
  readonly #layout: FileLayout;
  readonly #cutter: RowGroupCutter;
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

  readonly #output: EncodedRowGroup[] = [];
  #outputBytes = 0;
  #pumping = false;
  #rowGroupsCut = 0;
  #bytesWritten = 0;
  #rowsAccepted = 0;
  #rowsCut = 0;
  /** Arrow bytes of the row groups that were cut and are not encoded yet. */
  readonly #arrowBytes: number[] = [];
  #admissions: Waiter[] = [];
  #flushes: FlushWaiter[] = [];
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
    this.#guard = new SinkGuard(sink, options.sinkTimeoutMs);
    // Sinks in memory have nothing to win from larger chunks.
    const coalesce = !(sink instanceof MemorySink || sink instanceof NullSink);
    this.#coalescing = coalesce ? new CoalescingSink(this.#guard) : null;
    this.#sink = this.#coalescing ?? this.#guard;
    this.#layout = new FileLayout(schema.elements, { columnOrders: schema.columnOrders });
    this.#cutter = new RowGroupCutter(
      options.maxRowGroupRowCount,
      options.maxRowGroupBytes ?? Math.max(1, Math.floor(options.memoryBudget / 2)),
    );
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

  /** Bytes that records, encoders, encoded row groups, and indexes kept for the end of the file hold. */
  get memorySize(): number {
    return this.#budgetBytes + this.#layout.pendingBytes;
  }

  /** Expected encoded size of the row group in progress: its Arrow bytes, at the ratio of the last row group. */
  get inProgressSize(): number {
    return Math.ceil(this.#cutter.bytes * this.#ratio);
  }

  /** Rows of the row group in progress. */
  get inProgressRows(): number {
    return this.#cutter.rows;
  }

  /** Bytes that the sink was given and has taken, or gathers. */
  get bytesWritten(): number {
    return this.#bytesWritten;
  }

  /** Row groups that were handed to the sink. */
  get flushedRowGroups(): readonly RowGroup[] {
    return this.#layout.rowGroups;
  }

  /** How far the writer has come. */
  get progress(): WriterProgress {
    const rowsWritten = this.#layout.numRows;
    return {
      bufferedRows: this.#cutter.rows,
      encodingRows: this.#rowsCut - rowsWritten,
      rowsWritten,
      bytesWritten: this.#bytesWritten,
      rowGroupsWritten: this.#layout.rowGroups.length,
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
   * @returns A promise that resolves when the budget has room for more.
   */
  append(batch: ColumnBatch): Promise<void> {
    const error = this.#stateError("write");
    if (error !== null) return Promise.reject(error);
    const { columns, numRows } = batch;
    try {
      let from = 0;
      while (from < numRows && this.#state === "open") {
        const { to, full } = this.#cutter.take(columns, from, numRows);
        this.#rowsAccepted += to - from;
        this.#executor.append(columns, from, to);
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
    return this.#wait(this.#admissions);
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
      this.#executor.push();
    } catch (error) {
      this.#fail(error);
    }
    if (this.#isFailed()) return this.#rejectHandled();
    const rowGroups = this.#rowGroupsCut;
    const waiting = this.#wait(this.#flushes, { rowGroups });
    this.#pump();
    return waiting;
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
      this.#pump();
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
    this.#output.length = 0;
    this.#outputBytes = 0;
    this.#termination = terminate(this.#sink, error);
    // Whoever calls `abort` hears of it; a second report to nobody would end the process.
    this.#termination.catch(() => {});
    const waiters: Waiter[] = [...this.#admissions, ...this.#flushes];
    this.#admissions = [];
    this.#flushes = [];
    if (waiters.length > 0 || this.#closeWaiter !== null) this.#reported = true;
    for (const waiter of waiters) waiter.reject(error);
    this.#closeWaiter?.reject(error);
    this.#closeWaiter = null;
    this.#failureCallback?.(error);
  }

  /** Lets go of everything that outlives a call. */
  #release(): void {
    this.#executor.end();
    this.#guard.release();
    this.#plan.options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** The failure came during the call: its own promise reports it. */
  #rejectHandled(): Promise<never> {
    this.#reported = true;
    const rejected = Promise.reject(this.#failure);
    rejected.catch(() => {});
    return rejected;
  }

  /**
   * A promise that is settled by a list's owner. It may be left alone: when it rejects the writer has failed, and whoever
   * closes the writer hears of that.
   */
  #wait<Extra>(list: (Waiter & Extra)[], extra?: Extra): Promise<void> {
    const promise = new Promise<void>((resolve, reject) => {
      list.push({ resolve, reject, ...extra } as Waiter & Extra);
    });
    promise.catch(() => {});
    return promise;
  }

  // --- budget ------------------------------------------------------------------------------------------------------

  /** Bytes that the budget is for: those that go away when workers and sink get on. */
  get #budgetBytes(): number {
    return this.#executor.memoryBytes + this.#outputBytes;
  }

  #admissible(): boolean {
    const executor = this.#executor;
    if (this.#budgetBytes > this.#plan.options.memoryBudget) {
      // What was begun but not sent helps nobody.
      if (!executor.busy) executor.push();
      // With nothing under way there is nothing to wait for: the row group in progress alone is over the budget.
      return !executor.busy && this.#output.length === 0 && !this.#pumping;
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
    this.#output.push(group);
    this.#outputBytes += group.byteLength;
    this.#pump();
  }

  // --- the sink ----------------------------------------------------------------------------------------------------

  /** Takes finished row groups to the sink, one after another. Runs without a pause while the sink needs none. */
  #pump(): void {
    if (this.#pumping || this.#state === "failed" || this.#state === "closed") return;
    this.#pumping = true;
    this.#drain().then(
      () => {
        this.#pumping = false;
        this.#settleAdmissions();
        // More may have come since the last look.
        if (this.#hasOutput()) this.#pump();
      },
      (error) => {
        this.#pumping = false;
        this.#fail(error);
      },
    );
  }

  #hasOutput(): boolean {
    return this.#output.length > 0 || this.#flushes.some((waiter) => this.#isFlushed(waiter)) ||
      this.#state === "closing" && this.#isComplete();
  }

  #isFlushed({ rowGroups }: FlushWaiter): boolean {
    return this.#layout.rowGroups.length >= rowGroups && this.#output.length === 0;
  }

  #isComplete(): boolean {
    return this.#layout.rowGroups.length === this.#rowGroupsCut && this.#output.length === 0;
  }

  async #drain(): Promise<void> {
    while (this.#output.length > 0) {
      const group = this.#output[0]!;
      if (this.#bytesWritten === 0) {
        const pending = this.#write(this.#layout.start());
        if (pending !== undefined) await pending;
        if (this.#isFailed()) return;
      }
      for (const part of this.#layout.addRowGroup(group.chunks, group.rows)) {
        if (part.length === 0) continue;
        const pending = this.#write(part);
        if (pending !== undefined) await pending;
        if (this.#isFailed()) return;
        this.#outputBytes -= part.length;
        if (this.#admissions.length > 0) this.#settleAdmissions();
      }
      this.#output.shift();
      this.#reportProgress();
    }
    await this.#settleFlushes();
    if (this.#state === "closing" && this.#isComplete()) await this.#finish();
  }

  #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    const { length } = bytes;
    const pending = this.#sink.write(bytes);
    if (pending === undefined) {
      this.#bytesWritten += length;
      return undefined;
    }
    return (pending as Promise<void>).then(() => {
      this.#bytesWritten += length;
    });
  }

  async #settleFlushes(): Promise<void> {
    if (this.#flushes.length === 0 || !this.#flushes.some((waiter) => this.#isFlushed(waiter))) {
      return;
    }
    await this.#coalescing?.flush();
    if (this.#isFailed()) return;
    const settled = this.#flushes.filter((waiter) => this.#isFlushed(waiter));
    this.#flushes = this.#flushes.filter((waiter) => !settled.includes(waiter));
    for (const waiter of settled) waiter.resolve();
  }

  async #finish(): Promise<void> {
    if (this.#bytesWritten === 0) {
      const pending = this.#write(this.#layout.start());
      if (pending !== undefined) await pending;
    }
    if (this.#isFailed()) return;
    const { bytes, metadata } = this.#layout.finish(this.#finishOptions());
    const pending = this.#write(bytes);
    if (pending !== undefined) await pending;
    if (this.#isFailed()) return;
    const commit = this.#sink.close();
    if (commit !== undefined) await commit;
    if (this.#isFailed()) return;
    this.#state = "closed";
    this.#release();
    this.#closeWaiter!.resolve(metadata);
    this.#closeWaiter = null;
    this.#reportProgress();
  }

  #finishOptions(): FinishOptions {
    return {
      keyValueMetadata: this.#plan.keyValueMetadata.keyValues(),
      createdBy: this.#plan.options.createdBy,
      rowsAccepted: this.#rowsAccepted,
      bytesAccepted: this.#bytesWritten,
    };
  }

  #reportProgress(): void {
    this.#plan.options.onProgress?.(this.progress);
  }
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

async function terminate(sink: Sink, reason: unknown): Promise<void> {
  // The other end of a stream sees the reason as the caller gave it.
  await sink.abort(
    reason instanceof AbortError && reason.cause !== undefined ? reason.cause : reason,
  );
}
