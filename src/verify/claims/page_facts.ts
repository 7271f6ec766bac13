/** @module What a page turns out to be, each fact found when first asked for and then kept. */

import type { DecodedPage, DecodedValues } from "../decoded_page.ts";
import type { DictionaryUse, EntryHashes } from "./dictionary_use.ts";
import {
  countNaNs,
  type Extremes,
  findExtremes,
  findRankedExtremes,
  type Picks,
} from "./extremes.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { boundsOrder, rowOrder, type ValueOrder } from "./value_order.ts";

/** A column with the orders of its values, for as long as a chunk lasts. */
export interface OrderedColumn {
  readonly column: LeafColumn;
  /** Order of the bounds; `null`: not defined. */
  readonly order: ValueOrder | null;
  /** What the type makes of the values, whatever order the file gives; `null`: no order. */
  readonly typeOrder: ValueOrder | null;
}

/** Looks up the orders of a column. */
export function orderedColumn(column: LeafColumn): OrderedColumn {
  return { column, order: boundsOrder(column), typeOrder: rowOrder(column) };
}

/** How often each level occurs. */
function histogram(levels: Uint8Array | null, maxLevel: number, entries: number): number[] {
  const counts = new Array<number>(maxLevel + 1).fill(0);
  if (levels === null) {
    counts[0] = entries;
    return counts;
  }
  for (let i = 0; i < levels.length; i++) counts[levels[i]!]!++;
  return counts;
}

/** Facts about one data page. */
export class PageFacts {
  readonly page: DecodedPage;
  /** Values that the page has, or the dictionary's of which it has some. */
  readonly values: DecodedValues;
  /** Which of `values` occur in the page. */
  readonly picks: Picks;
  /** Values that are not null. */
  readonly valueCount: number;
  readonly nullCount: number;
  readonly #types: OrderedColumn;
  readonly #use: DictionaryUse | null;
  #nanCount: number | undefined;
  #extremes: Extremes | null | undefined;
  #fresh: Picks | undefined;
  #bytes: number | undefined;
  #repetition: readonly number[] | undefined;
  #definition: readonly number[] | undefined;

  /** `use`: of the chunk's dictionary, where it has one. */
  constructor(types: OrderedColumn, page: DecodedPage, use: DictionaryUse | null) {
    const ids = use === null ? null : page.ids;
    this.page = page;
    this.values = ids === null ? page.values() : use!.values;
    this.picks = ids === null ? null : use!.distinct(ids);
    this.valueCount = ids === null ? this.values.count : ids.length;
    this.nullCount = page.entries - this.valueCount;
    this.#types = types;
    this.#use = ids === null ? null : use;
  }

  /** Number of NaNs. */
  get nanCount(): number {
    const order = this.#types.typeOrder;
    const ids = this.#use === null ? null : this.page.ids;
    return this.#nanCount ??= order === null ? 0 : countNaNs(order, this.values, ids);
  }

  /** The least and the greatest value; `null` without any, or where no order is defined. They outlast the page. */
  get extremes(): Extremes | null {
    if (this.#extremes === undefined) {
      const { order } = this.#types;
      this.#extremes = order === null ? null : this.#findExtremes(order);
    }
    return this.#extremes;
  }

  #findExtremes(order: ValueOrder): Extremes | null {
    const ranks = this.#use?.ranks(order, this.picks!) ?? null;
    if (ranks !== null) return findRankedExtremes(order, this.values, ranks, this.picks!);
    return this.#lasting(findExtremes(order, this.values, this.picks));
  }

  /** A dictionary stays; values of a page do not. */
  #lasting(extremes: Extremes | null): Extremes | null {
    if (extremes === null || this.#use !== null) return extremes;
    return { ...extremes, min: extremes.min.slice(), max: extremes.max.slice() };
  }

  /** Extremes of {@linkcode fresh} alone. Together, those of all pages are the extremes of the chunk. */
  get freshExtremes(): Extremes | null {
    const { order } = this.#types;
    if (order === null || this.#use === null) return this.extremes;
    return findExtremes(order, this.values, this.fresh);
  }

  /** Of the page's values those not seen in the chunk so far: entries of the dictionary come but once. */
  get fresh(): Picks {
    if (this.#fresh === undefined) {
      this.#fresh = this.#use === null ? null : this.#use.fresh(this.picks!);
    }
    return this.#fresh;
  }

  /** Hashes of the dictionary's entries; `null`: not of a dictionary. */
  get hashes(): EntryHashes | null {
    return this.#use?.hashes(this.#types.column.width) ?? null;
  }

  /** Bytes of the values, without lengths. Only of byte arrays. */
  get unencodedBytes(): number {
    if (this.#bytes === undefined) {
      const offsets = this.values.offsets!;
      let sum = 0;
      if (this.#use === null) sum = offsets[this.values.count]!;
      else for (const id of this.page.ids!) sum += offsets[id + 1]! - offsets[id]!;
      this.#bytes = sum;
    }
    return this.#bytes;
  }

  /** How often each repetition level occurs. */
  get repetitionHistogram(): readonly number[] {
    const { page } = this;
    const { maxRepetitionLevel } = this.#types.column;
    return this.#repetition ??= histogram(page.repetitionLevels, maxRepetitionLevel, page.entries);
  }

  /** How often each definition level occurs. */
  get definitionHistogram(): readonly number[] {
    const { page } = this;
    const { maxDefinitionLevel } = this.#types.column;
    return this.#definition ??= maxDefinitionLevel === 1
      ? [this.nullCount, this.valueCount]
      : histogram(page.definitionLevels, maxDefinitionLevel, page.entries);
  }
}
