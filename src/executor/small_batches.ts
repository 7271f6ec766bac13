/**
 * Small batches that are written as one.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import { GatheredRows } from "../arrow/gathered_rows.ts";

/** Rows of a small batch at the most: with more, what the batch and its columns cost is little beside their values. */
const FEW_ROWS = 4096;
/** Values that small batches wait for, about; one that has a quarter of them does not wait. */
const ENOUGH_VALUES = 128 * 1024;
/** Bytes that they wait for, about: what is copied is to be in the cache still when it is copied again. */
const ENOUGH_BYTES = 2 * 1024 * 1024;
/** Part of `ENOUGH_VALUES`, and of the bytes, from which on a batch does not wait. */
const LARGE_PART = 1 / 4;
/** Bytes that each column takes before anything is in it, and what all of them may take in any case. */
const COLUMN_BYTES = 8 * 1024, FEW_BYTES = 64 * 1024;

/** The small batches of one file, which come behind everything that was appended. */
export class SmallBatches {
  readonly #gathered = new GatheredRows();
  /** Bytes of them at the most, about; 0: there are so many columns that none wait. */
  readonly #most: number;
  readonly #append: (columns: readonly ColumnArray[], from: number, to: number) => void;

  /**
   * @param leaves Leaf columns of the file.
   * @param mostBytes Bytes that they may take.
   * @param append Appends rows, which are copied before it returns.
   */
  constructor(
    leaves: number,
    mostBytes: number,
    append: (columns: readonly ColumnArray[], from: number, to: number) => void,
  ) {
    const most = Math.min(ENOUGH_BYTES, mostBytes);
    this.#most = leaves * COLUMN_BYTES <= Math.max(most, FEW_BYTES) ? most : 0;
    this.#append = append;
  }

  /** Rows that wait. */
  get rows(): number {
    return this.#gathered.rows;
  }

  /** Bytes of memory that is held for them. */
  get byteLength(): number {
    return this.#gathered.byteLength;
  }

  /** Copies rows [from, to) if they may wait, and says whether they do. What is enough by then is appended. */
  add(columns: readonly ColumnArray[], from: number, to: number): boolean {
    const gathered = this.#gathered, rows = to - from;
    if (rows > FEW_ROWS || rows * columns.length >= ENOUGH_VALUES * LARGE_PART) return false;
    let bytes = gathered.bytesOf(columns, from, to);
    if (bytes < 0 && gathered.rows > 0) {
      this.flush();
      bytes = gathered.bytesOf(columns, from, to);
    }
    if (bytes < 0 || bytes >= this.#most * LARGE_PART) return false;
    gathered.append(columns, from, to, bytes);
    const few = gathered.rows * columns.length < ENOUGH_VALUES;
    if (!few || gathered.valueBytes >= this.#most) this.flush();
    return true;
  }

  /** Appends what waits. */
  flush(): void {
    const { rows } = this.#gathered;
    if (rows > 0) this.#append(this.#gathered.take(), 0, rows);
  }

  /** Lets go of everything. */
  release(): void {
    this.#gathered.release();
  }
}
