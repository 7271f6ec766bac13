/**
 * What a column index claims about the pages.
 *
 * @see https://github.com/apache/parquet-format/blob/master/PageIndex.md
 * @module
 */

import type { ColumnIndex } from "../../format/metadata.ts";
import type { BoundsClaims, ComparableBounds } from "./bounds_claims.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { OrderedColumn, PageFacts } from "./page_facts.ts";
import { compareLoosely } from "./value_order.ts";
import { valueText } from "./value_text.ts";

/** Checks the column index of one column chunk. */
export class ColumnIndexClaims {
  readonly #findings: Findings;
  readonly #types: OrderedColumn;
  readonly #bounds: BoundsClaims;
  readonly #index: ColumnIndex;
  readonly #place: Place;
  #pages = 0;
  #nanPageReported = false;

  constructor(
    findings: Findings,
    types: OrderedColumn,
    bounds: BoundsClaims,
    index: ColumnIndex,
    place: Place,
  ) {
    this.#findings = findings;
    this.#types = types;
    this.#bounds = bounds;
    this.#index = index;
    this.#place = place;
    const { column } = types;
    if (column.physicalType === "INT96" && column.order?.type !== "INT96_TIMESTAMP_ORDER") {
      const message = `there is a column index in ${column.order?.type ?? "no order"}`;
      findings.add("index-int96", message, place);
    }
    if (index.nanCounts !== undefined && !bounds.floating) {
      const message = `nan_counts are given of a column of ${column.physicalType}`;
      findings.add("nan-count-type", message, place);
    }
    if (index.nanCounts === undefined && types.order?.total === true) {
      findings.add("nan-count-missing", "nan_counts are not given", place);
    }
  }

