/** @module A sink that comes to be with its first bytes. */

import type { Sink } from "../sink/sink.ts";

/** Loads what it writes with when it is needed. */
export class LateSink implements Sink {
  /** {@linkcode Sink.takesSmallWrites} */
  readonly takesSmallWrites = true;
  /** {@linkcode Sink.borrowsBytes} */
  readonly borrowsBytes = true;
  /** {@linkcode Sink.awaitAbort} */
  readonly awaitAbort = true;
  readonly #open: () => Promise<Sink>;
  #opening: Promise<Sink> | null = null;
  #sink: Sink | null = null;
  #share: readonly [number, () => void] | null = null;

  /** Nothing is loaded yet. */
  constructor(open: () => Promise<Sink>) {
    this.#open = open;
  }

  /** {@linkcode Sink.heldBytes} */
  get heldBytes(): number {
    return this.#sink?.heldBytes ?? 0;
  }

  /** {@linkcode Sink.shareBudget} */
  shareBudget(memoryBudget: number, released: () => void): void {
    this.#share = [memoryBudget, released];
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void | PromiseLike<void> {
    if (this.#sink !== null) return this.#sink.write(bytes);
    return this.#opened().then((sink) => sink.write(bytes));
  }

  /** {@linkcode Sink.close} */
  async close(signal?: AbortSignal): Promise<void> {
    await (await this.#opened()).close(signal);
  }

  /** {@linkcode Sink.abort} */
  async abort(reason: unknown): Promise<void> {
    // What could not be opened has nothing to drop.
    const sink = await this.#opening?.catch(() => undefined);
    await sink?.abort(reason);
  }

  #opened(): Promise<Sink> {
    return this.#opening ??= this.#open().then((sink) => {
      if (this.#share !== null) sink.shareBudget?.(...this.#share);
      return this.#sink = sink;
    });
  }
}
