/** @module Calls of `onProgress`. */

import { afterTurn } from "../runtime/clock.ts";
import type { WriterProgress } from "../schema/writer_options.ts";
import { promiseOf } from "../util/thenable.ts";

/** Calls `onProgress`, which may call the writer, fail, or give a promise that rejects. */
export class ProgressReport {
  readonly #onProgress: ((progress: WriterProgress) => unknown) | null;
  readonly #progress: () => WriterProgress;
  readonly #failed: (error: unknown) => void;
  #reporting = false;

  /** `progress` says how far the writer has come, `failed` hears of what `onProgress` throws. */
  constructor(
    onProgress: ((progress: WriterProgress) => unknown) | null,
    progress: () => WriterProgress,
    failed: (error: unknown) => void,
  ) {
    this.#onProgress = onProgress;
    this.#progress = progress;
    this.#failed = failed;
  }

  /** Reports; in a later turn where the progress is made by `onProgress` itself. */
  report(): void {
    if (this.#onProgress === null) return;
    if (this.#reporting) return afterTurn(() => this.report());
    this.#reporting = true;
    try {
      promiseOf(this.#onProgress(this.#progress()))?.catch(this.#failed);
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#reporting = false;
    }
  }
}
