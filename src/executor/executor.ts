/**
 * Turns row ranges of Arrow columns into encoded row groups, inline or in workers.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import { SegmentWriter } from "../column/segment_writer.ts";
import { codecModules } from "../compression/load_zstd.ts";
import type { CodecModules } from "../compression/codec.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { WorkerError } from "../util/errors.ts";
import {
  CONTROL_RECORD_BYTES,
  FINISH_CHUNK,
  OPEN_CHUNK,
  writeControlRecord,
} from "./control_record.ts";
import type { HostResult } from "./encoder_host.ts";
import type { ExecutorResources } from "./encoder_resources.ts";
import { InlineEncoding } from "./inline_encoding.ts";
import type { FinishedChunk } from "./messages.ts";
import { CostModel, placeColumns } from "./placement.ts";
import { type EncodedRowGroup, RowGroupAssembly } from "./row_group_assembly.ts";
import { recycle, Slab } from "./slab.ts";
import type { PoolClient, PooledWorker } from "./worker_pool.ts";
import { nextWriterId } from "./writer_id.ts";

/** An idle worker gets a slab that is only begun, once it holds this many bytes. */
const WORTH_SENDING = 64 * 1024;
/** A range is not cut in two to fill less than this many bytes at the end of a slab. */
const WORTH_FILLING = 16 * 1024;
/** Bytes of records written straight into kernel memory, when there are no workers: what stays in cache. */
const INLINE_WINDOW = 256 * 1024;

/** What an executor tells its writer. Events may come during a call of the executor. */
export interface ExecutorEvents {
  /** A row group is complete; row groups come in their order. */
  rowGroup(group: EncodedRowGroup): void;
  /** Memory was freed, or a worker has room. */
  progress(): void;
  /** Nothing more will come. Called once at most. */
  failed(error: Error): void;
}

interface ChunkState {
  readonly id: number;
  readonly column: number;
  readonly writer: SegmentWriter;
  readonly lane: number;
}

interface Lane {
  slab: Slab | null;
  /** Slabs that the worker has, oldest first. */
  readonly sent: Slab[];
  worker: PooledWorker | null;
  /** Expected milliseconds of all slabs not encoded yet. */
  load: number;
}

/** The encoding side of one writer. */
export class Executor implements PoolClient {
  readonly #plans: readonly ColumnPlan[];
  readonly #resources: ExecutorResources;
  readonly #events: ExecutorEvents;
  readonly #costs: CostModel;
  readonly #writer = nextWriterId();
  readonly #lanes: Lane[];
  /** Record bytes of each column in the current row group, and in the one before. */
  #bytes: Float64Array;
  #bytesBefore: Float64Array;
  #mode: "inline" | "undecided" | "parallel" | "ended";
  readonly #inline: InlineEncoding;
  /** Where records wait that cannot be encoded on this thread before its next turn. */
  readonly #inlineLane: Lane = { slab: null, sent: [], worker: null, load: 0 };
  /** Whether the current row group was begun on this thread, where it must end then. */
  #inlineRowGroup = false;
  /** Slabs held back while the mode is undecided, in order. */
  #held: { lane: Lane; slab: Slab }[] = [];
  #seenBytes = 0;
  #open: ChunkState[] | null = null;
  readonly #rowGroups: RowGroupAssembly;
  #nextChunk = 0;
  #sentSlabs = 0;
  #workers = 0;
  #workersDenied = false;
  #rawBytes = 0;
  readonly #workerBytes = new Map<PooledWorker | null, number>();

