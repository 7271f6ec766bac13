/**
 * Smallest and largest value of a column chunk or a page, in the order that its type defines, or in that of IEEE 754.
 *
 * @see "ColumnOrder" of parquet.thrift
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import type { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { BoundsOrder, ColumnPlan } from "../schema/column_plan.ts";
import {
  floatOfOrder,
  isBelow,
  type Numeric,
  type NumericKind,
  numericKind,
} from "./numeric_kind.ts";
import type { Bound } from "./truncate.ts";

/** The bounds found, PLAIN-encoded (byte arrays without their length). */
export interface MinMax {
  readonly min: Bound;
  readonly max: Bound;
}

/** By what the bounds of a column are taken. */
export interface BoundsType {
  readonly order: Exclude<BoundsOrder, "none">;
  /** Bytes of a fixed-width value in kernel memory, 0 for byte arrays. */
  readonly width: number;
  /** `null`: values are byte strings. */
  readonly numeric: NumericKind | null;
  /** Floats in IEEE 754's total order; else NaNs are no bounds, and the zeros are equal. */
  readonly totalOrder: boolean;
}

/** By what the bounds of a column are taken; `null`: it has none. `width`: bytes of a value in kernel memory, 0 for byte arrays. */
export function boundsTypeOf(plan: ColumnPlan, width: number): BoundsType | null {
  const { order, physicalType, properties } = plan;
  if (order === "none" || properties.statisticsEnabled === "none") return null;
  const totalOrder = order === "float" && properties.ieee754TotalOrder;
  return { order, width, numeric: numericKind(physicalType, order), totalOrder };
}

/** Gathers bounds over any number of runs of values. */
export class Bounds {
  readonly #kernels: Kernels;
  readonly #type: BoundsType;
  /** For what a kernel returns. */
  readonly #result: KernelBuffer;
  #min: Numeric = 0;
  #max: Numeric = 0;
  #minBytes: Uint8Array | null = null;
  #maxBytes: Uint8Array | null = null;
  #empty = true;
  #nanCount = 0;
  /** Smallest and largest NaN, as numbers in the total order; only as long as there is nothing else. */
  #nans: { min: Numeric; max: Numeric } | null = null;

  /** Creates bounds of nothing; `result` may be shared with others. */
  constructor(kernels: Kernels, type: BoundsType, result: KernelBuffer) {
    this.#kernels = kernels;
    this.#type = type;
    this.#result = result;
  }

  /** Number of NaNs seen. */
  get nanCount(): number {
    return this.#nanCount;
  }

  /** Forgets everything. */
  clear(): void {
    this.#empty = true;
    this.#nanCount = 0;
    this.#nans = null;
    // A page's bounds must not keep a large string alive.
    this.#minBytes = this.#maxBytes = null;
  }

  /** Takes `count` values from `from` on into account. */
  add(values: LeafValues, from: number, count: number): void {
    if (count === 0) return;
    const { numeric, width } = this.#type;
    if (numeric !== null) this.#addNumeric(numeric, values.data + from * width, count);
    else this.#addBytes(values, from, count);
  }

