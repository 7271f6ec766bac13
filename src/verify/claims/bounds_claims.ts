/**
 * Bounds: whether they are values at all, whether they are in order, and whether all values are between them.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (Statistics, ColumnOrder)
 * @module
 */

import { isUtf8 } from "../../runtime/text.ts";
import type { Extremes } from "./extremes.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { OrderedColumn } from "./page_facts.ts";
import {
  compareLoosely,
  compareValues,
  isFloating,
  isNaNValue,
  orderFitsType,
  type ValueOrder,
} from "./value_order.ts";
import { valueText } from "./value_text.ts";

/** Where bounds stand. */
export type BoundsLevel = "chunk" | "page" | "index";

/** A pair of bounds. */
export interface Bounds {
  readonly min: Uint8Array | undefined;
  readonly max: Uint8Array | undefined;
  readonly minExact?: boolean | undefined;
  readonly maxExact?: boolean | undefined;
}

/** Bounds that can be compared: valid, and of a defined order. */
export type ComparableBounds = Bounds;

const NOTHING: ComparableBounds = { min: undefined, max: undefined };

const UTF8_TYPES: readonly (string | undefined)[] = ["STRING", "ENUM", "JSON"];

/** What is wrong with a bound as a value, and whether it can be compared all the same. */
interface Flaw {
  readonly rule: "bound-encoding" | "bound-fixed-length-cut" | "bound-nan";
  readonly reason: string;
  readonly comparable: boolean;
}

function findFlaw({ column }: OrderedColumn, order: ValueOrder, value: Uint8Array): Flaw | null {
  const encoding = (reason: string, comparable: boolean): Flaw => ({
    rule: "bound-encoding",
    reason,
    comparable,
  });
  const { kind } = order;
  const { logicalType } = column;
  if (column.physicalType !== "BYTE_ARRAY" && value.length !== column.width) {
    if (kind === "bytes" && value.length < column.width) {
      return {
        rule: "bound-fixed-length-cut",
        reason: `has ${value.length} bytes of ${column.width}`,
        comparable: true,
      };
    }
    return encoding(`has ${value.length} bytes, not ${column.width}`, false);
  }
  if (kind === "boolean" && value[0]! > 1) return encoding(`is ${value[0]}`, false);
  if (kind === "decimal" && value.length === 0) return encoding("is empty", false);
  if (isNaNValue(order, value) && !order.total) {
    return { rule: "bound-nan", reason: "is NaN", comparable: false };
  }
  if (kind === "bytes" && UTF8_TYPES.includes(logicalType?.type) && !isUtf8(value)) {
    return encoding(`is not UTF-8: ${valueText(null, value)}`, true);
  }
  if (logicalType?.type === "INTEGER" && column.physicalType === "INT32") {
    const { bitWidth, isSigned } = logicalType;
    const number = new DataView(value.buffer, value.byteOffset, 4).getInt32(0, true);
    const fits = bitWidth >= 32 ||
      (isSigned
        ? number << (32 - bitWidth) >> (32 - bitWidth) === number
        : number >>> bitWidth === 0);
    if (!fits) return encoding(`is ${valueText(kind, value)}, beyond ${bitWidth} bits`, true);
  }
  return null;
}

/** Checks all bounds of one column chunk. */
export class BoundsClaims {
  readonly #findings: Findings;
  readonly #types: OrderedColumn;
  /** Found once a chunk, not once a page. */
  #orderReported = false;
  #nansReported = false;

  constructor(findings: Findings, types: OrderedColumn) {
    this.#findings = findings;
    this.#types = types;
  }

