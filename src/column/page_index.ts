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

interface Entry {
  readonly page: IndexedPage;
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

/** Gathers one entry for each data page. */
export class PageIndexBuilder {
  readonly #plan: ColumnPlan;
  /** `null`: the column has no bounds, and so no column index. */
  readonly #type: BoundsType | null;
  readonly #entries: Entry[] = [];
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
    this.#entries.push({ page, min, max });
    this.#memoryBytes += ENTRY_BYTES + min.length + max.length;
  }

  /** Where the pages are, the first of them `firstOffset` bytes into the chunk. */
  locations(firstOffset: number): PageLocations {
    const locations: Mutable<PageLocations> = {
      firstOffset,
      compressedPageSizes: this.#entries.map(({ page }) => page.compressedSize),
      firstRowIndexes: this.#entries.map(({ page }) => page.firstRow),
    };
    if (this.#plan.physicalType === "BYTE_ARRAY") {
      locations.unencodedByteArrayDataBytes = this.#entries.map(({ page }) => page.unencodedBytes);
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
    const entries = this.#entries;
    const type = this.#type;
    if (type === null || this.#unbounded) return null;
    const index: Mutable<ColumnIndex> = {
      nullPages: entries.map(({ page }) => page.values === 0),
      minValues: entries.map(({ min }) => min),
      maxValues: entries.map(({ max }) => max),
      boundaryOrder: boundaryOrder(type, entries),
      nullCounts: entries.map(({ page }) => page.nulls),
    };
    if (repetition !== null) index.repetitionLevelHistograms = repetition.pages;
    if (definition !== null) index.definitionLevelHistograms = definition.pages;
    if (type.totalOrder) index.nanCounts = entries.map(({ page }) => page.nans);
    return encodeColumnIndex(index);
  }
}

/** How the bounds of the pages are ordered, as they are written: cutting them may change it. Pages without values do not count. */
function boundaryOrder(type: BoundsType, entries: readonly Entry[]): BoundaryOrder {
  let ascending = true;
  let descending = true;
  let before: Entry | null = null;
  for (const entry of entries) {
    if (entry.page.values === 0) continue;
    if (before !== null) {
      const mins = compareWritten(type, before.min, entry.min);
      const maxs = compareWritten(type, before.max, entry.max);
      if (mins > 0 || maxs > 0) ascending = false;
      if (mins < 0 || maxs < 0) descending = false;
      if (!ascending && !descending) return "UNORDERED";
    }
    before = entry;
  }
  return ascending ? "ASCENDING" : "DESCENDING";
}
