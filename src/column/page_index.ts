/**
 * The page index of a column chunk: where its data pages are, and what is known of each.
 *
 * @see https://parquet.apache.org/docs/file-format/pageindex/
 * @module
 */

import type { BoundaryOrder, ColumnIndex } from "../format/metadata.ts";
import { encodeColumnIndex } from "../format/structures.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { type BoundsType, compareWritten, type MinMax } from "../statistics/bounds.ts";
import { writtenMax, writtenMin } from "../statistics/truncate.ts";
import type { PageLocations } from "./encoded_column_chunk.ts";
import type { LevelHistogram } from "./level_histograms.ts";
import type { Mutable } from "../util/mutable.ts";

const EMPTY = new Uint8Array(0);
/** What an entry takes in memory, bounds apart, about. */
const ENTRY_BYTES = 100;

/** What is said of a data page. */
export interface IndexedPage {
  /** Bytes, header included. */
  readonly compressedSize: number;
  readonly firstRow: number;
  readonly nulls: number;
  /** Values that are not null. */
  readonly values: number;
  readonly nans: number;
  readonly unencodedBytes: number;
}

/** Gathers one entry for each data page. */
export class PageIndexBuilder {
  readonly #plan: ColumnPlan;
  /** `null`: the column has no bounds, and so no column index. */
  readonly #type: BoundsType | null;
  /** One of each for each page. */
  readonly #compressedSizes: number[] = [];
  readonly #firstRows: number[] = [];
  readonly #unencodedBytes: number[] = [];
  readonly #nullPages: boolean[] = [];
  readonly #nulls: number[] = [];
  readonly #nans: number[] = [];
  readonly #mins: Uint8Array[] = [];
  readonly #maxs: Uint8Array[] = [];
  #memoryBytes = 0;
  /** A page has values but no bounds that could be written. */
  #unbounded: boolean;

  /** `type`: by what bounds are taken, `null` for a column that has none. */
  constructor(plan: ColumnPlan, type: BoundsType | null) {
    this.#plan = plan;
    this.#type = type;
    this.#unbounded = type === null;
  }

  /** Bytes of memory that the entries hold, about. */
  get memoryBytes(): number {
    return this.#memoryBytes;
  }

  /** Adds the next data page; `bounds` is `null` where there are none. */
  add(page: IndexedPage, bounds: MinMax | null): void {
    let min: Uint8Array = EMPTY;
    let max: Uint8Array = EMPTY;
    if (bounds !== null && !this.#unbounded) {
      const length = this.#plan.properties.columnIndexTruncateLength;
      const least = writtenMin(bounds.min, this.#plan, length);
      const most = writtenMax(bounds.max, this.#plan, length);
      if (least === null || most === null) this.#unbounded = true;
      else {
        min = least.value;
        max = most.value;
      }
    } else if (page.values > 0) this.#unbounded = true;
    this.#compressedSizes.push(page.compressedSize);
    this.#firstRows.push(page.firstRow);
    this.#unencodedBytes.push(page.unencodedBytes);
    this.#nullPages.push(page.values === 0);
    this.#nulls.push(page.nulls);
    this.#nans.push(page.nans);
    this.#mins.push(min);
    this.#maxs.push(max);
    this.#memoryBytes += ENTRY_BYTES + min.length + max.length;
  }

  /** Where the pages are, the first of them `firstOffset` bytes into the chunk. */
  locations(firstOffset: number): PageLocations {
    const locations: Mutable<PageLocations> = {
      firstOffset,
      compressedPageSizes: this.#compressedSizes,
      firstRowIndexes: this.#firstRows,
    };
    if (this.#plan.physicalType === "BYTE_ARRAY") {
      locations.unencodedByteArrayDataBytes = this.#unencodedBytes;
    }
    return locations;
  }

  /**
   * The column index, encoded; `null` where the column has no order, or a page has values that cannot be bounds: NaNs alone in
   * the type's own order (SPEC: no column index then), or strings far too long that cannot be cut.
   */
  columnIndex(
    repetition: LevelHistogram | null,
    definition: LevelHistogram | null,
  ): Uint8Array<ArrayBuffer> | null {
    const type = this.#type;
    if (type === null || this.#unbounded) return null;
    const index: Mutable<ColumnIndex> = {
      nullPages: this.#nullPages,
      minValues: this.#mins,
      maxValues: this.#maxs,
      boundaryOrder: this.#boundaryOrder(type),
      nullCounts: this.#nulls,
    };
    if (repetition !== null) index.repetitionLevelHistograms = repetition.pages;
    if (definition !== null) index.definitionLevelHistograms = definition.pages;
    if (type.totalOrder) index.nanCounts = this.#nans;
    return encodeColumnIndex(index);
  }

  /** How the bounds of the pages are ordered, as they are written: cutting them may change it. Pages without values do not count. */
  #boundaryOrder(type: BoundsType): BoundaryOrder {
    const mins = this.#mins, maxs = this.#maxs;
    let ascending = true, descending = true;
    let before = -1;
    for (let i = 0; i < mins.length; i++) {
      if (this.#nullPages[i]!) continue;
      if (before >= 0) {
        const min = compareWritten(type, mins[before]!, mins[i]!);
        const max = compareWritten(type, maxs[before]!, maxs[i]!);
        if (min > 0 || max > 0) ascending = false;
        if (min < 0 || max < 0) descending = false;
        if (!ascending && !descending) return "UNORDERED";
      }
      before = i;
    }
    return ascending ? "ASCENDING" : "DESCENDING";
  }
}
