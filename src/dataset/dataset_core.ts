/**
 * A dataset that is being written: what is given, how it ends, and what its callers hear.
 *
 * What a call gives is cut by partitions before it returns. Where every part has a file that is open, or may be opened, it goes there at
 * once; else it is copied and waits until a file has ended.
 *
 * @module
 */

import type { ColumnBatch } from "../arrow/column_array.ts";
import { type CopiedDictionaries, copyRows, hasDictionary } from "../arrow/copy_range.ts";
import type { BatchTarget } from "../pipeline/batch_writer.ts";
import { Call } from "../pipeline/call.ts";
import { DONE } from "../pipeline/writer_core.ts";
import { clearTimer, now, setTimer, type Timer } from "../runtime/clock.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import type { Store } from "../store/store.ts";
import { AbortError, messageOf, WriterStateError } from "../util/errors.ts";
import { ignore } from "../util/thenable.ts";
import type { DataFile } from "./data_file.ts";
import type { ResolvedDatasetOptions } from "./dataset_options.ts";
import { FileSet } from "./file_set.ts";
import type { OpenFile } from "./open_file.ts";
import type { PartitionRows, PartitionSplitter } from "./partition_splitter.ts";

/** How often the age of files is looked at, within the age that they may have. */
const AGE_STEPS = 8;
/** Part of the budget beyond which the largest file ends its row group. */
const FLUSH_SHARE = 0.75;

/** What waits until a file may be opened for it. */
interface Waiting {
  readonly parts: readonly PartitionRows[];
  readonly byteLength: number;
  readonly call: Call<void>;
}

/** Takes batches for many files. */
export class DatasetCore implements BatchTarget {
  readonly #splitter: PartitionSplitter;
  readonly #options: ResolvedDatasetOptions;
  readonly #files: FileSet;
  #queue: Waiting[] = [];
  #queuedBytes = 0;
  #draining: Promise<void> | null = null;
  #state: "open" | "closing" | "closed" | "failed" = "open";
  #failure: unknown = undefined;
  #told = false;
  readonly #refusals = new Set<{ readonly error: unknown }>();
  readonly #onFailure = new Set<(error: unknown) => void>();
  #close: Promise<DataFile[]> | null = null;
  #aborting: Promise<void> | null = null;
  #ageTimer: Timer | undefined;
  readonly #stopSignal: () => void;

