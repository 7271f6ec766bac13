/**
 * Rows in the order of `sorting_columns`: by the first column, rows that are equal there by the second, and so on.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (RowGroup, SortingColumn)
 * @module
 */

import type { RowGroup, SortingColumn } from "../../format/metadata.ts";
import type { ChunkVisitor } from "../chunk_visitor.ts";
import type { DecodedDictionary, DecodedPage, DecodedValues } from "../decoded_page.ts";
import { isLong, rankValues } from "./dictionary_use.ts";
import { valueAt } from "./extremes.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import {
  type Comparator,
  comparator,
  compareLoosely,
  isFloating,
  isNaNValue,
  rowOrder,
  type ValueOrder,
} from "./value_order.ts";
import { valueText } from "./value_text.ts";

/** Rows whose ties are remembered: 64 MiB of bits. */
const MAX_ROWS = 2 ** 29;

/** Rows that are equal to the row before them, in all columns so far. */
class Ties {
  #bits = new Uint8Array(1024);

  get(row: number): boolean {
    return (this.#bits[row >>> 3]! & (1 << (row & 7))) !== 0;
  }

  set(row: number): void {
    const at = row >>> 3;
    if (at >= this.#bits.length) {
      const bits = new Uint8Array(2 * at);
      bits.set(this.#bits);
      this.#bits = bits;
    }
    this.#bits[at]! |= 1 << (row & 7);
  }

  clear(row: number): void {
    this.#bits[row >>> 3]! &= ~(1 << (row & 7));
  }
}

/** What is in a row: a value, or `null`. */
type Cell = Uint8Array | null;

/** Looks at one column of a row group, page by page. */
class SortedColumn implements ChunkVisitor {
  readonly #findings: Findings;
  readonly #column: LeafColumn;
  readonly #order: ValueOrder;
  readonly #sorting: SortingColumn;
  readonly #rowGroup: number;
  readonly #ties: Ties;
  /** Rows are compared only where they are equal in columns before this one. */
  readonly #first: boolean;
  /** Another column comes after this one. */
  readonly #more: boolean;
  #dictionary: DecodedValues | null = null;
  /** Of the dictionary. */
  #compareEntries: Comparator | null = null;
  /** Of the last row seen; `undefined`: none. */
  #before: Cell | undefined;
  /** Which entry of the dictionary it is; −1: none. */
  #beforeEntry = -1;
  #nextRow = 0;
  complete = false;

  constructor(
    findings: Findings,
    column: LeafColumn,
    order: ValueOrder,
    sorting: SortingColumn,
    rowGroup: number,
    ties: Ties,
    position: { readonly first: boolean; readonly more: boolean },
  ) {
    this.#findings = findings;
    this.#column = column;
    this.#order = order;
    this.#sorting = sorting;
    this.#rowGroup = rowGroup;
    this.#ties = ties;
    this.#first = position.first;
    this.#more = position.more;
  }

  dictionary(page: DecodedDictionary): void {
    this.#dictionary = page.values;
    if (isLong(this.#order)) {
      // Entries may be long and compared in each row, so they are compared beforehand.
      const ranks = rankValues(this.#order, page.values);
      this.#compareEntries = (left, right) => ranks[left]! - ranks[right]!;
    } else {
      this.#compareEntries = comparator(this.#order, page.values);
    }
  }

  page(page: DecodedPage): void {
    if (page.entries === 0 || page.firstRow + page.entries > MAX_ROWS) return;
    // Nothing is known of rows in a page that could not be decoded.
    if (page.firstRow !== this.#nextRow) {
      this.#before = undefined;
      this.#beforeEntry = -1;
    }
    this.#nextRow = page.firstRow + page.entries;
    const ids = this.#dictionary === null ? null : page.ids;
    const values = ids === null ? page.values() : this.#dictionary!;
    const compare = ids === null ? comparator(this.#order, values) : this.#compareEntries!;
    if (ids === null) this.#beforeEntry = -1;
    const { definitionLevels } = page;
    const { maxDefinitionLevel } = this.#column;
    // Positions in `values`; −1: null.
    let before = -1, next = 0;
    for (let i = 0; i < page.entries; i++) {
      const isNull = definitionLevels !== null && definitionLevels[i]! < maxDefinitionLevel;
      const at = isNull ? -1 : ids === null ? next++ : ids[next++]!;
      const row = page.firstRow + i;
      if (this.#first || this.#ties.get(row)) {
        const first = i === 0 ? this.#beforeEntry : before;
        let difference: number;
        if (i === 0 && (first === -1 || at === -1)) {
          const cell = isNull ? null : this.#valueAt(values, at);
          difference = this.#before === undefined ? -1 : this.#compareCells(this.#before, cell);
        } else {
          difference = this.#comparePositions(compare, values, first, at);
        }
        if (difference > 0) {
          const cells = [
            i === 0 ? this.#before! : this.#cellAt(values, before),
            this.#cellAt(values, at),
          ];
          this.#report(page, row, cells[0]!, cells[1]!);
        }
        if (this.#more) {
          if (difference !== 0) this.#ties.clear(row);
          else if (this.#first) this.#ties.set(row);
        }
      }
      before = at;
    }
    const last = this.#cellAt(values, before);
    // A dictionary stays; values of a page do not.
    this.#before = ids === null && last !== null ? last.slice() : last;
    this.#beforeEntry = ids === null ? -1 : before;
  }

  finish(complete: boolean): void {
    this.complete = complete;
  }

  #valueAt(values: DecodedValues, at: number): Uint8Array {
    return valueAt(values, this.#order.width, at);
  }

  #cellAt(values: DecodedValues, at: number): Cell {
    return at === -1 ? null : this.#valueAt(values, at);
  }

  /** Rows by positions of their values, −1 being null. Positive: in the wrong order. */
  #comparePositions(
    compare: Comparator,
    values: DecodedValues,
    before: number,
    after: number,
  ): number {
    if (before === after) return 0;
    if (before === -1 || after === -1) return this.#nullOrder(before === -1);
    const difference = this.#sorting.descending ? compare(after, before) : compare(before, after);
    return difference !== 0 && this.#isZeroTie(values, before, after) ? 0 : difference;
  }

  /** Zeros of either sign are equal, though a comparison tells them apart. */
  #isZeroTie(values: DecodedValues, left: number, right: number): boolean {
    if (!isFloating(this.#order.kind) || this.#order.total) return false;
    const [a, b] = [this.#valueAt(values, left), this.#valueAt(values, right)];
    return compareLoosely(this.#order, a, b) === 0;
  }

  /** Negative where the row with the null comes first. */
  #nullOrder(beforeIsNull: boolean): number {
    return beforeIsNull === this.#sorting.nullsFirst ? -1 : 1;
  }

  #compareCells(before: Cell, after: Cell): number {
    if (before === null || after === null) {
      return before === after ? 0 : this.#nullOrder(before === null);
    }
    const difference = compareLoosely(this.#order, before, after);
    return this.#sorting.descending ? -difference : difference;
  }

  #report(page: DecodedPage, row: number, before: Cell, after: Cell): void {
    const order = this.#order;
    const text = (cell: Cell) => cell === null ? "null" : valueText(order.kind, cell);
    const nan = !order.total &&
      [before, after].some((cell) => cell !== null && isNaNValue(order, cell));
    this.#findings.add(
      nan ? "sorting-nan" : "sorting-violated",
      `row ${row} has ${text(after)} after ${text(before)}, in ` +
        `${this.#sorting.descending ? "descending" : "ascending"} order, nulls ` +
        `${this.#sorting.nullsFirst ? "first" : "last"}`,
      {
        rowGroup: this.#rowGroup,
        column: this.#column.name,
        page: page.ordinal,
        offset: page.offset,
      },
    );
  }
}

/**
 * Checks that the rows of a row group are in the order that it claims.
 *
 * @param findings Takes what is found.
 * @param rowGroup The row group.
 * @param rowGroupIndex Its ordinal.
 * @param columns All leaf columns.
 * @param rescan Reads a column chunk again and shows it to a visitor.
 */
export async function sortingClaims(
  findings: Findings,
  rowGroup: RowGroup,
  rowGroupIndex: number,
  columns: readonly LeafColumn[],
  rescan: (columnIndex: number, visitor: ChunkVisitor) => Promise<void>,
): Promise<void> {
  const ties = new Ties();
  const seen = new Set<number>();
  const sortings = (rowGroup.sortingColumns ?? []).filter(({ columnIdx }) => {
    // A second time it decides nothing.
    const isNew = !seen.has(columnIdx);
    seen.add(columnIdx);
    return isNew;
  });
  for (const [i, sorting] of sortings.entries()) {
    const column = columns[sorting.columnIdx];
    // Was reported with the row group; without it the columns that follow decide nothing.
    if (column === undefined) return;
    const order = rowOrder(column);
    const place = { rowGroup: rowGroupIndex, column: column.name };
    const unverifiable = order === null
      ? "has no defined order"
      : column.maxRepetitionLevel > 0
      ? "has more than one value a row"
      : rowGroup.numRows > MAX_ROWS
      ? "has too many rows"
      : null;
    if (order === null || unverifiable !== null) {
      const message = `the order of rows is not checked by this column, which ${unverifiable}`;
      findings.add("sorting-unverifiable", message, place);
      return;
    }
    const visitor = new SortedColumn(findings, column, order, sorting, rowGroupIndex, ties, {
      first: i === 0,
      more: i < sortings.length - 1,
    });
    await rescan(sorting.columnIdx, visitor);
    // Rows that could not be read may differ there: nothing follows for other columns.
    if (!visitor.complete) return;
  }
}
