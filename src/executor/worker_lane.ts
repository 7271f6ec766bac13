/**
 * Column chunks that a worker encodes.
 *
 * As long as it is open whether there will be a worker, records are held back; should there be none, the caller's thread encodes
 * them after all.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import { Queue } from "../util/queue.ts";
import type { CallerLane } from "./caller_lane.ts";
import type { FINISH_CHUNK, OPEN_CHUNK } from "./control_record.ts";
import type { Lane } from "./lane.ts";
import type { CostModel } from "./placement.ts";
import { type RecordChunk, RecordPacker } from "./record_packer.ts";
import type { Slab } from "./slab.ts";
import type { PooledWorker } from "./pooled_worker.ts";

/** Milliseconds until a worker that is being started is there, about. */
const START_MS = 40;
/** How many times as much a worker has in hand before it is warm. */
const COLD_DEPTH = 6;
/** A worker without work gets a slab that is only begun, once it holds this many bytes. */
const WORTH_SENDING = 64 * 1024;

/** Where records of one writer wait for one worker. */
export class WorkerLane implements Lane {
  readonly #writer: number;
  readonly #costs: CostModel;
  readonly #depth: number;
  readonly #waitingBytes: number;
  readonly #packer: RecordPacker;
  /** Held back until there is a worker, in order. */
  #held: Slab[] = [];
  /** Slabs that the worker has, oldest first. */
  readonly #sent = new Queue<Slab>();
  #worker: PooledWorker | null = null;
  /** Who encodes what is appended, as long as there is no worker and somebody asked for it. */
  #stand: CallerLane | null = null;

  /** `depth`: slabs that the worker may have in hand before it has enough; `waitingBytes`: of records, before it is there. */
  constructor(writer: number, costs: CostModel, depth: number, waitingBytes: number) {
    this.#writer = writer;
    this.#costs = costs;
    this.#depth = depth;
    this.#waitingBytes = waitingBytes;
    this.#packer = new RecordPacker(costs, (slab) => this.#sealed(slab));
  }

  get milliseconds(): number {
    if (this.#worker?.started === false) return START_MS + this.#packer.milliseconds;
    // Where answers are not seen before they come, this thread is too busy to hear how little there is left to do.
    if (this.#worker !== null && !this.#worker.isSeenToAnswer) return 0;
    let { milliseconds } = this.#packer;
    const answered = this.#answered;
    for (let i = 0; i < answered; i++) milliseconds -= this.#sent.at(i)!.cost;
    return milliseconds * this.#costs.workerFactor;
  }

  /** Bytes of memory that records take which are not encoded yet. */
  get recordBytes(): number {
    return this.#packer.byteLength;
  }

  /** Whether the worker has something in hand. */
  get busy(): boolean {
    return this.#sent.length > 0;
  }

  /** Whether the worker has as much in hand as it needs. */
  get saturated(): boolean {
    // The caller's thread has its own part to do until the worker is there, and as fast as it will be.
    if (this.#worker?.started === false) {
      return this.busy && this.recordBytes >= this.#waitingBytes;
    }
    const depth = this.#worker?.isWarm === false ? COLD_DEPTH * this.#depth : this.#depth;
    return this.#sent.length >= depth && this.#sent.length - this.#answered >= depth;
  }

  /** The worker, once there is one. */
  get worker(): PooledWorker | null {
    return this.#worker;
  }

  /** Slabs that the worker has. */
  get slabsSent(): number {
    return this.#sent.length;
  }

  /** The slab that the worker has had for longest. */
  get oldest(): Slab | undefined {
    return this.#sent.first;
  }

  /** Whether the caller's thread encodes its chunks. */
  get standsIn(): boolean {
    return this.#stand !== null;
  }

  /** A row group begins. */
  restart(): void {
    this.#stand = null;
  }

  append(chunk: RecordChunk, array: ColumnArray, from: number, to: number): number {
    return (this.#stand ?? this.#packer).append(chunk, array, from, to);
  }

  control(kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK, chunk: RecordChunk): void {
    (this.#stand ?? this.#packer).control(kind, chunk);
  }

  /** Sees to it that everything appended so far is encoded without more being appended. */
  push(): void {
    this.#packer.seal();
  }

  /** From now on `worker` encodes. */
  start(worker: PooledWorker): void {
    this.#worker = worker;
    for (const slab of this.#held.splice(0)) this.#sealed(slab);
  }

  /** There is no worker: the caller's thread encodes what was held back, and all that comes until the next row group. */
  standIn(caller: CallerLane): void {
    this.#packer.seal();
    this.#stand = caller;
    for (const slab of this.#held.splice(0)) {
      this.#packer.release(slab);
      caller.add(slab);
    }
  }

  /** The worker could not be started: what it was to have is held back again. */
  takeBack(): void {
    this.#worker = null;
    this.#held = [...this.#sent];
    this.#sent.clear();
  }

  /** An idle worker gets what there is, if it is worth a message. */
  feed(): void {
    const { slab } = this.#packer;
    if (this.#worker === null || slab === null || this.#sent.length > 0) return;
    if (slab.finishes > 0 || slab.used >= WORTH_SENDING) this.#packer.seal();
  }

  /** The worker has encoded the oldest slab. */
  done(): void {
    this.#packer.release(this.#sent.shift()!);
  }

  /** Gives everything up. */
  end(): void {
    this.#worker?.close(this.#writer);
    this.#worker = this.#stand = null;
    this.#packer.end();
    for (const slab of this.#held) slab.recycle();
    this.#held = [];
    this.#sent.clear();
  }

  /** Slabs that the worker has answered, the oldest ones, though the answers have not come yet. */
  get #answered(): number {
    const worker = this.#worker;
    let answered = 0;
    if (worker === null) return answered;
    for (let slab = this.#sent.at(0); slab !== undefined; slab = this.#sent.at(answered)) {
      if (!worker.hasAnswered(slab)) break;
      answered++;
    }
    return answered;
  }

  #sealed(slab: Slab): void {
    if (this.#worker === null) {
      this.#held.push(slab);
    } else {
      this.#sent.push(slab);
      this.#worker.send(this.#writer, slab);
    }
  }
}
