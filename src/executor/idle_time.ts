/** @module How long a thread had nothing to do. */

import { now } from "../runtime/clock.ts";

/** A stopwatch that runs while a thread waits for others. */
export class IdleTime {
  #since: number | null = null;
  #milliseconds = 0;

  /** From now on there is nothing to do. Called again, it changes nothing. */
  begin(): void {
    this.#since ??= now();
  }

  /** There is something to do again. */
  end(): void {
    if (this.#since === null) return;
    this.#milliseconds += now() - this.#since;
    this.#since = null;
  }

  /** Milliseconds since the last call, or since the beginning. */
  take(): number {
    if (this.#since !== null) {
      this.end();
      this.begin();
    }
    const milliseconds = this.#milliseconds;
    this.#milliseconds = 0;
    return milliseconds;
  }
}
