/**
 * Where row groups end.
 *
 * A row group ends with the row that makes it `maxRows` rows long, with the row at which the Arrow bytes of its rows reach
 * `maxBytes`, or, where encoded bytes are limited, with the last row before an {@linkcode EncodedSizeEstimator} expects too
 * many of them. All depend on the rows alone: the same rows give the same row groups, however they were batched.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { EncodedSizeEstimator } from "./encoded_size_estimator.ts";

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
  readonly #estimator: EncodedSizeEstimator | null;
  #rows = 0;
  #bytes = 0;

  /** `maxRows`, `maxBytes`: at which a row group ends; `estimator`: knows when encoded bytes are enough. */
  constructor(maxRows: number, maxBytes: number, estimator: EncodedSizeEstimator | null = null) {
    this.#maxRows = maxRows;
    this.#maxBytes = maxBytes;
    this.#estimator = estimator;
  }

  /** Rows of the current row group. */
  get rows(): number {
    return this.#rows;
  }

  /** Arrow bytes of the current row group's rows. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Encoded bytes that they are expected to take, where these are limited; else `null`. */
  get encodedBytes(): number | null {
    return this.#estimator?.encodedBytes(this.#bytes) ?? null;
  }

  /**
   * Adds to the current row group what belongs to it of rows [from, to). It may take fewer than belong there, and where encoded
   * bytes are limited none at all: then the row group is complete without them, or there is more to be said at the next call.
   */
  take(columns: readonly ColumnArray[], from: number, to: number): RowGroupCut {
    const estimator = this.#estimator;
    let end = Math.min(to, from + this.#maxRows - this.#rows);
    /** Whether the next row would be too much. */
    let held = false;
    if (estimator !== null) {
      const within = this.#lastWithin(columns, from, end, estimator.limit);
      held = within < end;
      end = within;
    }
    let bytes = this.#bytes + rowBytes(columns, from, end);
    const stop = Math.min(this.#maxBytes, estimator?.stop ?? Infinity);
    if (bytes >= stop && end > from) {
      const reaching = this.#firstReaching(columns, from, end, stop);
      if (reaching < end) {
        end = reaching;
        held = false;
        bytes = this.#bytes + rowBytes(columns, from, end);
      }
    }
    this.#rows += end - from;
    this.#bytes = bytes;
    if (estimator !== null) {
      if (end > from) estimator.append(columns, from, end);
      if ((bytes >= estimator.stop && end > from) || (held && !estimator.mayEndAt(bytes))) {
        estimator.reached(bytes);
        // There may be more room now than there seemed to be.
        held = false;
      }
      held ||= bytes >= estimator.limit;
    }
    const full = held || this.#rows >= this.#maxRows || bytes >= this.#maxBytes;
    return { to: end, full };
  }

  /** Begins the next row group. */
  next(): void {
    this.#rows = this.#bytes = 0;
    this.#estimator?.restart();
  }

  /** The first row of (from, end] up to which there are `bytes`, which there are at `end`. Bytes grow with every row. */
  #firstReaching(
    columns: readonly ColumnArray[],
    from: number,
    end: number,
    bytes: number,
  ): number {
    let tooFew = from;
    while (tooFew + 1 < end) {
      const middle = (tooFew + end) >>> 1;
      if (this.#bytes + rowBytes(columns, from, middle) >= bytes) end = middle;
      else tooFew = middle;
    }
    return end;
  }

  /** The last row of [from, end] up to which there are no more than `bytes`; at least one row of an empty row group. */
  #lastWithin(columns: readonly ColumnArray[], from: number, end: number, bytes: number): number {
    if (bytes === Infinity || this.#bytes + rowBytes(columns, from, end) <= bytes) return end;
    let within = this.#rows === 0 ? from + 1 : from;
    let tooMany = end;
    while (within + 1 < tooMany) {
      const middle = (within + tooMany) >>> 1;
      if (this.#bytes + rowBytes(columns, from, middle) <= bytes) within = middle;
      else tooMany = middle;
    }
    return within;
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
