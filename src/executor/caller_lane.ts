/**
 * Column chunks that the caller's thread encodes: at once as long as its turn of the event loop lasts, and in later turns what is
 * left.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { CodecModules } from "../compression/codec.ts";
import { now } from "../runtime/clock.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { Queue } from "../util/queue.ts";
import { STEP_BYTES } from "../util/steps.ts";
import {
  CONTROL_RECORD_BYTES,
  type FINISH_CHUNK,
  OPEN_CHUNK,
  writeControlRecord,
} from "./control_record.ts";
import { type EncoderHost, type HostResult, type SlabRun, WINDOW_BYTES } from "./encoder_host.ts";
import type { Lane } from "./lane.ts";
import type { CostModel } from "./placement.ts";
import { type RecordChunk, RecordPacker } from "./record_packer.ts";
import { freeHuge, type Slab } from "./slab.ts";
import type { TurnBudget } from "./turn_budget.ts";

/** What a caller's lane encodes for, and with. */
export interface CallerLaneSetup {
  readonly writer: number;
  readonly plans: readonly ColumnPlan[];
  readonly costs: CostModel;
  /** Gives the encoder host of this thread; called when there is something to encode. */
  readonly host: () => EncoderHost;
  readonly codecs: () => CodecModules;
}

/** What the caller's lane tells its executor. */
export interface CallerLaneEvents {
  /** Records were encoded; chunks may be finished. */
  encoded(result: HostResult): void;
  /** Whatever had to wait is encoded, or a turn has passed. */
  progress(): void;
  /** Nothing more can be encoded. */
  failed(error: Error): void;
}

/** What one writer encodes on the caller's thread. */
export class CallerLane implements Lane {
  readonly #setup: CallerLaneSetup;
  readonly #events: CallerLaneEvents;
  /** Records that cannot be encoded before the next turn of the event loop. */
  readonly #packer: RecordPacker;
  readonly #slabs = new Queue<Slab>();
  #host: EncoderHost | null = null;
  /** What was interrupted, and the slab that it came in. */
  #run: SlabRun | null = null;
  #slab: Slab | null = null;
  #turnAsked = false;
  #ended = false;
  #encodedBefore = 0;

  /** Starts nothing. */
  constructor(setup: CallerLaneSetup, events: CallerLaneEvents) {
    this.#setup = setup;
    this.#events = events;
    this.#packer = new RecordPacker(setup.costs, (slab) => this.#queue(slab));
  }

  get milliseconds(): number {
    return this.#packer.milliseconds;
  }

  /** Bytes of memory that records take which are not encoded yet. */
  get recordBytes(): number {
    return this.#packer.byteLength;
  }

  /** Milliseconds that this thread has encoded, for whomever, since it first did for this writer. */
  get encodedMilliseconds(): number {
    return this.#host === null ? 0 : this.#host.encodedMilliseconds - this.#encodedBefore;
  }

  /** Bytes of this thread's kernel memory, once it is used. */
  get kernelBytes(): number {
    return this.#ended ? 0 : this.#host?.kernelBytes ?? 0;
  }

  /** Whether something waits for a turn of the event loop, if only the next records. */
  get busy(): boolean {
    return this.#turnAsked;
  }

