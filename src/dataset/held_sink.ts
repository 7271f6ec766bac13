/**
 * The sink of one file of a dataset: what the file's writer takes for the end of it is not yet its publication.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import type { Store } from "../store/store.ts";

/** Part of the dataset's budget that one file may use for parts on their way. */
const BUDGET_SHARE = 0.25;

/** Holds a complete file back until the whole dataset is published. */
export class HeldSink implements Sink {
  /** {@linkcode Sink.awaitAbort} */
  readonly awaitAbort = true;
  /** {@linkcode Sink.borrowsBytes}: sinks of the stores do, and others get copies. */
  readonly borrowsBytes = true;
  /** Key of the file in its store. */
  readonly path: string;
  readonly #store: () => Promise<Store>;
  #sink: Promise<Sink> | null = null;
  #inner: Sink | null = null;
  #share: ((sink: Sink) => void) | null = null;
  #state: "open" | "complete" | "published" | "aborted" = "open";

  /** Nothing is opened yet. */
  constructor(path: string, store: () => Promise<Store>) {
    this.path = path;
    this.#store = store;
  }

  /** {@linkcode Sink.write} */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const sink = this.#inner ?? await this.#opened();
    await sink.write(sink.borrowsBytes === true ? bytes : bytes.slice());
  }

  /** The file is complete. On a file system it is published: it appears by a rename. */
  async close(signal?: AbortSignal): Promise<void> {
    const sink = await this.#opened();
    this.#state = "complete";
    if ((await this.#store()).url.startsWith("file:")) {
      await sink.close(signal);
      this.#state = "published";
    }
  }

  /** {@linkcode Sink.heldBytes} */
  get heldBytes(): number {
    return this.#inner?.heldBytes ?? 0;
  }

  /** Bytes that a complete file holds until it is published. */
  get waitingBytes(): number {
    return this.#state === "complete" ? this.heldBytes : 0;
  }

  /** {@linkcode Sink.shareBudget} */
  shareBudget(memoryBudget: number, released: () => void): void {
    // Other files share it.
    this.#share = (sink) => sink.shareBudget?.(memoryBudget * BUDGET_SHARE, released);
    if (this.#inner !== null) this.#share(this.#inner);
  }

  /**
   * Hands on what is held, where the store can do that and not publish it.
   *
   * @returns Whether there is nothing left to be handed on; `false` as long as the file is not complete.
   */
  async handOn(): Promise<boolean> {
    if (this.#state === "open") return false;
    if (this.#state === "complete") await this.#inner?.seal?.();
    return true;
  }

  /** Makes the file visible. */
  async publish(): Promise<void> {
    if (this.#state !== "complete") return;
    await (await this.#opened()).close();
    this.#state = "published";
  }

  /** {@linkcode Sink.abort}; a file that is there stays: no one has committed it. */
  async abort(reason: unknown): Promise<void> {
    if (this.#state === "published" || this.#state === "aborted") return;
    this.#state = "aborted";
    await (await this.#sink)?.abort(reason);
  }

  #opened(): Promise<Sink> {
    return this.#sink ??= this.#store().then((store) => {
      this.#inner = store.sink(this.path, { overwrite: false });
      this.#share?.(this.#inner);
      return this.#inner;
    });
  }
}
