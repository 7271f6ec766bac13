/**
 * Checks that rows come in the order that `sortingColumns` says.
 *
 * Parquet asks for that order within each row group. Where row groups end is nothing that a caller sees, unless he ends one
 * himself, so the order has to hold from one row to the next whatever row group they are in, and begins anew after a flush.
 *
 * @module
 */

import { clearBitmap, isBitSet } from "../arrow/bitmap.ts";
import type { Bitmap, ColumnArray, ColumnBatch, LeafArray } from "../arrow/column_array.ts";
import { concat } from "../arrow/concat.ts";
import { readKey, take } from "../arrow/take.ts";
import type { SortingColumn } from "../format/metadata.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { InvalidBatchError } from "../util/errors.ts";
import { type SlotComparison, slotComparison } from "./slot_comparison.ts";

/** Rows that are compared column by column: their numbers stay in cache. */
const BLOCK_ROWS = 4096;

/** A sorting column. */
interface SortKey extends SortingColumn {
  readonly plan: ColumnPlan;
}

/** A row that must not follow the one before it. */
interface Violation {
  readonly row: number;
  readonly key: SortKey;
}

/** Watches the rows of one file. */
export class RowOrder {
  readonly #keys: readonly SortKey[];
  /** The last row's slots, copied, since callers reuse buffers; `null` where any row may follow. */
  #last: LeafArray[] | null = null;
  /** Rows of the block that are equal to the ones before them by the columns so far. */
  readonly #ties = new Uint32Array(BLOCK_ROWS);
  readonly #left = new Uint32Array(BLOCK_ROWS);
  readonly #right = new Uint32Array(BLOCK_ROWS);
  readonly #signs = new Int8Array(BLOCK_ROWS);

  /** `sorting`: the columns by which rows are sorted, of those in `columns`. */
  constructor(columns: readonly ColumnPlan[], sorting: readonly SortingColumn[]) {
    this.#keys = sorting.map((key) => ({ ...key, plan: columns[key.columnIdx]! }));
  }

  /**
   * Checks that the rows of batches follow those before, and each other. Those that do count as written.
   *
   * @throws {InvalidBatchError} Where a row is out of order: names the first such row, and the column that says so. It is then
   * as if none of the batches had ever been here.
   */
  check(...batches: readonly ColumnBatch[]): void {
    const before = this.#last;
    try {
      for (const batch of batches) this.#check(batch);
    } catch (error) {
      this.#last = before;
      throw error;
    }
  }

  #check({ columns, numRows }: ColumnBatch): void {
    if (numRows === 0) return;
    const leaves = this.#keys.map(({ plan }) => leafOf(columns[plan.field]!, plan, numRows));
    const copies = (row: number) => leaves.map((leaf, i) => slotCopy(leaf, row, this.#path(i)));
    if (this.#last !== null) {
      const first = copies(0);
      const pairs = this.#last.map((last, i) =>
        concat([last, first[i]!], this.#path(i)) as LeafArray
      );
      this.#throwAt(this.#firstViolation(pairs, 2), 0);
    }
    this.#throwAt(this.#firstViolation(leaves, numRows));
    this.#last = copies(numRows - 1);
  }

  /** Any row may come next. */
  restart(): void {
    this.#last = null;
  }

  #path(key: number): string {
    return this.#keys[key]!.plan.arrowPath;
  }

  #throwAt(violation: Violation | null, row: number | undefined = violation?.row): void {
    if (violation === null) return;
    const { plan, descending, nullsFirst } = violation.key;
    const order = `${descending ? "descending" : "ascending"}, nulls ${
      nullsFirst ? "first" : "last"
    }`;
    throw new InvalidBatchError(
      plan.arrowPath,
      row ?? -1,
      `Cannot append rows out of order: this row sorts before the previous row by sortingColumns (${order})`,
    );
  }

  /** The first of `numRows` rows that belongs before its predecessor. */
  #firstViolation(leaves: readonly LeafArray[], numRows: number): Violation | null {
    const comparisons = leaves.map((leaf, i) => slotComparison(leaf, this.#keys[i]!.plan));
    for (let from = 1; from < numRows; from += BLOCK_ROWS) {
      let ties = Math.min(BLOCK_ROWS, numRows - from);
      for (let k = 0; k < ties; k++) this.#ties[k] = from + k;
      let found: Violation | null = null;
      for (let i = 0; i < leaves.length && ties > 0; i++) {
        const key = this.#keys[i]!;
        const left = this.#compare(key, leaves[i]!.validity, comparisons[i]!, ties);
        if (left.violation < (found?.row ?? Infinity)) found = { row: left.violation, key };
        ties = left.ties;
      }
      if (found !== null) return found;
    }
    return null;
  }

  /** Compares the first `ties` rows with their predecessors by one more column, and keeps those that are still equal. */
  #compare(
    { descending, nullsFirst }: SortKey,
    validity: Bitmap | null,
    comparison: SlotComparison,
    ties: number,
  ): { readonly ties: number; readonly violation: number } {
    const rows = this.#ties, left = this.#left, right = this.#right, signs = this.#signs;
    let present = 0, equal = 0, violation = Infinity;
    if (validity === null) {
      for (; present < ties; present++) {
        const row = rows[present]!;
        left[present] = row - 1;
        right[present] = row;
      }
    } else {
      for (let k = 0; k < ties; k++) {
        const row = rows[k]!;
        const before = isBitSet(validity, row - 1), now = isBitSet(validity, row);
        if (before && now) {
          left[present] = row - 1;
          right[present++] = row;
        } else if (before === now) rows[equal++] = row;
        else if (before === nullsFirst && row < violation) violation = row;
      }
    }
    comparison(left, right, present, signs);
    const wrong = descending ? -1 : 1;
    for (let k = 0; k < present; k++) {
      const sign = signs[k]!;
      if (sign === 0) rows[equal++] = right[k]!;
      else if (sign === wrong && right[k]! < violation) violation = right[k]!;
    }
    return { ties: equal, violation };
  }
}

/** The leaf's slots, one a row, null where anything above them is. */
function leafOf(column: ColumnArray, { nodes }: ColumnPlan, numRows: number): LeafArray {
  let array = column;
  const bitmaps: Bitmap[] = [];
  for (const node of nodes) {
    if (array.shape !== "struct" || node.kind !== "struct") break;
    if (array.validity !== null) bitmaps.push(array.validity);
    array = array.children[node.child]!;
  }
  const leaf = array as LeafArray;
  if (leaf.shape === "null") return { ...leaf, validity: clearBitmap(numRows) };
  if (leaf.validity !== null) bitmaps.push(leaf.validity);
  if (bitmaps.length === 0) return leaf;
  return { ...leaf, validity: bitmaps.length === 1 ? bitmaps[0]! : allOf(bitmaps, numRows) };
}

function allOf(bitmaps: readonly Bitmap[], length: number): Bitmap {
  const all = clearBitmap(length);
  for (let i = 0; i < length; i++) {
    if (bitmaps.every((bitmap) => isBitSet(bitmap, i))) all.bytes[i >>> 3]! |= 1 << (i & 7);
  }
  return all;
}

/** One slot in memory of its own, what a dictionary stands for looked up. */
function slotCopy(leaf: LeafArray, row: number, path: string): LeafArray {
  const slot = leaf.validity === null || isBitSet(leaf.validity, row) ? row : -1;
  if (leaf.shape !== "dictionary") return take(leaf, Int32Array.of(slot), path) as LeafArray;
  return take(
    leaf.dictionary,
    Int32Array.of(slot < 0 ? -1 : readKey(leaf, slot)),
    path,
  ) as LeafArray;
}
