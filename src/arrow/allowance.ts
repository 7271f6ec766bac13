/**
 * What one batch may still cost: a few bytes of runs, views, keys or counts can stand for very many slots.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { InputLimitValues } from "../util/input_limits.ts";

/** The bytes that a batch may take, spread out. One for all of its arrays. */
export class Allowance {
  readonly #limits: InputLimitValues;
  readonly #inputBytes: () => number;
  #left: number;
  /** Bytes of values that dictionary keys stand for, and those of them that are not known exactly. */
  #plain = 0;
  readonly #estimates: { readonly most: number; readonly exact: () => number }[] = [];
  #extended = false;

  /**
   * Begins with nothing taken.
   *
   * @param inputBytes Bytes that the batch came in, its dictionaries included. Asked for only once the batch is found to be large.
   */
  constructor(limits: InputLimitValues, inputBytes: () => number) {
    this.#limits = limits;
    this.#inputBytes = inputBytes;
    this.#left = limits.maxBatchBytes;
  }

  /**
   * Takes bytes that are made, or looked at. To be called before memory is asked for.
   *
   * @throws {LimitError} When the batch takes more than it may.
   */
  spend(bytes: number, path: string): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const { maxBatchBytes, maxExpansion } = this.#limits;
    const input = this.#inputBytes();
    const most = Math.max(maxBatchBytes, maxExpansion * input);
    if (!this.#extended) {
      this.#extended = true;
      this.#left += most - maxBatchBytes;
      if (this.#left >= 0) return;
    }
    throw new LimitError(
      path,
      -1,
      `Cannot read a batch that takes more than ${most} bytes when it is spread out, and comes in ${input}: ` +
        "raise limits.maxBatchBytes or limits.maxExpansion to allow it, or write smaller batches",
    );
  }

  /**
   * Takes the bytes that a dictionary's values come to where each row is written out.
   *
   * @param most More than that it is not.
   * @param exact How many it is: for when that matters.
   * @throws {LimitError} When those of the batch come to more than they may.
   */
  spendPlain(most: number, exact: () => number, path: string): void {
    const { maxPlainBytes, maxExpansion } = this.#limits;
    if (this.#plain + most <= maxPlainBytes) {
      this.#plain += most;
      this.#estimates.push({ most, exact });
      return;
    }
    for (const estimate of this.#estimates) this.#plain += estimate.exact() - estimate.most;
    this.#estimates.length = 0;
    this.#plain += exact();
    const bound = Math.max(maxPlainBytes, maxExpansion * this.#inputBytes());
    if (this.#plain <= bound) return;
    throw new LimitError(
      path,
      -1,
      `Cannot write a batch whose dictionary keys stand for ${this.#plain} bytes of values, of ${bound} at most: ` +
        "raise limits.maxPlainBytes to allow it, or write smaller batches",
    );
  }
}