  append(chunk: RecordChunk, array: ColumnArray, from: number, to: number): number {
    const { writer } = chunk;
    let appended = 0;
    // Straight into kernel memory, without a slab, as long as this thread need not make room for others.
    while (from < to && !this.#ended) {
      if (this.#turnAsked) return appended + this.#packer.append(chunk, array, from, to);
      let rows = to - from;
      let bytes = writer.byteLength(array, from, to);
      if (bytes > WINDOW_BYTES) {
        rows = writer.rowsWithin(array, from, to, WINDOW_BYTES);
        bytes = writer.byteLength(array, from, from + rows);
      }
      try {
        const host = this.#open();
        const { turns } = host;
        // What records take to be copied matters where they are large: single huge rows.
        const began = bytes > STEP_BYTES ? now() : null;
        const at = host.window(bytes);
        writer.write(array, from, from + rows, host.kernels.memory.u8, at, bytes);
        this.#run = host.beginAt(this.#setup.writer, bytes);
        if (began !== null) turns.spend(now() - began);
        if (turns.exhausted) this.#askForTurn(turns);
        else this.#encode(turns);
      } catch (error) {
        this.#fail(error as Error);
      }
      appended += bytes;
      from += rows;
    }
    return appended;
  }

  control(kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK, chunk: RecordChunk): void {
    if (this.#ended) return;
    if (this.#turnAsked) return this.#packer.control(kind, chunk);
    const { id, column, rowGroup } = chunk;
    try {
      const host = this.#open();
      if (kind === OPEN_CHUNK) {
        host.openChunk(this.#setup.writer, id, column, rowGroup);
        if (host.turns.exhausted) this.#askForTurn(host.turns);
        return;
      }
      const at = host.window(CONTROL_RECORD_BYTES);
      writeControlRecord(host.kernels.memory.i32, at, kind, id, column, rowGroup);
      this.#run = host.beginAt(this.#setup.writer, CONTROL_RECORD_BYTES);
      this.#encode(host.turns);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Encodes a slab that another lane packed, now or later. */
  add(slab: Slab): void {
    if (this.#ended) return slab.recycle();
    this.#packer.adopt(slab);
    this.#queue(slab);
  }

  /**
   * Nothing is under way: takes a turn between two batches where the next one might not fit into what is left of this one. What is
   * interrupted has to be copied once more, and late columns leave the cache.
   */
  rest(): void {
    const turns = this.#host?.turns;
    if (turns?.halfSpent && !this.#ended) this.#askForTurn(turns);
  }

  /** Gives everything up. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#run !== null) this.#host!.abandon(this.#run);
    this.#host?.close(this.#setup.writer);
    this.#packer.end();
    for (const slab of this.#slabs) slab.recycle();
    this.#slab?.recycle();
    this.#slabs.clear();
    this.#run = this.#slab = null;
    this.#turnAsked = false;
  }

  #queue(slab: Slab): void {
    this.#slabs.push(slab);
    if (!this.#turnAsked) this.#pump();
  }

  #open(): EncoderHost {
    if (this.#host === null) {
      const { writer, plans, host, codecs } = this.#setup;
      this.#host = host();
      this.#host.open(writer, plans, codecs());
      this.#encodedBefore = this.#host.encodedMilliseconds;
    }
    return this.#host;
  }

  #pump(): void {
    try {
      const host = this.#open();
      do {
        if (this.#run === null) {
          const slab = this.#slabs.shift() ?? this.#packer.take();
          if (slab === null) break;
          this.#slab = slab;
          this.#run = host.begin(this.#setup.writer, slab.buffer, slab.used);
          if (this.#run.rest === null) freeHuge(slab.buffer);
        }
        this.#encode(host.turns);
      } while (!this.#turnAsked && !this.#ended);
    } catch (error) {
      this.#fail(error as Error);
    }
  }

  /** Goes on with the run until it is complete, or a turn is due. */
  #encode(turns: TurnBudget): void {
    const host = this.#host!;
    const run = this.#run!;
    let more: boolean;
    do more = host.advance(run); while (more && !turns.exhausted);
    if (!more) {
      const slab = this.#slab;
      this.#run = this.#slab = null;
      if (slab !== null) {
        slab.recycle();
        this.#packer.release(slab);
      }
      this.#events.encoded(host.result(run));
    }
    if (turns.exhausted && !this.#ended) this.#askForTurn(turns);
  }

  #askForTurn(turns: TurnBudget): void {
    if (this.#turnAsked) return;
    this.#turnAsked = true;
    turns.renew(() => {
      if (this.#ended) return;
      this.#turnAsked = false;
      this.#pump();
      if (!this.#turnAsked && !this.#ended) this.#events.progress();
    });
  }

  #fail(error: Error): void {
    this.#slab?.recycle();
    this.#run = this.#slab = null;
    if (!this.#ended) this.#events.failed(error);
  }
}
