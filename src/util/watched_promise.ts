/** @module A promise that knows whether anybody listens to it. */

import { ignore } from "./thenable.ts";

/**
 * A promise that notes when somebody takes it: by `await`, `then`, `catch`, `finally`, `Promise.all` or any other call of `then`. Its
 * rejection is never an unhandled one: whoever makes it sees to it that what nobody heard of is told elsewhere.
 *
 * `await` calls `then` on what is a subclass of `Promise`, in the next microtask.
 */
export class WatchedPromise<T> extends Promise<T> {
  #heard: (() => void) | null;

  /** As `Promise`; `heard` is called once, when somebody listens. */
  constructor(
    executor: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
    heard: () => void,
  ) {
    super(executor);
    this.#heard = heard;
    super.then(undefined, ignore);
  }

  /** What is derived from it is an ordinary promise. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  /** As `Promise.prototype.then`. */
  override then<A = T, B = never>(
    fulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const heard = this.#heard;
    this.#heard = null;
    heard?.();
    return super.then(fulfilled, rejected);
  }
}
