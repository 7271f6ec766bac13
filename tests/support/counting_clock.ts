/** @module Time that is counted, not measured. */

import type { Clock } from "../../src/runtime/clock.ts";

/** A clock by which a millisecond, or as many as it is told, passes at every look, and that counts turns. */
export class CountingClock implements Clock {
  turns = 0;
  /** Milliseconds in the longest stretch without a turn. */
  longest = 0;
  onTurn: (turn: number) => void = () => {};
  readonly #step: number;
  #now = 0;
  #turnBegan = 0;

  constructor(step = 1) {
    this.#step = step;
  }

  now(): number {
    return this.#now += this.#step;
  }
  setTimer(callback: () => void, milliseconds: number): ReturnType<typeof setTimeout> {
    return setTimeout(callback, milliseconds);
  }
  clearTimer(timer: ReturnType<typeof setTimeout> | undefined): void {
    clearTimeout(timer);
  }
  afterTurn(callback: () => void): void {
    setTimeout(() => {
      this.turns++;
      this.longest = Math.max(this.longest, this.#now - this.#turnBegan);
      this.#turnBegan = this.#now;
      this.onTurn(this.turns);
      callback();
    }, 0);
  }
}
