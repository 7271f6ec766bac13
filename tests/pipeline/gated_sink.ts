/** A sink whose calls are answered when a test says so. */

import { runInNewContext } from "node:vm";
import type { Sink } from "../../src/sink/sink.ts";

/** A call of the sink. */
export interface GatedCall {
  readonly call: "write" | "close" | "abort";
  /** Bytes that were given, a reason, or the signal of a commit. */
  readonly argument: unknown;
  /** Answers it. */
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** How calls are answered: by promises of this realm, of another one, or by thenables that return nothing. */
export const ANSWERS = ["promise", "foreign promise", "thenable"] as const;
/** One of {@linkcode ANSWERS}. */
export type Answer = (typeof ANSWERS)[number];

const ForeignPromise = runInNewContext("Promise") as PromiseConstructor;

/** What a sink answers a call with, and what settles it. */
export function answer(
  kind: Answer,
): { promise: PromiseLike<void>; resolve: () => void; reject: (error: unknown) => void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => {});
  switch (kind) {
    case "promise":
      return { promise, resolve, reject };
    case "foreign promise": {
      const foreign = new ForeignPromise<void>((resolve, reject) => promise.then(resolve, reject));
      return { promise: foreign, resolve, reject };
    }
    case "thenable": {
      const thenable = {
        then(fulfilled: () => void, rejected: (error: unknown) => void): void {
          promise.then(fulfilled, rejected);
        },
      };
      return { promise: thenable as PromiseLike<void>, resolve, reject };
    }
  }
}

/** Notes its calls. Those in `held` (`"write 1"`, `"close"`, `"abort"`) stay pending, all others are answered. */
export class GatedSink implements Sink {
  readonly calls: GatedCall[] = [];
  readonly #held: readonly string[];
  readonly #answer: Answer;
  #writes = 0;

  constructor(held: readonly string[] = [], answer: Answer = "promise") {
    this.#held = held;
    this.#answer = answer;
  }

  /** The names of the calls, in order. */
  get names(): string[] {
    return this.calls.map(({ call }) => call);
  }

  /** The last call of this kind. */
  last(call: GatedCall["call"]): GatedCall | undefined {
    return this.calls.findLast((made) => made.call === call);
  }

  write(bytes: Uint8Array<ArrayBuffer>): PromiseLike<void> {
    return this.#call("write", `write ${this.#writes++}`, bytes);
  }

  close(signal?: AbortSignal): PromiseLike<void> {
    return this.#call("close", "close", signal);
  }

  abort(reason: unknown): PromiseLike<void> {
    return this.#call("abort", "abort", reason);
  }

  #call(call: GatedCall["call"], name: string, argument: unknown): PromiseLike<void> {
    const { promise, resolve, reject } = answer(this.#answer);
    this.calls.push({ call, argument, resolve, reject });
    if (!this.#held.includes(name)) resolve();
    return promise;
  }
}

/** Waits, in turns of the event loop, until something is so. */
export async function until(what: () => boolean, turns = 20_000): Promise<void> {
  for (let turn = 0; !what(); turn++) {
    if (turn === turns) throw new Error(`it did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}

/** Lets everything that is ready happen. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}

/** Whether a promise has settled by now. */
export async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(() => settled = true, () => settled = true);
  await turns();
  return settled;
}
