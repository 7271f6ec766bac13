/**
 * Turns row ranges of Arrow columns into encoded row groups, on the lanes that there are: the caller's thread, workers, or both.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import { SegmentWriter } from "../column/segment_writer.ts";
import type { CodecModules } from "../compression/codec.ts";
import { codecModules } from "../compression/codec_modules.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { WorkerError } from "../util/errors.ts";
import { CallerLane } from "./caller_lane.ts";
import { FINISH_CHUNK, OPEN_CHUNK } from "./control_record.ts";
import type { HostResult } from "./encoder_host.ts";
import type { ExecutorResources } from "./encoder_resources.ts";
import type { Lane } from "./lane.ts";
import { LaneBalance } from "./lane_balance.ts";
import { ExpectedWork } from "./expected_work.ts";
import type { FinishedChunk } from "./messages.ts";
import { type CostModel, placeColumns } from "./placement.ts";
import type { RecordChunk } from "./record_packer.ts";
import { type EncodedRowGroup, RowGroupAssembly } from "./row_group_assembly.ts";
import type { Slab } from "./slab.ts";
import { SmallBatches } from "./small_batches.ts";
import { WorkerLane } from "./worker_lane.ts";
import { WorkerLanes } from "./worker_lanes.ts";
import type { PoolClient, PooledWorker } from "./pooled_worker.ts";
import { nextWriterId } from "./writer_id.ts";

/** Bytes of records that workers are given before the caller's lane encodes its part of the same rows. */
const PIECE_BYTES = 2 * 1024 * 1024;
/**
 * Bytes that a record of a wide table has at least, about: with less, what takes time is that there are so many, and that the column's
 * dictionary has left the cache since the last one. A web log of 100 columns and 130 MB, two lanes on Node 26.10, best of 45 each: zstd 143
 * ms with 16 KiB here and 32 KiB in slices of batches, 116 with 128 KiB in both; snappy 129 and 105.
 */
const RECORD_BYTES = 128 * 1024;

/** How many times the bytes that make workers worth their while a file is expected to have, where it begins with them. */
const EXPECTING = 2;

/** What an executor tells its writer. Events may come during a call of the executor. */
export interface ExecutorEvents {
  /** A row group is complete; row groups come in their order. */
  rowGroup(group: EncodedRowGroup): void;
  /** Memory was freed, or a worker has room. */
  progress(): void;
  /** Nothing more will come. Called once at most. */
  failed(error: Error): void;
  /** There are no workers, although they were wanted: the caller's thread encodes everything. Called once at most. */
  noWorkers?(reason: Error | null): void;
}

interface OpenChunk extends RecordChunk {
  readonly lane: Lane;
}

/** The encoding side of one writer. */
export class Executor implements PoolClient {
  readonly #plans: readonly ColumnPlan[];
  readonly #resources: ExecutorResources;
  readonly #events: ExecutorEvents;
  readonly #costs: CostModel;
  readonly #writer = nextWriterId();
  readonly #caller: CallerLane;
  readonly #workers = new WorkerLanes();
  /** Whether there are workers: not before they are worth their while, never where they cannot be had. */
  #parallel: "undecided" | "yes" | "never";
  /** Whether the row group is too small for workers: it is encoded as it comes, without records that wait for any. */
  #asItComes = false;
  #inUse = 0;
  readonly #balance: LaneBalance;
  #ended = false;
  /** Record bytes of each column in the current row group, and in the one before. */
  #bytes: number[];
  #bytesBefore: number[];
  /** Record bytes of all columns so far. */
  #seenBytes = 0;
  readonly #expected: ExpectedWork;
  /** Chunks of the current row group, those of workers first: they have to be fed before the caller's thread is busy. */
  #open: OpenChunk[] | null = null;
  readonly #rowGroups: RowGroupAssembly;
  readonly #small: SmallBatches;
  #nextChunk = 0;
  /** Bytes of unfinished column chunks, here and with workers. */
  #ownEncoderBytes = 0;
  #encoderBytes: Map<PooledWorker, number> | null = null;