  /** Creates an executor; nothing is started. */
  constructor(
    plans: readonly ColumnPlan[],
    resources: ExecutorResources,
    events: ExecutorEvents,
  ) {
    this.#plans = plans;
    this.#resources = resources;
    this.#events = events;
    this.#costs = new CostModel(plans);
    this.#rowGroups = new RowGroupAssembly(plans.length);
    this.#bytes = new Float64Array(plans.length);
    this.#bytesBefore = new Float64Array(plans.length);
    this.#mode = resources.parallelism === 0 ? "inline" : "undecided";
    this.#inline = new InlineEncoding(
      this.#writer,
      plans,
      resources.host,
      () => this.#codecs(),
      {
        encoded: (result, slab) => this.#encodedInline(result, slab),
        progress: () => this.#events.progress(),
        nextSlab: () => this.#takeInlineSlab(),
        failed: (error) => this.#fail(error),
      },
    );
    this.#lanes = Array.from(
      { length: resources.parallelism },
      () => ({ slab: null, sent: [], worker: null, load: 0 }),
    );
  }

  /** Bytes of records that are not encoded yet. */
  get rawBytes(): number {
    return this.#rawBytes;
  }

  /** Bytes held: records, unfinished column chunks, and column chunks of row groups not handed out yet. */
  get memoryBytes(): number {
    let bytes = this.#rawBytes + this.#rowGroups.byteLength;
    for (const held of this.#workerBytes.values()) bytes += held;
    return bytes;
  }

  /** Workers in use. */
  get workers(): number {
    return this.#workers;
  }

  /** Whether something is under way: with a worker, or on this thread in its next turn. */
  get busy(): boolean {
    return this.#inline.waiting || this.#lanes.some((lane) => lane.sent.length > 0);
  }

  /** Slabs that the workers have. */
  get slabsSent(): number {
    let slabs = 0;
    for (const lane of this.#lanes) slabs += lane.sent.length;
    return slabs;
  }

  /** Whether every worker has as much in hand as it needs, or this thread owes the event loop a turn. */
  get saturated(): boolean {
    const { depth } = this.#resources;
    if (this.#inline.waiting) return true;
    return this.#mode === "parallel" && this.#lanes.every((lane) => lane.sent.length >= depth);
  }

  /** Whether a row group has been begun. */
  get rowGroupOpen(): boolean {
    return this.#open !== null;
  }

  /** Appends rows [from, to) of every column to the current row group, which begins with them if there is none. */
  append(columns: readonly ColumnArray[], from: number, to: number): void {
    this.#open ??= this.#openRowGroup(columns, from, to);
    for (const chunk of this.#open) {
      const array = columns[this.#plans[chunk.column]!.field]!;
      if (this.#mode === "inline") this.#appendInline(chunk, array, from, to);
      else this.#appendToLane(this.#lanes[chunk.lane]!, chunk, array, from, to);
      if (this.#mode === "ended") return;
    }
    if (this.#mode === "parallel") this.#feedIdleLanes();
    else if (this.#mode === "inline") this.#inline.rest();
  }

  /** Ends the current row group, which has `rows` rows. */
  finishRowGroup(rows: number): void {
    const open = this.#open;
    if (open === null || this.#mode === "ended") return;
    this.#open = null;
    this.#rowGroups.end(rows);
    const before = this.#bytesBefore;
    this.#bytesBefore = this.#bytes;
    this.#bytes = before.fill(0);
    this.#inlineRowGroup = false;
    for (const { id, column, lane } of open) {
      this.#control(lane, FINISH_CHUNK, id, column, 0);
      if (this.#failed) return;
    }
    if (this.#mode === "parallel") this.#feedIdleLanes();
  }

  /** Sees to it that everything appended so far is encoded without more being appended. */
  push(): void {
    for (const lane of this.#lanes) this.#seal(lane);
    if (this.#mode === "undecided") this.#encodeHeld();
  }

  /** Ends, whatever is under way; everything is freed. Events stop. */
  end(): void {
    if (this.#mode === "ended") return;
    this.#mode = "ended";
    this.#inline.end();
    for (const lane of [...this.#lanes, this.#inlineLane]) {
      lane.worker?.close(this.#writer);
      if (lane.slab !== null) recycle(lane.slab.buffer);
      lane.slab = lane.worker = null;
      lane.sent.length = 0;
      lane.load = 0;
    }
    this.#workers = 0;
    for (const { slab } of this.#held) recycle(slab.buffer);
    this.#held = [];
    this.#open = null;
    this.#rowGroups.clear();
    this.#workerBytes.clear();
    this.#rawBytes = 0;
  }

  get #failed(): boolean {
    return this.#mode === "ended";
  }

  // --- row groups and placement ------------------------------------------------------------------------------------

  #openRowGroup(columns: readonly ColumnArray[], from: number, to: number): ChunkState[] {
    const index = this.#rowGroups.begin();
    const writers = this.#plans.map((plan) => {
      const id = this.#nextChunk = (this.#nextChunk + 1) & 0x7fffffff;
      return { id, writer: new SegmentWriter(plan, id) };
    });
    const lanes = this.#place(index, columns, from, to, writers.map(({ writer }) => writer));
    const chunks = this.#plans.map((_, column): ChunkState => ({
      ...writers[column]!,
      column,
      lane: lanes?.[column] ?? 0,
    }));
    for (const { id, column, lane } of chunks) this.#control(lane, OPEN_CHUNK, id, column, index);
    return chunks;
  }

  #place(
    rowGroup: number,
    columns: readonly ColumnArray[],
    from: number,
    to: number,
    writers: readonly SegmentWriter[],
  ): number[] | null {
    if (this.#lanes.length < 2) return null;
    const costs = this.#plans.map((plan, column) =>
      this.#costs.milliseconds(
        column,
        rowGroup === 0
          ? writers[column]!.byteLength(columns[plan.field]!, from, to)
          : this.#bytesBefore[column]!,
      )
    );
    return placeColumns(costs, this.#lanes.map((lane) => lane.load));
  }

  // --- records into slabs ------------------------------------------------------------------------------------------

  #appendToLane(
    lane: Lane,
    chunk: ChunkState,
    array: ColumnArray,
    from: number,
    to: number,
  ): void {
    const { writer, column } = chunk;
    while (from < to && !this.#failed) {
      let slab = lane.slab ??= new Slab();
      let rows = to - from;
      let bytes = writer.byteLength(array, from, to);
      if (bytes > slab.room) {
        if (slab.used > 0 && slab.room < WORTH_FILLING) {
          this.#seal(lane);
          continue;
        }
        rows = writer.rowsWithin(array, from, to, slab.room);
        bytes = writer.byteLength(array, from, from + rows);
        if (bytes > slab.room) {
          // One row is more than there is room for: next slab, and if that is not enough, a slab of its own.
          if (slab.used > 0) {
            this.#seal(lane);
            continue;
          }
          recycle(slab.buffer);
          slab = lane.slab = new Slab(bytes);
        }
      }
      writer.write(array, from, from + rows, slab.bytes, slab.used);
      if (slab.column < 0) {
        slab.column = column;
        slab.rowGroup = this.#rowGroups.current;
      }
      this.#fill(lane, slab, bytes, this.#costs.milliseconds(column, bytes));
      this.#bytes[column]! += bytes;
      from += rows;
    }
  }

  #control(
    laneIndex: number,
    kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK,
    id: number,
    column: number,
    rowGroup: number,
  ): void {
    const inline = this.#mode === "inline";
    if (
      inline && this.#inline.encodeNow(
        CONTROL_RECORD_BYTES,
        (target, at) => writeControlRecord(target, at, kind, id, column, rowGroup),
      )
    ) return;
    const lane = inline ? this.#inlineLane : this.#lanes[laneIndex]!;
    if (lane.slab !== null && lane.slab.room < CONTROL_RECORD_BYTES) this.#seal(lane);
    const slab = lane.slab ??= new Slab();
    writeControlRecord(slab.bytes, slab.used, kind, id, column, rowGroup);
    if (kind === FINISH_CHUNK) slab.finishes++;
    this.#fill(lane, slab, CONTROL_RECORD_BYTES, 0);
  }

  #fill(lane: Lane, slab: Slab, bytes: number, cost: number): void {
    const held = slab.heldBytes;
    slab.used += bytes;
    slab.cost += cost;
    lane.load += cost;
    this.#rawBytes += slab.heldBytes - held;
    this.#seenBytes += bytes;
    if (this.#mode === "undecided" && this.#seenBytes >= this.#resources.inlineBytes) {
      if (!this.#workersDenied && !this.#inlineRowGroup) this.#turnToWorkers();
      if (this.#mode === "undecided") this.#encodeHeld();
    }
  }

  /** Closes the lane's slab and passes it on. */
  #seal(lane: Lane): void {
    const { slab } = lane;
    if (slab === null || slab.used === 0) return;
    lane.slab = null;
    if (lane === this.#inlineLane) this.#inline.add(slab);
    else if (this.#mode === "undecided") this.#held.push({ lane, slab });
    else this.#send(lane, slab);
  }

  // --- workers -----------------------------------------------------------------------------------------------------

  #turnToWorkers(): void {
    const { pool, parallelism, modules } = this.#resources;
    const workers = pool.acquire(parallelism, modules());
    if (workers.length === 0) {
      this.#workersDenied = true;
      return;
    }
    this.#mode = "parallel";
    this.#workers = Math.min(workers.length, this.#lanes.length);
    const codecs = this.#codecs();
    for (const worker of workers) worker.open(this.#writer, this.#plans, codecs, this);
    this.#lanes.forEach((lane, i) => lane.worker = workers[i % workers.length]!);
    const held = this.#held;
    this.#held = [];
    for (const { lane, slab } of held) this.#send(lane, slab);
  }

  #send(lane: Lane, slab: Slab): void {
    slab.order = ++this.#sentSlabs;
    lane.sent.push(slab);
    lane.worker!.send(this.#writer, slab);
  }

  /** A worker without work gets what there is, if it is worth a message. */
  #feedIdleLanes(): void {
    for (const lane of this.#lanes) {
      const slab = lane.slab;
      if (
        slab !== null && lane.sent.length === 0 &&
        (slab.finishes > 0 || slab.used >= WORTH_SENDING)
      ) this.#seal(lane);
    }
  }

  /** {@linkcode PoolClient}. */
  done(worker: PooledWorker, memoryBytes: number, chunks: readonly FinishedChunk[]): void {
    if (this.#failed) return;
    // Lanes that share a worker were served in the order of sending.
    let lane: Lane | undefined;
    for (const candidate of this.#lanes) {
      if (candidate.worker !== worker || candidate.sent.length === 0) continue;
      if (lane === undefined || candidate.sent[0]!.order < lane.sent[0]!.order) lane = candidate;
    }
    const slab = lane!.sent.shift()!;
    lane!.load -= slab.cost;
    this.#rawBytes -= slab.heldBytes;
    this.#took({ memoryBytes, chunks: chunks as FinishedChunk[] }, worker);
    if (!this.#failed) {
      this.#feedIdleLanes();
      this.#events.progress();
    }
  }

  /** {@linkcode PoolClient}. */
  failed(_worker: PooledWorker, error: Error): void {
    this.#fail(error);
  }

  /** {@linkcode PoolClient}. */
  lost(worker: PooledWorker, error: Error): void {
    const slab = this.#lanes.find((lane) => lane.worker === worker && lane.sent.length > 0)
      ?.sent[0];
    const column = this.#plans[slab?.column ?? -1]?.arrowPath ?? "";
    const details = { rowGroup: slab?.rowGroup ?? -1, column, cause: error };
    this.#fail(
      new WorkerError(`Cannot encode: an encoder worker was lost: ${error.message}`, details),
    );
  }

  #fail(error: Error): void {
    if (this.#failed) return;
    this.end();
    this.#events.failed(error);
  }

  #took({ memoryBytes, chunks }: HostResult, worker: PooledWorker | null): void {
    this.#workerBytes.set(worker, memoryBytes);
    if (chunks.length === 0) return;
    for (const { rowGroup, chunk, milliseconds, recordBytes } of chunks) {
      this.#costs.learn(chunk.column, recordBytes, milliseconds);
      this.#rowGroups.add(rowGroup, chunk);
    }
    for (let group = this.#rowGroups.take(); group !== null; group = this.#rowGroups.take()) {
      this.#events.rowGroup(group);
    }
  }

  #codecs(): CodecModules {
    return codecModules(this.#plans.map(({ properties }) => properties));
  }

  // --- on the caller's thread --------------------------------------------------------------------------------------

  #encodedInline(result: HostResult, slab: Slab | null): void {
    if (slab !== null) this.#rawBytes -= slab.heldBytes;
    this.#took(result, null);
  }

  #takeInlineSlab(): Slab | null {
    const lane = this.#inlineLane;
    const { slab } = lane;
    if (slab === null || slab.used === 0) return null;
    lane.slab = null;
    return slab;
  }

  /** Straight into kernel memory, without a slab, as long as this thread need not make room for others. */
  #appendInline(chunk: ChunkState, array: ColumnArray, from: number, to: number): void {
    const { writer } = chunk;
    while (from < to && !this.#failed) {
      if (this.#inline.waiting) {
        return this.#appendToLane(this.#inlineLane, chunk, array, from, to);
      }
      let rows = to - from;
      let bytes = writer.byteLength(array, from, to);
      if (bytes > INLINE_WINDOW) {
        rows = writer.rowsWithin(array, from, to, INLINE_WINDOW);
        bytes = writer.byteLength(array, from, from + rows);
      }
      this.#inline.encodeNow(
        bytes,
        (target, at) => writer.write(array, from, from + rows, target, at),
      );
      this.#bytes[chunk.column]! += bytes;
      from += rows;
    }
  }

  /** Encodes on this thread what was held back for workers. */
  #encodeHeld(): void {
    const held = this.#held;
    this.#held = [];
    this.#inlineRowGroup = this.#open !== null;
    for (const { lane, slab } of held) {
      lane.load -= slab.cost;
      if (this.#failed) {
        recycle(slab.buffer);
        continue;
      }
      this.#resources.encodedInline?.(slab.used);
      this.#inline.add(slab);
    }
  }
}