  page(facts: PageFacts): void {
    const { ordinal, offset } = facts.page;
    const index = this.#index;
    const place = { ...this.#place, page: ordinal, offset };
    this.#pages++;
    const isNull = facts.valueCount === 0;
    const claimed = index.nullPages[ordinal];
    if (claimed !== undefined && claimed !== isNull) {
      const message = isNull
        ? "null_pages has false for a page of nothing but nulls"
        : `null_pages has true for a page of ${facts.valueCount} values`;
      this.#findings.add("index-null-page", message, place);
    }
    const min = index.minValues[ordinal], max = index.maxValues[ordinal];
    if (isNull) {
      if ((min?.length ?? 0) + (max?.length ?? 0) > 0) {
        const message = "there are bounds of a page of nothing but nulls";
        this.#findings.add("index-null-page-bounds", message, place);
      }
    } else if (claimed !== true) {
      this.#holdBounds(facts, min, max, place);
    }
    this.#holdCounts(facts, place);
    this.#holdHistogram("repetition", facts, place);
    this.#holdHistogram("definition", facts, place);
  }

  #holdBounds(
    facts: PageFacts,
    min: Uint8Array | undefined,
    max: Uint8Array | undefined,
    place: Place,
  ): void {
    const { order } = this.#types;
    if (order === null) {
      // Such an index may be there for its counts; its bounds are then empty.
      if ((min?.length ?? 0) + (max?.length ?? 0) === 0) return;
      if (this.#types.column.physicalType === "INT96") return;
    }
    const { extremes } = facts;
    if (extremes?.nan === true && order?.total === false) {
      if (!this.#nanPageReported) {
        this.#nanPageReported = true;
        const message = "all values of a page are NaN, and there is a column index";
        this.#findings.add("index-nan-page", message, place);
      }
      return;
    }
    const comparable: ComparableBounds = this.#bounds.examine("index", { min, max }, place);
    if (extremes === null) return;
    this.#bounds.hold("index", comparable, extremes, place);
    if (this.#bounds.floating && facts.nanCount > 0) {
      this.#bounds.holdNaNs(comparable, extremes, place);
    }
  }

  #holdCounts(facts: PageFacts, place: Place): void {
    const { nullCounts, nanCounts } = this.#index;
    const nulls = nullCounts?.[facts.page.ordinal];
    if (nulls !== undefined && nulls !== facts.nullCount) {
      const message = `null_counts has ${nulls}, there are ${facts.nullCount} nulls`;
      this.#findings.add("index-null-count", message, place);
    }
    if (!this.#bounds.floating) return;
    const nans = nanCounts?.[facts.page.ordinal];
    if (nans !== undefined && nans !== facts.nanCount) {
      const message = `nan_counts has ${nans}, there are ${facts.nanCount} NaNs`;
      this.#findings.add("index-nan-count", message, place);
    }
  }

  #holdHistogram(which: "repetition" | "definition", facts: PageFacts, place: Place): void {
    const claimed = this.#histograms(which);
    if (claimed === undefined || claimed.length === 0) return;
    const seen = which === "repetition" ? facts.repetitionHistogram : facts.definitionHistogram;
    const start = facts.page.ordinal * seen.length;
    // Where the list ends too soon its length is reported.
    if (start + seen.length > claimed.length) return;
    if (seen.every((count, level) => claimed[start + level] === count)) return;
    const said = claimed.slice(start, start + seen.length);
    this.#findings.add(
      `index-${which}-histogram`,
      `the histogram is [${said}], the levels count [${seen}]`,
      place,
    );
  }

  #histograms(which: "repetition" | "definition"): readonly number[] | undefined {
    return which === "repetition"
      ? this.#index.repetitionLevelHistograms
      : this.#index.definitionLevelHistograms;
  }

  finish(complete: boolean): void {
    const index = this.#index;
    const pages = complete ? this.#pages : index.nullPages.length;
    const lists = [
      ["null_pages", index.nullPages],
      ["min_values", index.minValues],
      ["max_values", index.maxValues],
      ["null_counts", index.nullCounts],
      ["nan_counts", index.nanCounts],
    ] as const;
    for (const [name, list] of lists) {
      if (list === undefined || list.length === pages) continue;
      const message = `${name} has ${list.length} entries for ${pages} pages`;
      this.#findings.add("column-index-length", message, this.#place);
    }
    const { maxRepetitionLevel, maxDefinitionLevel } = this.#types.column;
    const histograms = [
      ["repetition", maxRepetitionLevel],
      ["definition", maxDefinitionLevel],
    ] as const;
    for (const [which, maxLevel] of histograms) {
      const length = this.#histograms(which)?.length;
      const expected = pages * (maxLevel + 1);
      // May be left out where the counts say the same; some write an empty list then.
      const empty = length === 0 && maxLevel <= (which === "definition" ? 1 : 0);
      if (length === undefined || length === expected || empty) continue;
      const message = `${which}_level_histograms has ${length} entries, not ${expected}`;
      this.#findings.add("column-index-length", message, this.#place);
    }
    this.#holdBoundaryOrder();
  }

  #holdBoundaryOrder(): void {
    const { boundaryOrder, nullPages, minValues, maxValues } = this.#index;
    const { order } = this.#types;
    if (boundaryOrder === "UNORDERED" || order === null) return;
    const wrong = boundaryOrder === "ASCENDING" ? 1 : -1;
    for (const [name, values] of [["min_values", minValues], ["max_values", maxValues]] as const) {
      let before: Uint8Array | null = null;
      for (let page = 0; page < values.length; page++) {
        const value = values[page]!;
        if (nullPages[page] !== false || !this.#bounds.isComparable(value)) continue;
        if (before !== null && Math.sign(compareLoosely(order, before, value)) === wrong) {
          const [left, right] = [before, value].map((bound) => valueText(order.kind, bound));
          this.#findings.add(
            "boundary-order",
            `${name} are not ${boundaryOrder}: ${right} comes after ${left}`,
            { ...this.#place, page },
          );
          break;
        }
        before = value;
      }
    }
  }
}
