/**
 * Where row groups end.
 *
 * A row group ends with the row that makes it `maxRows` rows long, or with the row at which the Arrow bytes of its rows
 * reach `maxBytes`. Both depend on the rows alone: the same rows give the same row groups, however they were batched.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";

/** Bytes of an offset, whatever width the batch has them in. */
const OFFSET_BYTES = 4;
/** A slot's share of the validity bitmap, which counts whether the batch brings one or not. */
const VALIDITY_BYTES = 1 / 8;

/** Part of a batch that belongs to the current row group. */
export interface RowGroupCut {
  /** First row that does not belong to it any more. */
  readonly to: number;
  /** Whether the row group is complete with that. */
  readonly full: boolean;
}

/** Cuts a sequence of batches into row groups. */
export class RowGroupCutter {
  readonly #maxRows: number;
  readonly #maxBytes: number;
  #rows = 0;
  #bytes = 0;

  /** `maxRows`, `maxBytes`: at which a row group ends. */
  constructor(maxRows: number, maxBytes: number) {
    this.#maxRows = maxRows;
    this.#maxBytes = maxBytes;
  }

  /** Rows of the current row group. */
  get rows(): number {
    return this.#rows;
  }

  /** Arrow bytes of the current row group's rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds to the current row group what belongs to it of rows [from, to), at least one row. */
  take(columns: readonly ColumnArray[], from: number, to: number): RowGroupCut {
    let end = Math.min(to, from + this.#maxRows - this.#rows);
    let bytes = this.#bytes + rowBytes(columns, from, end);
    if (bytes >= this.#maxBytes) {
      // The bytes grow with every row: the first row at which they are enough is found by bisection.
      let tooFew = from;
      while (tooFew + 1 < end) {
        const middle = (tooFew + end) >>> 1;
        if (this.#bytes + rowBytes(columns, from, middle) >= this.#maxBytes) end = middle;
        else tooFew = middle;
      }
      bytes = this.#bytes + rowBytes(columns, from, end);
    }
    this.#rows += end - from;
    this.#bytes = bytes;
    return { to: end, full: this.#rows >= this.#maxRows || bytes >= this.#maxBytes };
  }

  /** Begins the next row group. */
  next(): void {
    this.#rows = this.#bytes = 0;
  }
}

/**
 * Arrow bytes of rows [from, to). Exactly additive: fractions are eighths, and what belongs to the batch rather than to its
 * rows (dictionaries, bitmaps that are there or not, the width of offsets) does not enter.
 */
export function rowBytes(columns: readonly ColumnArray[], from: number, to: number): number {
  let bytes = 0;
  for (const column of columns) bytes += slotBytes(column, from, to);
  return bytes;
}

function slotBytes(array: ColumnArray, from: number, to: number): number {
  const slots = to - from;
  const validity = slots * VALIDITY_BYTES;
  switch (array.shape) {
    case "null":
      return validity;
    case "boolean":
      return validity + slots / 8;
    case "fixed":
      return validity + slots * array.width;
    case "bytes":
      return validity + slots * OFFSET_BYTES + offsetAt(array, to) - offsetAt(array, from);
    case "dictionary":
      return validity + slots * array.keyWidth;
    case "list":
      return validity + slots * OFFSET_BYTES +
        slotBytes(array.child, offsetAt(array, from), offsetAt(array, to));
    case "fixedSizeList":
      return validity + slotBytes(array.child, from * array.listSize, to * array.listSize);
    case "struct":
      return validity + rowBytes(array.children, from, to);
  }
}

function offsetAt({ offsets }: { offsets: Int32Array | BigInt64Array }, slot: number): number {
  return Number(offsets[slot] ?? 0);
}
