/**
 * Encoding on the caller's thread: at once as long as its turn of the event loop lasts, and in later turns what is left.
 *
 * @module
 */

import type { CodecModules } from "../compression/codec.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { Queue } from "../util/queue.ts";
import type { EncoderHost, HostResult, SlabRun } from "./encoder_host.ts";
import { recycle, type Slab } from "./slab.ts";
import type { TurnBudget } from "./turn_budget.ts";

/** What inline encoding tells its executor. */
export interface InlineEvents {
  /** Records were encoded. `slab` is the one that they came in, if they did not go straight into kernel memory. */
  encoded(result: HostResult, slab: Slab | null): void;
  /** Whatever had to wait is encoded, or a turn has passed. */
  progress(): void;
  /** The next slab, which is only begun, if there is one. */
  nextSlab(): Slab | null;
  failed(error: Error): void;
}

/** What one writer encodes on the caller's thread. */
export class InlineEncoding {
  readonly #writer: number;
  readonly #plans: readonly ColumnPlan[];
  readonly #createHost: () => EncoderHost;
  readonly #codecs: () => CodecModules;
  readonly #events: InlineEvents;
  readonly #slabs = new Queue<Slab>();
  #host: EncoderHost | null = null;
  /** What was interrupted, and the slab that it came in. */
  #run: SlabRun | null = null;
  #slab: Slab | null = null;
  #turnAsked = false;
  #ended = false;

  /** Starts nothing; `host` is asked for when there is something to encode. */
  constructor(
    writer: number,
    plans: readonly ColumnPlan[],
    host: () => EncoderHost,
    codecs: () => CodecModules,
    events: InlineEvents,
  ) {
    this.#writer = writer;
    this.#plans = plans;
    this.#createHost = host;
    this.#codecs = codecs;
    this.#events = events;
  }

  /** Whether something waits for a turn of the event loop, if only the next records. */
  get waiting(): boolean {
    return this.#turnAsked;
  }

  /** Encodes records that `fill` writes into kernel memory, unless something waits: then `false`, and they have to come in slabs. */
  encodeNow(byteLength: number, fill: (target: Uint8Array, at: number) => void): boolean {
    if (this.#turnAsked) return false;
    try {
      const host = this.#open();
      const at = host.window(byteLength);
      fill(host.kernels.memory.u8, at);
      this.#run = host.beginAt(this.#writer, byteLength);
      this.#encode(host.turns);
    } catch (error) {
      this.#fail(error as Error);
    }
    return true;
  }

  /**
   * Nothing is under way: takes a turn between two batches where the next one might not fit into what is left of this one. What is
   * interrupted has to be copied once more, and late columns leave the cache.
   */
  rest(): void {
    const turns = this.#host?.turns;
    if (turns?.halfSpent && !this.#ended) this.#askForTurn(turns);
  }

  /** Encodes a slab, now or later. */
  add(slab: Slab): void {
    this.#slabs.push(slab);
    if (!this.#turnAsked) this.#pump();
  }

  /** Gives up everything. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#run !== null) this.#host!.abandon(this.#run);
    this.#host?.close(this.#writer);
    for (const slab of this.#slabs) recycle(slab.buffer);
    if (this.#slab !== null) recycle(this.#slab.buffer);
    this.#slabs.clear();
    this.#run = this.#slab = null;
    this.#turnAsked = false;
  }

  #open(): EncoderHost {
    if (this.#host === null) {
      this.#host = this.#createHost();
      this.#host.open(this.#writer, this.#plans, this.#codecs());
    }
    return this.#host;
  }

  #pump(): void {
    try {
      const host = this.#open();
      do {
        if (this.#run === null) {
          const slab = this.#slabs.shift() ?? this.#events.nextSlab();
          if (slab === null) break;
          this.#slab = slab;
          this.#run = host.begin(this.#writer, slab.buffer, slab.used);
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
      if (slab !== null) recycle(slab.buffer);
      this.#events.encoded(host.result(run), slab);
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
    if (this.#slab !== null) recycle(this.#slab.buffer);
    this.#run = this.#slab = null;
    if (!this.#ended) this.#events.failed(error);
  }
}
