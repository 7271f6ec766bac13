/**
 * What `Statistics` of a chunk and of its page headers claim.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (Statistics)
 * @module
 */

import type { PageHeader, Statistics } from "../../format/metadata.ts";
import { type Bounds, BoundsClaims, type ComparableBounds } from "./bounds_claims.ts";
import { DistinctValues } from "./distinct_values.ts";
import type { Extremes } from "./extremes.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { OrderedColumn, PageFacts } from "./page_facts.ts";
import { compareLoosely, compareValues, isNaNValue, type ValueOrder } from "./value_order.ts";
import { valueText } from "./value_text.ts";

/** What was seen of that which statistics are about. */
interface Seen {
  readonly valueCount: number;
  readonly nullCount: number;
  readonly nanCount: number;
  /** `null`: no value, or no order. */
  readonly extremes: Extremes | null;
  /** `null`: not asked for. */
  readonly distinct: DistinctValues | null;
}

function boundsOf(statistics: Statistics): Bounds {
  return {
    min: statistics.minValue,
    max: statistics.maxValue,
    minExact: statistics.isMinValueExact,
    maxExact: statistics.isMaxValueExact,
  };
}

function pageStatistics(header: PageHeader): Statistics | undefined {
  return header.dataPageHeader?.statistics ?? header.dataPageHeaderV2?.statistics;
}

function hasBounds(statistics: Statistics | undefined): boolean {
  return statistics !== undefined &&
    (statistics.minValue !== undefined || statistics.maxValue !== undefined ||
      statistics.min !== undefined || statistics.max !== undefined);
}

/** Puts together the extremes of two parts. NaNs give way to numbers. */
function widen(order: ValueOrder, a: Extremes | null, b: Extremes | null): Extremes | null {
  if (a === null || b === null) return a ?? b;
  if (a.nan !== b.nan) return a.nan ? b : a;
  // NaNs have no order but this.
  const by: ValueOrder = a.nan ? { ...order, total: true } : order;
  return {
    min: compareValues(by, a.min, b.min) <= 0 ? a.min : b.min,
    max: compareValues(by, a.max, b.max) >= 0 ? a.max : b.max,
    nan: a.nan,
  };
}

/** Types whose deprecated bounds mean the same as those of today: compared as signed values. */
function isSigned(order: ValueOrder | null): order is ValueOrder {
  switch (order?.kind) {
    case "boolean":
    case "int32":
    case "int64":
    case "float":
    case "double":
      return true;
    default:
      return false;
  }
}

/** Checks the statistics of one column chunk and of its pages. */
export class StatisticsClaims {
  readonly #findings: Findings;
  readonly #types: OrderedColumn;
  readonly #bounds: BoundsClaims;
  readonly #claims: Statistics | undefined;
  readonly #place: Place;

  #valueCount = 0;
  #nullCount = 0;
  #nanCount = 0;
  #extremes: Extremes | null = null;
  readonly #distinct: DistinctValues | null;
  readonly #comparable: ComparableBounds;

  constructor(
    findings: Findings,
    types: OrderedColumn,
    bounds: BoundsClaims,
    statistics: Statistics | undefined,
    place: Place,
  ) {
    this.#findings = findings;
    this.#types = types;
    this.#bounds = bounds;
    this.#claims = statistics;
    this.#place = place;
    this.#distinct = statistics?.distinctCount === undefined ? null : new DistinctValues();
    this.#comparable = bounds.examine("chunk", boundsOf(statistics ?? {}), place);
  }