  /**
   * Checks bounds in themselves.
   *
   * @returns Those that can be held against values.
   */
  examine(level: BoundsLevel, bounds: Bounds, place: Place): ComparableBounds {
    const { min, max } = bounds;
    if (min === undefined && max === undefined) return NOTHING;
    this.#examineOrder(place);
    const { order } = this.#types;
    if (order === null) return NOTHING;
    const comparable = {
      ...bounds,
      min: this.#examineBound(order, "min", min, place),
      max: this.#examineBound(order, "max", max, place),
    };
    if (
      comparable.min !== undefined && comparable.max !== undefined &&
      compareLoosely(order, comparable.min, comparable.max) > 0
    ) {
      const [least, greatest] = [min!, max!].map((value) => valueText(order.kind, value));
      this.#findings.add(
        `${level}-bounds-crossed`,
        `the minimum is ${least}, the maximum ${greatest}`,
        place,
      );
    }
    return comparable;
  }

  #examineOrder(place: Place): void {
    if (this.#orderReported) return;
    this.#orderReported = true;
    const { column, order } = this.#types;
    const { page: _, ...chunk } = place;
    if (order === null && orderFitsType(column)) {
      this.#findings.add(
        "bounds-undefined-order",
        `there are bounds of ${column.logicalType?.type ?? column.physicalType} values, whose ` +
          "order is not defined",
        chunk,
      );
    }
  }

  #examineBound(
    order: ValueOrder,
    which: "min" | "max",
    value: Uint8Array | undefined,
    place: Place,
  ): Uint8Array | undefined {
    if (value === undefined) return undefined;
    const flaw = findFlaw(this.#types, order, value);
    if (flaw === null) return value;
    const name = which === "min" ? "minimum" : "maximum";
    this.#findings.add(flaw.rule, `the ${name} ${flaw.reason}`, place);
    return flaw.comparable ? value : undefined;
  }

  /** Whether a bound can be compared. What it lacks is not reported. */
  isComparable(value: Uint8Array): boolean {
    const { order } = this.#types;
    return order !== null && (findFlaw(this.#types, order, value)?.comparable ?? true);
  }

  /** Holds bounds that {@linkcode examine} returned against what was seen. `extremes`: of at least one value. */
  hold(level: BoundsLevel, bounds: ComparableBounds, extremes: Extremes, place: Place): void {
    const { order } = this.#types;
    const { min, max } = bounds;
    if (order === null || (min === undefined && max === undefined)) return;
    if (extremes.nan && !order.total) {
      if (level !== "index") {
        this.#findings.add("bounds-of-nans", "there are bounds, but all values are NaN", place);
      }
      return;
    }
    if (min !== undefined) {
      this.#holdOne(order, level, "min", min, bounds.minExact, extremes, place);
    }
    if (max !== undefined) {
      this.#holdOne(order, level, "max", max, bounds.maxExact, extremes, place);
    }
  }

  #holdOne(
    order: ValueOrder,
    level: BoundsLevel,
    which: "min" | "max",
    bound: Uint8Array,
    exact: boolean | undefined,
    extremes: Extremes,
    place: Place,
  ): void {
    const value = extremes[which];
    const text = (value: Uint8Array) => valueText(order.kind, value);
    const [name, extreme] = which === "min"
      ? ["minimum", `least value ${text(value)}`]
      : ["maximum", `greatest value ${text(value)}`];
    if (isNaNValue(order, bound) && !extremes.nan) {
      const message = `the ${name} is NaN, the ${extreme}`;
      this.#findings.add("bound-nan-beside-values", message, place);
      return;
    }
    const difference = compareValues(order, bound, value);
    const message = `the ${name} is ${text(bound)}, the ${extreme}`;
    if (which === "min" ? difference > 0 : difference < 0) {
      const rule = which === "min" ? "min-too-large" as const : "max-too-small" as const;
      this.#findings.add(`${level}-${rule}`, message, place);
    } else if (exact === true && level !== "index" && compareLoosely(order, bound, value) !== 0) {
      this.#findings.add(`${level}-${which}-not-exact`, message, place);
    }
  }

  /** Holds bounds of what has NaNs against that; `extremes`: of what else it has. Reported once a chunk. */
  holdNaNs({ min, max }: ComparableBounds, extremes: Extremes, place: Place): void {
    if (min === undefined && max === undefined) return;
    if (extremes.nan || this.#types.order?.total === true || this.#nansReported) return;
    this.#nansReported = true;
    this.#findings.add(
      "bounds-beside-nans",
      "there are bounds, although the column has NaNs",
      place,
    );
  }

  /** Whether values of the column may be NaN. */
  get floating(): boolean {
    const kind = this.#types.typeOrder?.kind;
    return kind !== undefined && isFloating(kind);
  }
}