  /** Nothing is written yet. */
  constructor(
    store: () => Promise<Store>,
    splitter: PartitionSplitter,
    options: ResolvedDatasetOptions,
  ) {
    this.#splitter = splitter;
    this.#options = options;
    this.#files = new FileSet({
      store,
      schema: splitter.schema,
      options,
      fail: (error) => this.fail(error),
      hasFailed: () => this.#state === "failed",
    });
    const { signal } = options.options;
    const onAbort = () => this.fail(abortError(signal?.reason));
    this.#stopSignal = () => signal?.removeEventListener("abort", onAbort);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  }

  /** {@linkcode WriterCore.state} */
  get state(): "open" | "closing" | "closed" | "failed" {
    return this.#state;
  }

  /** Files that have ended. */
  get files(): readonly DataFile[] {
    return this.#files.done;
  }

  /** Bytes that open files, files that wait to be published, and rows that wait for a file hold. */
  get memorySize(): number {
    return this.#queuedBytes + this.#files.heldBytes + this.#files.kernelBytes;
  }

  /** Rows of row groups in progress. */
  get inProgressRows(): number {
    return this.#files.open.reduce((rows, { core }) => rows + core.inProgressRows, 0);
  }

  /** {@linkcode WriterCore.progress}, of all files. */
  get progress(): WriterProgress {
    return this.#files.progress;
  }

  /** {@linkcode WriterCore.assertOpen} */
  assertOpen(): void {
    const error = this.#stateError("write");
    if (error !== null) throw error;
  }

  /** Hears how many rows the dataset is going to have, about, before the first of them comes. */
  expectRows(rows: number): void {
    this.#files.expectRows(rows);
  }

  /** {@linkcode WriterCore.append} */
  append(...batches: readonly ColumnBatch[]): Promise<void> {
    let parts: PartitionRows[];
    try {
      this.assertOpen();
    } catch (error) {
      return this.refuse(error);
    }
    try {
      parts = batches.length === 1
        ? this.#splitter.split(batches[0]!)
        : batches.flatMap((batch) => this.#splitter.split(batch));
    } catch (error) {
      // Rows of other calls may be among them, which were accepted before.
      this.fail(error);
      return this.#rejection(error);
    }
    const pending: Promise<void>[] = [];
    if (this.#queue.length === 0 && this.#draining === null && this.#files.fits(parts)) {
      parts = this.#appendNow(parts, pending);
    }
    if (this.#state === "failed") return this.#rejection(this.#failure);
    if (parts.length > 0) pending.push(this.#enqueue(parts));
    return pending.length === 0
      ? DONE
      : pending.length === 1
      ? pending[0]!
      : Promise.all(pending).then(ignore);
  }

  /** What has to wait for a file, in memory of its own. */
  #enqueue(parts: readonly PartitionRows[]): Promise<void> {
    const copied: CopiedDictionaries = new Map();
    const owned = parts.map((part) => inOwnMemory(part, copied));
    const byteLength = owned.reduce((sum, { batch }) => sum + batch.byteLength, 0);
    const call = this.#newCall<void>();
    this.#queue.push({ parts: owned, byteLength, call });
    this.#queuedBytes += byteLength;
    this.#draining ??= this.#drain();
    return call.promise;
  }

  /** {@linkcode WriterCore.refuse} */
  refuse(error: unknown): Promise<never> {
    const refusal = { error };
    if (this.#state === "open") this.#refusals.add(refusal);
    const call = new Call<never>(() => this.#refusals.delete(refusal));
    call.reject(error);
    return call.promise;
  }

  /** {@linkcode WriterCore.call} */
  call(running: Promise<void>): Promise<void> {
    const entry = { error: undefined as unknown };
    const call = new Call<void>(() => {
      this.#refusals.delete(entry);
      this.#told ||= this.#state === "failed";
    });
    running.then(() => call.resolve(), (error) => {
      entry.error = error;
      this.#refusals.add(entry);
      call.reject(error);
    });
    return call.promise;
  }

  /** {@linkcode WriterCore.fail} */
  fail(error: unknown): void {
    if (this.#state === "failed" || this.#state === "closed") return;
    this.#state = "failed";
    this.#failure = error;
    this.#release();
    this.#aborting = this.#files.abort(error);
    this.#aborting.catch(ignore);
    const waiting = this.#queue.splice(0);
    this.#queuedBytes = 0;
    for (const { call } of waiting) call.reject(error);
    for (const callback of [...this.#onFailure]) callback(error);
  }

  /** {@linkcode WriterCore.onFailure} */
  onFailure(callback: (error: unknown) => void): void {
    if (this.#state === "failed") callback(this.#failure);
    else this.#onFailure.add(callback);
  }

  /** Ends all files that are open. Resolves when they are complete. */
  flush(): Promise<void> {
    const error = this.#stateError("flush");
    if (error !== null) return this.#rejection(error);
    const call = this.#newCall<void>();
    this.#settle().then(() => call.resolve(), (error) => call.reject(error));
    return call.promise;
  }

  /** Ends all files and publishes them. Called again, it returns the same promise. */
  close(): Promise<DataFile[]> {
    return this.#close ??= this.#closeAll();
  }

  /** {@linkcode WriterCore.abort} */
  async abort(reason?: unknown): Promise<void> {
    if (this.#state === "closed") return;
    if (this.#state !== "failed") {
      this.#told = true;
      this.fail(abortError(reason));
    }
    await this.#aborting;
  }

  // --- rows ----------------------------------------------------------------------------------------------------------

  /**
   * Appends parts whose files are open, or may be opened.
   *
   * @param pending Gets what to wait for before more comes.
   * @returns What has to wait.
   */
  #appendNow(parts: readonly PartitionRows[], pending: Promise<void>[]): PartitionRows[] {
    try {
      for (const [i, part] of parts.entries()) {
        const rest = this.#appendPart(part, pending);
        if (rest !== null) return [rest, ...parts.slice(i + 1)];
      }
      const room = this.#makeRoom();
      if (room !== null) pending.push(room);
      // Who waits finds a file that may be opened, and what comes next need not be copied.
      if (this.#files.isClosingMany) pending.push(this.#files.closeOne());
    } catch (error) {
      this.fail(error);
    }
    return [];
  }

  /** Returns what has to wait until files have ended, or until it is known how large rows are in a file; `null`: nothing. */
  #appendPart(part: PartitionRows, pending: Promise<void>[]): PartitionRows | null {
    const files = this.#files;
    for (let from = part.from; from < part.to && this.#state !== "failed";) {
      // One call may have rows for any number of files.
      const isNew = files.find(part.partition) === undefined;
      if (isNew && files.isClosingMany) return { ...part, from };
      const file = files.fileOf(part.partition);
      if (files.hasToLearn(file)) return { ...part, from };
      const to = Math.min(part.to, from + files.rowsLeft(file, part));
      const appended = file.append(part, from, to);
      if (appended !== DONE) pending.push(this.#watched(appended));
      from = to;
      if (files.isFull(file)) files.roll(file);
    }
    return null;
  }

  /** A promise of a file; a failure of the file is one of the dataset. */
  #watched(promise: Promise<void>): Promise<void> {
    return promise.catch((error) => {
      this.fail(error);
      throw this.#failure;
    });
  }

  /**
   * Sees to it that no row waits longer than `maxFileAgeMs` for the end of its file, as long as there is one that waits. To be called
   * when rows have come.
   *
   * @param handOver Appends rows that gather until they make a batch.
   */
  watchAge(handOver: () => void): void {
    const { maxFileAgeMs } = this.#options;
    if (maxFileAgeMs === null || this.#ageTimer !== undefined || this.#state !== "open") return;
    this.#ageTimer = setTimer(() => {
      this.#ageTimer = undefined;
      if (this.#state !== "open") return;
      handOver();
      // Rows may have gathered for one step before the file began, and wait for another one now.
      const due = now() - maxFileAgeMs * (1 - 2 / AGE_STEPS);
      for (const file of this.#files.open) if (file.since <= due) this.#files.roll(file);
      if (this.#files.open.length > 0 || this.#queue.length > 0) this.watchAge(handOver);
    }, Math.ceil(maxFileAgeMs / AGE_STEPS));
  }

  /** What to wait for until there is room in the budget for more; `null`: nothing. */
  #makeRoom(): Promise<void> | null {
    if (this.#files.openCount < 2) return null;
    const { memoryBudget } = this.#options.options;
    if (this.#queuedBytes + this.#files.heldBytes <= memoryBudget * FLUSH_SHARE) return null;
    let largest: OpenFile | null = null;
    for (const file of this.#files.open) {
      if (largest === null || file.core.heldBytes > largest.core.heldBytes) largest = file;
    }
    return this.#watched(largest!.core.flush());
  }

  async #drain(): Promise<void> {
    // Those who come while this runs are to queue up.
    await null;
    while (this.#queue.length > 0 && this.#state !== "failed") {
      const { parts, byteLength, call } = this.#queue.shift()!;
      try {
        for (const part of parts) await this.#appendInTurn(part);
        call.resolve();
      } catch (error) {
        this.fail(error);
        call.reject(this.#failure);
      }
      this.#queuedBytes -= byteLength;
    }
    this.#draining = null;
  }

  async #appendInTurn(part: PartitionRows): Promise<void> {
    for (let rest: PartitionRows[] = [part]; rest.length > 0;) {
      await this.#makeFit(rest[0]!);
      const pending: Promise<void>[] = [];
      rest = this.#appendNow(rest, pending);
      await Promise.all(pending);
      this.#throwIfFailed();
    }
  }

  /** Waits until a part may be appended: until its file may be opened, and it is known whether it is full. */
  async #makeFit(part: PartitionRows): Promise<void> {
    const files = this.#files;
    while (!files.fits([part])) {
      await files.makeRoom();
      this.#throwIfFailed();
    }
    const file = files.find(part.partition);
    if (file === undefined || !files.hasToLearn(file)) return;
    // The row group ends early, and shows what rows take.
    await this.#watched(file.core.flush());
    if (files.isFull(file)) files.roll(file);
  }

  // --- ends ----------------------------------------------------------------------------------------------------------

  /** Ends all files, after what waits for one. */
  async #settle(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
    await this.#files.rollAll();
    this.#throwIfFailed();
  }

  async #closeAll(): Promise<DataFile[]> {
    const error = this.#stateError("close");
    if (error !== null) return this.#rejection(error);
    // `await` listens to a promise in a later microtask: a refusal counts as unheard when its caller had the time.
    if (this.#refusals.size > 0) await new Promise<void>((resolve) => setTimer(resolve, 0));
    const [refusal] = this.#refusals;
    if (refusal !== undefined) this.fail(refusal.error);
    else if (this.#state === "open") this.#state = "closing";
    try {
      await this.#settle();
      await this.#files.publish();
      this.#throwIfFailed();
    } catch (error) {
      this.fail(error);
      this.#told = true;
      await this.#aborting?.catch(ignore);
      throw this.#failure;
    }
    this.#state = "closed";
    this.#release();
    return this.#files.done.toSorted((a, b) => a.path < b.path ? -1 : 1);
  }

  #release(): void {
    clearTimer(this.#ageTimer);
    this.#ageTimer = undefined;
    this.#stopSignal();
    this.#onFailure.clear();
  }

  #throwIfFailed(): void {
    if (this.#state === "failed") throw this.#failure;
  }

  #stateError(what: string): unknown {
    if (this.#state === "failed") {
      if (!this.#told) return this.#failure;
      return new WriterStateError(`Cannot ${what}: the dataset has failed`, {
        cause: this.#failure,
      });
    }
    if (this.#state === "open") return null;
    return new WriterStateError(`Cannot ${what}: the dataset is ${this.#state}`);
  }

  #newCall<T>(): Call<T> {
    return new Call<T>(() => this.#told ||= this.#state === "failed");
  }

  #rejection(error: unknown): Promise<never> {
    const call = this.#newCall<never>();
    const report = () => call.reject(error);
    if (this.#aborting === null) report();
    else this.#aborting.then(report, report);
    return call.promise;
  }
}

function abortError(reason: unknown): AbortError {
  if (reason instanceof AbortError) return reason;
  const text = reason === undefined ? "" : `: ${messageOf(reason)}`;
  return new AbortError(`The dataset was aborted${text}`, { cause: reason });
}

/** Rows that were gathered still refer to the caller's dictionaries. */
function inOwnMemory(part: PartitionRows, copied: CopiedDictionaries): PartitionRows {
  const { batch, from, to, owned } = part;
  if (owned && !batch.columns.some(hasDictionary)) return part;
  return { ...part, batch: copyRows(batch, from, to, copied), from: 0, to: to - from, owned: true };
}