  /** Takes all that `other` has seen into account. */
  merge(other: Bounds): void {
    this.#nanCount += other.#nanCount;
    if (other.#empty) {
      if (other.#nans !== null) this.#mergeNans(other.#nans.min, other.#nans.max);
    } else if (other.#minBytes !== null) {
      this.#mergeBytes(other.#minBytes, other.#maxBytes!, false);
    } else this.#mergeNumeric(other.#min, other.#max);
  }

  /** The bounds; `null` without any value that counts. */
  finish(): MinMax | null {
    const { numeric, order, totalOrder } = this.#type;
    if (this.#empty) {
      if (this.#nans === null) return null;
      const nan = (order: Numeric) => ({ value: floatOfOrder(numeric!, order), exact: true });
      return { min: nan(this.#nans.min), max: nan(this.#nans.max) };
    }
    if (numeric === null) {
      return {
        min: { value: this.#minBytes!, exact: true },
        max: { value: this.#maxBytes!, exact: true },
      };
    }
    // SPEC: in the type's own order a minimum of zero is written as −0, a maximum of zero as +0.
    const adjust = order === "float" && !totalOrder;
    return {
      min: boundOf(numeric, this.#min, adjust ? -0 : null),
      max: boundOf(numeric, this.#max, adjust ? 0 : null),
    };
  }

  /** Index of the first value from `from` on that is the minimum or the maximum; there has to be one. Only without NaNs. */
  indexOf(bound: "min" | "max", values: LeafValues, from: number): number {
    const { numeric, width } = this.#type;
    const { i32, i64, u8, u16 } = this.#kernels.memory;
    const bytes = numeric !== null
      ? numeric.encode(bound === "min" ? this.#min : this.#max)
      : bound === "min"
      ? this.#minBytes!
      : this.#maxBytes!;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (numeric !== null && width === 2) {
      const start = values.data >>> 1;
      return u16.indexOf(view.getUint16(0, true), start + from) - start;
    }
    if (numeric !== null && width === 4) {
      const start = values.data >>> 2;
      return i32.indexOf(view.getInt32(0, true), start + from) - start;
    }
    if (numeric !== null && width === 8) {
      const start = values.data >>> 3;
      return i64.indexOf(view.getBigInt64(0, true), start + from) - start;
    }
    for (let index = from;; index++) {
      const start = this.#startOf(values, index);
      if (this.#startOf(values, index + 1) - start !== bytes.length) continue;
      let at = 0;
      while (at < bytes.length && u8[start + at] === bytes[at]) at++;
      if (at === bytes.length) return index;
    }
  }

  #addNumeric(kind: NumericKind, src: Pointer, count: number): void {
    const result = this.#result.reserve(16);
    const nans = kind.find(this.#kernels, src, count, result);
    this.#nanCount += nans;
    if (nans < count) {
      this.#mergeNumeric(
        kind.read(this.#kernels, result),
        kind.read(this.#kernels, result + 8),
      );
    } else if (this.#type.totalOrder && this.#empty) {
      const { u8 } = this.#kernels.memory;
      for (let at = src, end = src + count * kind.bytes; at < end; at += kind.bytes) {
        const order = kind.orderOf(u8.subarray(at, at + kind.bytes));
        this.#mergeNans(order, order);
      }
    }
  }

  #addBytes(values: LeafValues, from: number, count: number): void {
    const { u32 } = this.#kernels.memory;
    const { width, order } = this.#type;
    const result = this.#result.reserve(16);
    if (width > 0) {
      const src = values.data + from * width;
      this.#kernels.minMaxFixedBytes(src, width, count, order === "decimal", result);
    } else {
      this.#kernels.minMaxByteArrays(values.offsets + from * 4, values.data, count, result);
    }
    const word = result >>> 2;
    const min = this.#valueAt(values, from + u32[word]!);
    const max = this.#valueAt(values, from + u32[word + 1]!);
    this.#mergeBytes(min, max, true);
  }

  #mergeNumeric(min: Numeric, max: Numeric): void {
    if (this.#empty || isBelow(min, this.#min)) this.#min = min;
    if (this.#empty || isBelow(this.#max, max)) this.#max = max;
    this.#empty = false;
    this.#nans = null;
  }

  #mergeNans(min: Numeric, max: Numeric): void {
    if (!this.#empty) return;
    const nans = this.#nans ??= { min, max };
    if (min < nans.min) nans.min = min;
    if (max > nans.max) nans.max = max;
  }

  /** `copy`: what is kept has to be copied. */
  #mergeBytes(min: Uint8Array, max: Uint8Array, copy: boolean): void {
    const signed = this.#type.order === "decimal";
    if (this.#minBytes === null || compareBytes(min, this.#minBytes, signed) < 0) {
      this.#minBytes = copy ? min.slice() : min;
    }
    if (this.#maxBytes === null || compareBytes(max, this.#maxBytes, signed) > 0) {
      this.#maxBytes = copy ? max.slice() : max;
    }
    this.#empty = false;
  }

  #valueAt(values: LeafValues, index: number): Uint8Array {
    const { u8 } = this.#kernels.memory;
    return u8.subarray(this.#startOf(values, index), this.#startOf(values, index + 1));
  }

  #startOf({ data, offsets }: LeafValues, index: number): Pointer {
    const { width } = this.#type;
    if (width > 0) return data + index * width;
    return data + this.#kernels.memory.i32[(offsets >>> 2) + index]!;
  }
}

/** `zero`: what a zero is written as, `null`: as it is. */
function boundOf(kind: NumericKind, bound: Numeric, zero: number | null): Bound {
  if (zero === null || bound !== 0) return { value: kind.encode(bound), exact: true };
  return { value: kind.encode(zero), exact: Object.is(bound, zero) };
}

/** Compares two bounds as they are written: below 0, 0 or above 0. */
export function compareWritten(
  { numeric, order }: BoundsType,
  a: Uint8Array,
  b: Uint8Array,
): number {
  if (numeric === null) return compareBytes(a, b, order === "decimal");
  const [left, right] = [numeric.orderOf(a), numeric.orderOf(b)];
  return isBelow(left, right) ? -1 : isBelow(right, left) ? 1 : 0;
}

/** Compares byte strings, unsigned or as big-endian two's complement of equal length. */
export function compareBytes(a: Uint8Array, b: Uint8Array, signed: boolean): number {
  const length = Math.min(a.length, b.length);
  // Flipping the sign bit turns two's complement order into unsigned order.
  const flip = signed ? 0x80 : 0;
  for (let i = 0; i < length; i++) {
    const mask = i === 0 ? flip : 0;
    const difference = (a[i]! ^ mask) - (b[i]! ^ mask);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
