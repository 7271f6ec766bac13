/** @module A call of a writer that has not been answered yet. */

import { WatchedPromise } from "../util/watched_promise.ts";

/** The promise of one call, and what settles it. A rejection that nobody listens to is none of the process's business. */
export class Call<T> {
  readonly promise: Promise<T>;
  readonly #told: () => void;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #heard = false;
  #rejected = false;

  /** `told` is called when the call was rejected and somebody has listened, in whichever order. */
  constructor(told: () => void) {
    this.#told = told;
    this.promise = new WatchedPromise<T>(
      (resolve, reject) => {
        this.#resolve = resolve;
        this.#reject = reject;
      },
      () => {
        this.#heard = true;
        if (this.#rejected) told();
      },
    );
  }

  /** Answers the call. */
  resolve(value: T): void {
    this.#resolve(value);
  }

  /** Refuses the call. */
  reject(error: unknown): void {
    this.#rejected = true;
    this.#reject(error);
    if (this.#heard) this.#told();
  }
}
