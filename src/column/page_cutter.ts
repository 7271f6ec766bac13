/** @module How many of a segment's rows go into a page. */

import type { LeafValues } from "../encoding/leaf_values.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { LIMITS, type Limits } from "../util/limits.ts";
import { STEP_BYTES, type Steps } from "../util/steps.ts";
import type { ChunkPages } from "./chunk_pages.ts";
import type { SegmentTools } from "./workbench.ts";

/** Values of one segment: themselves, or keys of the current Arrow dictionary. */
export type SegmentValues =
  | { readonly kind: "values"; readonly values: LeafValues }
  | { readonly kind: "keys"; readonly keys: Pointer; readonly keyWidth: number };

/** Some rows, and what they have. */
export interface RowRange {
  readonly entries: number;
  readonly rows: number;
  readonly values: number;
}

/** Bytes that the levels of a value take in a page, at the most, and what comes before them. */
const LEVEL_BYTES = 2;
const LEVELS_START_BYTES = 16;

/** Counts the rows of segments, whose levels their tools have. */
export class PageCutter {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #width: number;
  readonly #pages: ChunkPages;
  readonly #limits: Limits;

  /** For the pages of one chunk, whose values are `width` bytes wide (0: byte arrays). */
  constructor(kernels: Kernels, plan: ColumnPlan, width: number, pages: ChunkPages) {
    this.#kernels = kernels;
    this.#plan = plan;
    this.#width = width;
    this.#pages = pages;
    this.#limits = plan.limits ?? LIMITS;
  }

  /** Counts the rows between `entry` and `end` that have no more than so many rows and about so many values. */
  take(
    tools: SegmentTools,
    entry: number,
    end: number,
    maxRows: number,
    maxValues: number,
  ): RowRange {
    const { repetitionLevels, definitionLevels, entries, values } = tools.shredder;
    const left = end - entry;
    // Where every entry is a row and a value, there is nothing to count.
    if (definitionLevels === 0 || (repetitionLevels === 0 && values === entries)) {
      const rows = Math.min(left, maxRows, maxValues);
      return { entries: rows, rows, values: rows };
    }
    const result = tools.result.reserve(16);
    this.#kernels.takeRows(
      repetitionLevels === 0 ? 0 : repetitionLevels + entry,
      definitionLevels + entry,
      left,
      this.#plan.maxDefinitionLevel,
      Math.min(maxRows, left),
      Math.min(maxValues, left),
      result,
    );
    const { i32 } = this.#kernels.memory;
    const word = result >>> 2;
    return { entries: i32[word]!, rows: i32[word + 1]!, values: i32[word + 2]! };
  }

  /** The same in steps, where a row may have very many entries. */
  *takeInSteps(
    tools: SegmentTools,
    entry: number,
    end: number,
    maxRows: number,
    maxValues: number,
  ): Steps<RowRange> {
    if (end - entry <= STEP_BYTES) return this.take(tools, entry, end, maxRows, maxValues);
    let entries = 0;
    let rows = 0;
    let values = 0;
    for (;;) {
      const from = entry + entries;
      const to = Math.min(end, from + STEP_BYTES);
      const some = this.take(
        tools,
        from,
        to,
        Math.max(0, maxRows - rows),
        Math.max(0, maxValues - values),
      );
      entries += some.entries;
      rows += some.rows;
      values += some.values;
      if (from + some.entries < to || to === end) return { entries, rows, values };
      yield;
    }
  }

  /** Of some rows, those with which the page does not outgrow what a page may be; an empty page takes one in any case. */
  fitting(
    tools: SegmentTools,
    segmentValues: SegmentValues,
    entry: number,
    value: number,
    rows: RowRange,
  ): RowRange {
    if (this.#fits(segmentValues, value, rows)) return rows;
    const end = entry + rows.entries;
    // No number of values is to end the range.
    const take = (n: number) => this.take(tools, entry, end, n, rows.values + 1);
    let fit: RowRange = { entries: 0, rows: 0, values: 0 };
    let tooMany = rows.rows;
    while (fit.rows + 1 < tooMany) {
      const some = take((fit.rows + tooMany) >>> 1);
      if (this.#fits(segmentValues, value, some)) fit = some;
      else tooMany = some.rows;
    }
    return fit.rows > 0 || this.#pages.rows > 0 ? fit : take(1);
  }

  /** The most whole rows from `entry` on that hold no more than `maxValues` values. */
  rowsHolding(
    tools: SegmentTools,
    entry: number,
    entries: number,
    maxValues: number,
  ): RowRange {
    const { repetitionLevels, definitionLevels } = tools.shredder;
    const { u8 } = this.#kernels.memory;
    let whole: RowRange = { entries: 0, rows: 0, values: 0 };
    let rows = 0;
    let values = 0;
    for (let i = 0; i <= entries; i++) {
      const startsRow = i === entries || repetitionLevels === 0 ||
        u8[repetitionLevels + entry + i] === 0;
      if (startsRow) whole = { entries: i, rows: rows++, values };
      if (i === entries) break;
      const isValue = definitionLevels === 0 ||
        u8[definitionLevels + entry + i] === this.#plan.maxDefinitionLevel;
      if (isValue && ++values > maxValues) break;
    }
    return whole;
  }

  /** Whether rows may join those of the current page. */
  #fits(segmentValues: SegmentValues, value: number, rows: RowRange): boolean {
    const { encoder, dictionary } = this.#pages;
    const { maxPageEntries, maxPageBytes } = this.#limits;
    const entries = this.#pages.entries + rows.entries;
    if (entries > maxPageEntries) return false;
    const levels = LEVELS_START_BYTES + entries * LEVEL_BYTES;
    const ids = (encoder.count + rows.values) * 4;
    if (segmentValues.kind === "keys" || dictionary?.decided === true) {
      return levels + ids <= maxPageBytes;
    }
    // Ids may yet turn into the values that they stand for.
    const lengths = this.#width > 0 ? 0 : encoder.count * 4;
    const bytes = this.#plainBytes(segmentValues.values, value, rows.values);
    return levels + encoder.unencodedBytes + lengths + bytes <= maxPageBytes;
  }

  /** Bytes of values as PLAIN has them. */
  #plainBytes(values: LeafValues, from: number, count: number): number {
    if (count === 0) return 0;
    if (this.#width > 0) return count * this.#width;
    const { i32 } = this.#kernels.memory;
    const word = (values.offsets >>> 2) + from;
    return i32[word + count]! - i32[word]! + count * 4;
  }
}
