/**
 * How long a thread encodes before its event loop gets a turn: timers, signals and messages come in between.
 *
 * @module
 */

import { afterTurn, TURN_MS } from "../runtime/clock.ts";
import { Queue } from "../util/queue.ts";

/** What is left of the turn, for all that encodes on one thread. */
export class TurnBudget {
  readonly #milliseconds: number;
  readonly #waiting = new Queue<() => void>();
  #spent = 0;
  #asked = false;

  /** `milliseconds`: of encoding, after which a turn is due. */
  constructor(milliseconds: number = TURN_MS) {
    this.#milliseconds = milliseconds;
  }

  /** Whether a turn is due. */
  get exhausted(): boolean {
    return this.#spent >= this.#milliseconds;
  }

  /** Whether half of the turn is over: a good moment for the next one, where nothing has to be interrupted. */
  get halfSpent(): boolean {
    return this.#spent >= this.#milliseconds / 2;
  }

  /** Counts time that was spent encoding. */
  spend(milliseconds: number): void {
    this.#spent += milliseconds;
  }

  /** A turn has just begun. */
  restart(): void {
    this.#spent = 0;
  }

  /** Calls back after a turn of the event loop. One after another: who was first does not starve who comes next. */
  renew(callback: () => void): void {
    this.#waiting.push(callback);
    this.#ask();
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    afterTurn(() => {
      this.#asked = false;
      this.#spent = 0;
      // Those that ask again while this runs wait for the next turn.
      for (let left = this.#waiting.length; left > 0 && !this.exhausted; left--) {
        this.#waiting.shift()!();
      }
      if (this.#waiting.length > 0) this.#ask();
    });
  }
}