  page(facts: PageFacts): void {
    this.#pageClaims(facts);
    const claims = this.#claims;
    if (claims === undefined) return;
    this.#valueCount += facts.valueCount;
    this.#nullCount += facts.nullCount;
    if (this.#needsNaNs(claims)) this.#nanCount += facts.nanCount;
    const { order, typeOrder } = this.#types;
    if (hasBounds(claims) && order !== null) {
      this.#extremes = widen(order, this.#extremes, facts.freshExtremes);
    }
    if (typeOrder !== null) this.#distinct?.add(typeOrder, facts.values, facts.fresh, facts.hashes);
  }

  /** Whether NaNs have to be counted. */
  #needsNaNs(claims: Statistics): boolean {
    return claims.nanCount !== undefined || (this.#bounds.floating && hasBounds(claims));
  }

  #pageClaims(facts: PageFacts): void {
    const { header, ordinal, offset } = facts.page;
    const statistics = pageStatistics(header);
    if (statistics === undefined) return;
    const place = { ...this.#place, page: ordinal, offset };
    const { typeOrder } = this.#types;
    let distinct: DistinctValues | null = null;
    if (statistics.distinctCount !== undefined && typeOrder !== null) {
      distinct = new DistinctValues();
      distinct.add(typeOrder, facts.values, facts.picks, facts.hashes);
    }
    const seen: Seen = {
      valueCount: facts.valueCount,
      nullCount: facts.nullCount,
      nanCount: this.#needsNaNs(statistics) ? facts.nanCount : 0,
      extremes: hasBounds(statistics) ? facts.extremes : null,
      distinct,
    };
    const comparable = this.#bounds.examine("page", boundsOf(statistics), place);
    this.#hold("page", statistics, comparable, seen, place);
  }

  finish(complete: boolean): void {
    if (this.#claims === undefined || !complete) return;
    const seen: Seen = {
      valueCount: this.#valueCount,
      nullCount: this.#nullCount,
      nanCount: this.#nanCount,
      extremes: this.#extremes,
      distinct: this.#distinct,
    };
    this.#hold("chunk", this.#claims, this.#comparable, seen, this.#place);
  }

  #hold(
    level: "chunk" | "page",
    claims: Statistics,
    bounds: ComparableBounds,
    seen: Seen,
    place: Place,
  ): void {
    const { nullCount, nanCount, distinctCount } = claims;
    if (nullCount !== undefined && nullCount !== seen.nullCount) {
      const message = `null_count is ${nullCount}, there are ${seen.nullCount} nulls`;
      const rule = level === "page" ? "page-statistics-null-count" : "chunk-null-count";
      this.#findings.add(rule, message, place);
    }
    this.#holdNaNs(level, nanCount, seen.nanCount, hasBounds(claims), place);
    if (distinctCount !== undefined) this.#holdDistinct(level, distinctCount, seen, place);
    if (hasBounds(claims)) {
      if (seen.valueCount === 0) {
        this.#findings.add("bounds-of-nothing", "there are bounds, but no value", place);
      } else if (seen.extremes !== null) {
        this.#bounds.hold(level, bounds, seen.extremes, place);
        if (seen.nanCount > 0) this.#bounds.holdNaNs(bounds, seen.extremes, place);
      }
      this.#holdDeprecated(claims, seen, place);
    }
  }

  #holdNaNs(
    level: "chunk" | "page",
    claimed: number | undefined,
    seen: number,
    bounded: boolean,
    place: Place,
  ): void {
    if (claimed === undefined) {
      if (bounded && this.#types.order?.total === true) {
        this.#findings.add("nan-count-missing", "nan_count is not given", place);
      }
    } else if (!this.#bounds.floating) {
      const type = this.#types.column.physicalType;
      this.#findings.add("nan-count-type", `nan_count is given of a column of ${type}`, place);
    } else if (claimed !== seen) {
      const message = `nan_count is ${claimed}, there are ${seen} NaNs`;
      this.#findings.add(`${level}-nan-count`, message, place);
    }
  }

  #holdDistinct(level: "chunk" | "page", claimed: number, seen: Seen, place: Place): void {
    if (this.#types.typeOrder === null && seen.valueCount > 0) return;
    const counted = seen.distinct?.count;
    const most = counted ?? seen.valueCount;
    const alike = seen.distinct?.alike ?? 0;
    const least = counted === null ? 1 : most - alike;
    if (claimed >= least && claimed <= most) return;
    const message = counted === null
      ? `distinct_count is ${claimed}, there are more than two million among ${most} values`
      : `distinct_count is ${claimed}, there are ${most} distinct values`;
    this.#findings.add(`${level}-distinct-count`, message, place);
  }

  #holdDeprecated(claims: Statistics, seen: Seen, place: Place): void {
    const { min, max } = claims;
    if (min === undefined && max === undefined) return;
    const { typeOrder } = this.#types;
    // Of other types nobody knows what they mean.
    if (!isSigned(typeOrder) || seen.extremes === null || seen.extremes.nan) return;
    const order: ValueOrder = { ...typeOrder, total: false };
    const text = (value: Uint8Array) => valueText(order.kind, value);
    const checks = [
      ["min", min, seen.extremes.min, 1],
      ["max", max, seen.extremes.max, -1],
    ] as const;
    for (const [name, bound, extreme, wrong] of checks) {
      if (bound === undefined) continue;
      if (bound.length !== order.width) {
        const message = `${name} has ${bound.length} bytes, not ${order.width}`;
        this.#findings.add("bound-encoding", message, place);
      } else if (
        !isNaNValue(order, bound) && Math.sign(compareLoosely(order, bound, extreme)) === wrong
      ) {
        const message = name === "min"
          ? `min is ${text(bound)}, the least value ${text(extreme)}`
          : `max is ${text(bound)}, the greatest value ${text(extreme)}`;
        const rule = name === "min" ? "deprecated-min-too-large" : "deprecated-max-too-small";
        this.#findings.add(rule, message, place);
      }
    }
  }
}
