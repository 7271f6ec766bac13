/** A clock whose timers fire when a test says so. */

import { type Clock, type Timer, useClock } from "../../src/runtime/clock.ts";

/** Replaces the clock of the library until it is disposed of. */
export class ManualClock implements Clock, Disposable {
  #now = 0;
  #next = 1;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  constructor() {
    useClock(this);
  }

  /** Timers that run. */
  get running(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  setTimer(callback: () => void, milliseconds: number): Timer {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + milliseconds, callback });
    return id as never;
  }

  clearTimer(timer: Timer | undefined): void {
    this.#timers.delete(timer as never);
  }

  afterTurn(callback: () => void): void {
    setTimeout(callback, 0);
  }

  /** Lets time pass. */
  pass(milliseconds: number): void {
    this.#now += milliseconds;
    for (const [id, { at, callback }] of [...this.#timers]) {
      if (at <= this.#now && this.#timers.delete(id)) callback();
    }
  }

  [Symbol.dispose](): void {
    useClock(null);
  }
}
