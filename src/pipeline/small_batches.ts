/**
 * Small batches that wait to be appended as one.
 *
 * @module
 */

import type { BatchMemory } from "../arrow/batch_memory.ts";
import type { ColumnBatch } from "../arrow/column_array.ts";
import { holdBatch, isJoinable, joinBatches } from "../arrow/join_batches.ts";

/** Rows of a small batch at the most: with fewer, what a batch and its columns cost is what takes time, not their values. */
const FEW_ROWS = 4096;
/** Values that small batches are joined for, about. */
const ENOUGH_VALUES = 128 * 1024;
/** Bytes that they are joined for, and that a batch among them has less than: with more, the bytes are what takes time, and memory. */
const ENOUGH_BYTES = 8 * 1024 * 1024;

/** Batches of one source, whose values stay as they are until they are taken. */
export class SmallBatches {
  readonly #memory: BatchMemory;
  readonly #below: number;
  #batches: ColumnBatch[] = [];
  #rows = 0;
  #byteLength = 0;

  /** `rows`: of the source, about; a batch that has them all need not wait. `memory`: for what is copied, until the batches are appended. */
  constructor(rows: number, memory: BatchMemory) {
    this.#memory = memory;
    this.#below = Math.min(FEW_ROWS + 1, rows);
  }

  /** Adds a batch; gives what is to be appended now, in order. */
  add(batch: ColumnBatch): readonly ColumnBatch[] {
    const { numRows, columns, byteLength } = batch;
    if (numRows >= this.#below || byteLength >= ENOUGH_BYTES || !isJoinable(batch)) {
      return [...this.take(), batch];
    }
    this.#batches.push(holdBatch(batch, this.#memory));
    this.#rows += numRows;
    this.#byteLength += byteLength;
    const few = this.#rows * columns.length < ENOUGH_VALUES;
    return few && this.#byteLength < ENOUGH_BYTES ? NONE : this.take();
  }

  /** Takes the batches that wait, as one if that can be. */
  take(): readonly ColumnBatch[] {
    const batches = this.#batches;
    if (batches.length === 0) return NONE;
    this.#batches = [];
    this.#rows = this.#byteLength = 0;
    const joined = batches.length > 1 ? joinBatches(batches, this.#memory) : null;
    return joined === null ? batches : [joined];
  }
}

const NONE: readonly ColumnBatch[] = [];
