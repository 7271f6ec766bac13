/** @module Back-pressure: a batch is admitted when there is room for the next one. */

import type { Executor } from "../executor/executor.ts";
import { afterTurn } from "../runtime/clock.ts";
import { Queue } from "../util/queue.ts";
import type { Call } from "./call.ts";
import type { OutputStage } from "./output_stage.ts";

/** Slabs that may be on their way before the event loop gets a turn, so that finished ones come back to be used again. */
const SLABS_PER_TURN = 8;

/** The calls that wait for room in the memory budget. */
export class Admission {
  readonly #executor: Executor;
  readonly #output: OutputStage;
  readonly #memoryBudget: number;
  #waiting = new Queue<Call<void>>();
  #turnAsked = false;

  /** Watches over `memoryBudget` bytes, which `executor` and `output` share. */
  constructor(executor: Executor, output: OutputStage, memoryBudget: number) {
    this.#executor = executor;
    this.#output = output;
    this.#memoryBudget = memoryBudget;
  }

  /** Bytes that the budget is for: those that go away when workers and sink get on. */
  get bytes(): number {
    return this.#executor.memoryBytes + this.#output.queuedBytes;
  }

  /** Whether there is room, and nobody is waiting for it. */
  get open(): boolean {
    return this.#waiting.length === 0 && this.#admissible();
  }

  /** Resolves `call` when there is room, after all that came before. */
  wait(call: Call<void>): void {
    this.#waiting.push(call);
    this.#executor.callerWaits(true);
  }

  /** Resolves the calls that there is room for. */
  settle(): void {
    // Asking may push records to the encoders: that may fail, and nobody waits then.
    while (this.#waiting.length > 0 && this.#admissible()) this.#waiting.shift()?.resolve();
    this.#executor.callerWaits(this.#waiting.length > 0);
  }

  /** The calls that still wait, which are given up. */
  take(): Call<void>[] {
    if (this.#waiting.length === 0) return [];
    const calls = [...this.#waiting];
    this.#waiting.clear();
    return calls;
  }

  #admissible(): boolean {
    const executor = this.#executor;
    if (this.bytes > this.#memoryBudget) {
      // Send partly filled slabs, so that workers have work.
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
      // What could come back by now is back; a call that waits for the turn alone may go on.
      if (this.bytes <= this.#memoryBudget && !this.#executor.saturated) {
        this.#waiting.shift()?.resolve();
        this.#executor.callerWaits(this.#waiting.length > 0);
      }
      this.settle();
    });
  }
}