  /** Creates an executor; nothing is started. */
  constructor(
    plans: readonly ColumnPlan[],
    resources: ExecutorResources,
    events: ExecutorEvents,
  ) {
    this.#plans = plans;
    this.#resources = resources;
    this.#events = events;
    this.#costs = resources.costs.of(plans);
    this.#expected = new ExpectedWork(plans, this.#costs);
    this.#rowGroups = new RowGroupAssembly(plans.length);
    this.#bytes = new Array<number>(plans.length).fill(0);
    this.#bytesBefore = new Array<number>(plans.length).fill(0);
    const { parallelism, host, gatheredBytes } = resources;
    this.#small = new SmallBatches(
      plans.length,
      gatheredBytes,
      (columns, from, to) => this.#appendRows(columns, from, to),
    );
    this.#parallel = parallelism === 0 ? "never" : "undecided";
    const setup = {
      writer: this.#writer,
      plans,
      costs: this.#costs,
      host,
      codecs: () => this.#codecs(),
    };
    this.#caller = new CallerLane(setup, {
      encoded: (result) => this.#took(result, null),
      progress: () => this.#events.progress(),
      failed: (error) => this.#fail(error),
    });
    this.#balance = new LaneBalance(this.#costs, () => this.#caller.encodedMilliseconds);
  }

  /** Bytes of records that are not encoded yet. */
  get rawBytes(): number {
    return this.#caller.recordBytes + this.#workers.recordBytes;
  }

  /** Bytes held: small batches, records, unfinished column chunks, and column chunks of row groups not handed out yet. */
  get memoryBytes(): number {
    let bytes = this.#small.byteLength + this.rawBytes + this.#rowGroups.byteLength +
      this.#ownEncoderBytes;
    for (const held of this.#encoderBytes?.values() ?? []) bytes += held;
    return bytes;
  }

  /** Bytes of kernel memory of the threads that encode for this writer, and for others too. */
  get kernelBytes(): number {
    return this.#caller.kernelBytes + (this.#ended ? 0 : this.#workers.kernelBytes);
  }

  /** Workers in use. */
  get workers(): number {
    return this.#inUse;
  }

  /** Whether something is under way: with a worker, or on this thread in its next turn. */
  get busy(): boolean {
    return this.#caller.busy || this.#workers.busy;
  }

  /** Slabs that the workers have. */
  get slabsSent(): number {
    return this.#workers.slabsSent;
  }

  /** Whether every worker has as much in hand as it needs, or this thread owes the event loop a turn. */
  get saturated(): boolean {
    return this.#caller.busy || this.#parallel === "yes" && this.#workers.saturated;
  }

  /** Hears whether the caller is kept from writing more. */
  callerWaits(waits: boolean): void {
    this.#balance.callerWaits(waits);
  }

  /**
   * Hears how many rows the file and its row groups are going to have, about, before the first of them comes.
   *
   * @returns What to wait for, for workers to be started with the first row; `null`: nothing.
   */
  expectRows(rows: number, rowGroupRows: number): Promise<void> | null {
    this.#expected.expectRows(rows, rowGroupRows);
    const { pool, inlineBytes } = this.#resources;
    const guess = this.#expected.guessedBytes;
    const isLarge = guess !== Infinity && guess >= EXPECTING * inlineBytes;
    if (this.#parallel !== "undecided" || !isLarge) return null;
    return pool.load();
  }

  /** Appends rows [from, to) of every column to the current row group, which begins with them if there is none. */
  append(columns: readonly ColumnArray[], from: number, to: number): void {
    if (this.#ended) return;
    const small = this.#small;
    // A file may be a single small batch; and where nobody knows how much it is, its first rows say where it is encoded.
    const mayWait = this.#open !== null || this.#expected.hasMoreThan(small.rows + to - from);
    if (mayWait && small.add(columns, from, to)) {
      // Those before may have failed to be encoded.
      if (this.#ended) small.release();
      return;
    }
    small.flush();
    this.#appendRows(columns, from, to);
  }

  #appendRows(columns: readonly ColumnArray[], from: number, to: number): void {
    if (this.#ended) return;
    const open = this.#open ??= this.#openRowGroup(columns, from, to);
    const alone = this.#parallel === "never" || this.#workers.none;
    if (!this.#workers.none) this.#balance.begin();
    const rows = alone ? to - from : this.#pieceRows(open, columns, from, to);
    for (let at = from; at < to && !this.#ended; at += rows) {
      this.#appendPiece(open, columns, at, Math.min(to, at + rows));
    }
    this.#caller.rest();
  }

  /** Ends the current row group, which has `rows` rows. */
  finishRowGroup(rows: number): void {
    this.#small.flush();
    const open = this.#open;
    if (open === null || this.#ended) return;
    this.#open = null;
    this.#rowGroups.end(rows);
    const before = this.#bytesBefore;
    this.#bytesBefore = this.#bytes;
    this.#bytes = before.fill(0);
    for (const chunk of open) {
      chunk.lane.control(FINISH_CHUNK, chunk);
      if (this.#ended) return;
    }
    this.#workers.feed();
  }

  /** Sees to it that everything appended so far is encoded without more being appended. */
  push(): void {
    try {
      this.#small.flush();
    } catch (error) {
      // There may be no memory.
      return this.#fail(error as Error);
    }
    this.#small.release();
    this.#balance.complete();
    if (this.#parallel !== "yes") return this.#workers.standIn(this.#caller);
    this.#workers.push();
  }

  /** Ends, whatever is under way; everything is freed. Events stop. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#inUse = 0;
    this.#costs.fileBytes = this.#seenBytes;
    if (this.#parallel === "undecided") this.#resources.encodedInline?.(this.#seenBytes);
    this.#caller.end();
    this.#workers.end();
    this.#open = null;
    this.#small.release();
    this.#rowGroups.clear();
    this.#encoderBytes = null;
    this.#ownEncoderBytes = 0;
  }

  // --- row groups and placement ------------------------------------------------------------------------------------

  #openRowGroup(columns: readonly ColumnArray[], from: number, to: number): OpenChunk[] {
    const rowGroup = this.#rowGroups.begin();
    this.#workers.restart();
    const chunks = this.#plans.map((plan, column) => {
      const id = this.#nextChunk = (this.#nextChunk + 1) & 0x7fffffff;
      return { id, column, rowGroup, writer: new SegmentWriter(plan, id) };
    });
    const bytes = this.#expect(chunks, columns, from, to);
    if (this.#parallel !== "never" && !this.#asItComes) this.#makeLanes();
    const lanes = this.#place(bytes);
    const open = chunks.map((chunk, i) => ({ ...chunk, lane: lanes[i]! }));
    if (!this.#workers.none) {
      open.sort((a, b) => Number(a.lane === this.#caller) - Number(b.lane === this.#caller));
    }
    for (const chunk of open) chunk.lane.control(OPEN_CHUNK, chunk);
    return open;
  }

  /**
   * What is to be expected of the row group, by the one before or by its first rows; turns to workers where that says so.
   *
   * @returns Bytes of the records of each column; `null`: they do not matter.
   */
  #expect(
    chunks: readonly RecordChunk[],
    columns: readonly ColumnArray[],
    from: number,
    to: number,
  ): readonly number[] | null {
    this.#asItComes = false;
    if (this.#parallel === "never") return null;
    const { inlineBytes, inlineMilliseconds } = this.#resources;
    const expected = this.#expected;
    const undecided = this.#parallel === "undecided";
    const isFirst = chunks[0]!.rowGroup === 0;
    const rows = to - from;
    const groupBytes = isFirst
      ? expected.ofRowGroup(this.#recordBytes(chunks, columns, from, to), rows)
      : sum(this.#bytesBefore);
    const fileBytes = expected.ofFile(groupBytes);
    if (undecided && fileBytes < inlineBytes) {
      this.#asItComes = true;
      return null;
    }
    const seen = isFirst
      ? chunks.map((chunk) => this.#recordBytes([chunk], columns, from, to))
      : this.#bytesBefore;
    const bytes = isFirst ? seen.map((one) => expected.ofRowGroup(one, rows)) : seen;
    if (isFirst) expected.look(seen, columns, from, to);
    if (!undecided) return bytes;
    if (expected.ofFile(expected.milliseconds(bytes)) < inlineMilliseconds) this.#asItComes = true;
    else this.#decide(fileBytes === Infinity ? this.#costs.fileBytes : fileBytes);
    return bytes;
  }

  /** Bytes of the records of rows [from, to). */
  #recordBytes(
    chunks: readonly RecordChunk[],
    columns: readonly ColumnArray[],
    from: number,
    to: number,
  ): number {
    let bytes = 0;
    for (const { column, writer } of chunks) {
      bytes += writer.byteLength(columns[this.#plans[column]!.field]!, from, to);
    }
    return bytes;
  }

  #makeLanes(): void {
    const { parallelism, depth, waitingBytes } = this.#resources;
    const each = waitingBytes / parallelism;
    this.#workers.make(
      parallelism,
      () => new WorkerLane(this.#writer, this.#costs, depth, each),
    );
  }

  /** The lane of each column chunk, whose records are expected to have so many bytes. */
  #place(bytes: readonly number[] | null): Lane[] {
    const workers = this.#parallel === "never" ? [] : this.#workers.all;
    const shares = workers.length === 0 || this.#resources.callerShares;
    const lanes: readonly Lane[] = shares ? [this.#caller, ...workers] : workers;
    if (bytes === null || lanes.length === 1) return this.#plans.map(() => lanes[0]!);
    const model = this.#costs;
    this.#balance.settle(false);
    const loads = lanes.map(({ milliseconds }) => milliseconds);
    if (shares) loads[0]! += model.checking.of(sum(bytes));
    const costs = bytes.map((bytes, column) => {
      const encoding = model.milliseconds(column, bytes);
      return {
        own: encoding + model.filling.of(bytes),
        worker: encoding * model.workerFactor,
        handing: model.handing.of(bytes),
      };
    });
    return placeColumns(costs, loads, shares).map((lane) => lanes[lane]!);
  }

  // --- records -----------------------------------------------------------------------------------------------------

  /** Rows after which the lanes take turns. */
  #pieceRows(
    open: readonly OpenChunk[],
    columns: readonly ColumnArray[],
    from: number,
    to: number,
  ): number {
    const bytes = this.#recordBytes(open, columns, from, to);
    const piece = Math.max(PIECE_BYTES, open.length * RECORD_BYTES);
    return Math.max(1, Math.floor((to - from) / Math.max(1, bytes / piece)));
  }

  #appendPiece(
    open: readonly OpenChunk[],
    columns: readonly ColumnArray[],
    from: number,
    to: number,
  ): void {
    const balance = this.#workers.none ? null : this.#balance;
    let handedBytes = 0, filledBytes = 0;
    balance?.handing();
    let handing = true;
    for (const chunk of open) {
      const own = chunk.lane === this.#caller;
      if (own && handing) {
        handing = false;
        this.#workers.feed();
        balance?.filling();
      }
      const bytes = chunk.lane.append(chunk, columns[this.#plans[chunk.column]!.field]!, from, to);
      this.#bytes[chunk.column]! += bytes;
      this.#seenBytes += bytes;
      if (own) filledBytes += bytes;
      else handedBytes += bytes;
      if (this.#ended) return;
    }
    balance?.written(handedBytes, filledBytes);
    if (this.#parallel === "undecided" && !this.#asItComes) this.#decide();
    this.#workers.feed();
  }

  /** Turns to workers where they are worth their while now, or will be in a file of so many bytes. */
  #decide(expectedBytes = 0): void {
    const { pool, parallelism, modules, inlineBytes } = this.#resources;
    if (this.#seenBytes < inlineBytes && expectedBytes < EXPECTING * inlineBytes) return;
    // What the caller's thread has begun to encode for a worker's lane ends there.
    if (this.#workers.standsIn) return;
    const workers = pool.acquire(parallelism, modules());
    if (workers.length === 0) return this.#doWithout(pool.refusal);
    this.#parallel = "yes";
    this.#makeLanes();
    this.#inUse = Math.min(workers.length, this.#workers.all.length);
    const codecs = this.#codecs();
    for (const worker of workers) worker.open(this.#writer, this.#plans, codecs, this);
    this.#workers.start(workers);
  }

  /** There are no workers: goes on without. */
  #doWithout(reason: Error | null): void {
    this.#parallel = "never";
    this.#inUse = 0;
    this.#workers.standIn(this.#caller);
    if (!this.#ended) this.#events.noWorkers?.(reason);
  }

  // --- what comes back ---------------------------------------------------------------------------------------------

  /** {@linkcode PoolClient}. */
  done(
    worker: PooledWorker,
    slab: Slab,
    memoryBytes: number,
    milliseconds: number,
    chunks: readonly FinishedChunk[],
  ): void {
    if (this.#ended) return;
    this.#workers.done(slab);
    const encoded = chunks.reduce((sum, chunk) => sum + chunk.milliseconds, 0);
    this.#balance.worked(milliseconds, encoded);
    this.#took({ memoryBytes, chunks: chunks as FinishedChunk[] }, worker);
    if (this.#ended) return;
    this.#workers.feed();
    this.#events.progress();
  }

  /** {@linkcode PoolClient}. */
  failed(_worker: PooledWorker, error: Error): void {
    this.#fail(error);
  }

  /** {@linkcode PoolClient}. */
  lost(worker: PooledWorker, error: Error): void {
    const slab = this.#workers.oldestOf(worker);
    const column = this.#plans[slab?.column ?? -1]?.arrowPath ?? "";
    const details = { rowGroup: slab?.rowGroup ?? -1, column, cause: error };
    this.#fail(
      new WorkerError(`Cannot encode: an encoder worker was lost: ${error.message}`, details),
    );
  }

  /** {@linkcode PoolClient}. What the worker was to encode is given to the others, or encoded here. */
  notStarted(worker: PooledWorker, error: Error): void {
    if (this.#ended) return;
    this.#inUse = this.#workers.takeBack(worker);
    if (this.#inUse === 0) this.#doWithout(error);
    if (!this.#ended) this.#events.progress();
  }

  #fail(error: Error): void {
    if (this.#ended) return;
    this.end();
    this.#events.failed(error);
  }

  #took({ memoryBytes, chunks }: HostResult, worker: PooledWorker | null): void {
    if (worker === null) this.#ownEncoderBytes = memoryBytes;
    else (this.#encoderBytes ??= new Map()).set(worker, memoryBytes);
    if (chunks.length === 0) return;
    for (const { rowGroup, chunk, milliseconds, recordBytes } of chunks) {
      this.#costs.learn(chunk.column, recordBytes, milliseconds);
      this.#rowGroups.add(rowGroup, chunk);
    }
    for (let group = this.#rowGroups.take(); group !== null; group = this.#rowGroups.take()) {
      this.#events.rowGroup(group);
    }
    if (this.#rowGroups.empty && this.#open === null) this.#balance.settle(true);
  }

  #codecs(): CodecModules {
    return codecModules(this.#plans.map(({ properties }) => properties));
  }
}

function sum(numbers: readonly number[]): number {
  let all = 0;
  for (const one of numbers) all += one;
  return all;
}
