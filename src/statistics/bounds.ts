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
import { type Bound, decidingBytes } from "./truncate.ts";

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
  /** Bytes at the start of a byte string that say how its bound is written. */
  readonly mostBytes: number;
}

/** By what the bounds of a column are taken; `null`: it has none. `width`: bytes of a value in kernel memory, 0 for byte arrays. */
export function boundsTypeOf(plan: ColumnPlan, width: number): BoundsType | null {
  const { order, physicalType, properties } = plan;
  if (order === "none" || properties.statisticsEnabled === "none") return null;
  const totalOrder = order === "float" && properties.ieee754TotalOrder;
  const numeric = numericKind(physicalType, order);
  return { order, width, numeric, totalOrder, mostBytes: decidingBytes(properties) };
}

/** The minimum changed. */
export const MIN_CHANGED = 1;
/** The maximum changed. */
export const MAX_CHANGED = 2;

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
  /** Of byte strings: where they were in the values that changed them. */
  #minIndex = 0;
  #maxIndex = 0;
  #empty = true;
  #nanCount = 0;
  /** Smallest and largest NaN, as numbers in the total order; only as long as there is nothing else. */
  #nans: { min: Numeric; max: Numeric } | null = null;
  /** What `finish` gave, as long as nothing has changed since: as a rule many pages have the bounds of their dictionary. */
  #finished: MinMax | null = null;

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
    this.#finished = null;
    // A page's bounds must not keep a large string alive.
    this.#minBytes = this.#maxBytes = null;
  }

  /** Takes `count` values from `from` on into account. Returns what changed: {@linkcode MIN_CHANGED}, {@linkcode MAX_CHANGED}. */
  add(values: LeafValues, from: number, count: number): number {
    if (count === 0) return 0;
    const { numeric, width } = this.#type;
    return numeric !== null
      ? this.#addNumeric(numeric, values.data + from * width, count)
      : this.#addBytes(values, from, count);
  }

  /** Bytes that both bounds, and so all values between them, begin with. Byte strings only. */
  get commonPrefix(): number {
    const [min, max] = [this.#minBytes!, this.#maxBytes!];
    let length = 0;
    while (length < min.length && min[length] === max[length]) length++;
    return length;
  }

  /** Takes all that `other` has seen into account. */
  merge(other: Bounds): void {
    const isFirst = this.#empty && this.#nans === null;
    this.#nanCount += other.#nanCount;
    if (other.#empty) {
      if (other.#nans !== null) this.#mergeNans(other.#nans.min, other.#nans.max);
    } else if (other.#minBytes !== null) {
      this.#mergeBytes(other.#minBytes, other.#maxBytes!, false);
    } else this.#mergeNumeric(other.#min, other.#max);
    if (isFirst) this.#finished = other.finish();
  }

  /** The bounds; `null` without any value that counts. */
  finish(): MinMax | null {
    return this.#finished ??= this.#encoded();
  }

  #encoded(): MinMax | null {
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

  /**
   * Index of the minimum or the maximum among the values that were added last, beginning with `from`, by a call that changed it. No
   * value may have been a NaN.
   */
  indexOf(bound: "min" | "max", values: LeafValues, from: number): number {
    const { numeric } = this.#type;
    if (numeric === null) return bound === "min" ? this.#minIndex : this.#maxIndex;
    const bytes = numeric.encode(bound === "min" ? this.#min : this.#max);
    const view = new DataView(bytes.buffer);
    const { i32, i64, u16 } = this.#kernels.memory;
    if (numeric.bytes === 8) {
      const start = values.data >>> 3;
      return i64.indexOf(view.getBigInt64(0, true), start + from) - start;
    }
    if (numeric.bytes === 4) {
      const start = values.data >>> 2;
      return i32.indexOf(view.getInt32(0, true), start + from) - start;
    }
    const start = values.data >>> 1;
    return u16.indexOf(view.getUint16(0, true), start + from) - start;
  }

  #addNumeric(kind: NumericKind, src: Pointer, count: number): number {
    const result = this.#result.reserve(16);
    const nans = kind.find(this.#kernels, src, count, result);
    this.#nanCount += nans;
    if (nans < count) {
      return this.#mergeNumeric(
        kind.read(this.#kernels, result),
        kind.read(this.#kernels, result + 8),
      );
    }
    if (this.#type.totalOrder && this.#empty) {
      const { u8 } = this.#kernels.memory;
      for (let at = src, end = src + count * kind.bytes; at < end; at += kind.bytes) {
        const order = kind.orderOf(u8.subarray(at, at + kind.bytes));
        this.#mergeNans(order, order);
      }
    }
    return 0;
  }

  #addBytes(values: LeafValues, from: number, count: number): number {
    const { width, order } = this.#type;
    const result = this.#result.reserve(16);
    // Not before: memory that grows has other views.
    const { u32 } = this.#kernels.memory;
    if (width > 0) {
      const src = values.data + from * width;
      this.#kernels.minMaxFixedBytes(src, width, count, order === "decimal", result);
    } else {
      this.#kernels.minMaxByteArrays(values.offsets + from * 4, values.data, count, result);
    }
    const minIndex = from + u32[result >>> 2]!;
    const maxIndex = from + u32[(result >>> 2) + 1]!;
    const min = this.#valueAt(values, minIndex);
    const max = this.#valueAt(values, maxIndex);
    // Of a single value, which may be long, one copy is enough.
    const changed = this.#mergeBytes(min, minIndex === maxIndex ? min : max, true);
    if ((changed & MIN_CHANGED) !== 0) this.#minIndex = minIndex;
    if ((changed & MAX_CHANGED) !== 0) this.#maxIndex = maxIndex;
    return changed;
  }

  #mergeNumeric(min: Numeric, max: Numeric): number {
    let changed = 0;
    if (this.#empty || isBelow(min, this.#min)) {
      this.#min = min;
      changed |= MIN_CHANGED;
    }
    if (this.#empty || isBelow(this.#max, max)) {
      this.#max = max;
      changed |= MAX_CHANGED;
    }
    this.#empty = false;
    this.#nans = null;
    if (changed !== 0) this.#finished = null;
    return changed;
  }

  #mergeNans(min: Numeric, max: Numeric): void {
    if (!this.#empty) return;
    this.#finished = null;
    const nans = this.#nans ??= { min, max };
    if (min < nans.min) nans.min = min;
    if (max > nans.max) nans.max = max;
  }

  /** `copy`: what is kept has to be copied. */
  #mergeBytes(min: Uint8Array, max: Uint8Array, copy: boolean): number {
    let changed = 0;
    const signed = this.#type.order === "decimal";
    if (this.#minBytes === null || compareBytes(min, this.#minBytes, signed) < 0) {
      this.#minBytes = copy ? min.slice() : min;
      changed |= MIN_CHANGED;
    }
    if (this.#maxBytes === null || compareBytes(max, this.#maxBytes, signed) > 0) {
      const copied = max === min && (changed & MIN_CHANGED) !== 0 ? this.#minBytes! : null;
      this.#maxBytes = copied ?? (copy ? max.slice() : max);
      changed |= MAX_CHANGED;
    }
    this.#empty = false;
    if (changed !== 0) this.#finished = null;
    return changed;
  }

  /** A value, as far as it says how the bound is written: a copy of all of a huge one would wait for the garbage collector. */
  #valueAt(values: LeafValues, index: number): Uint8Array {
    const { u8 } = this.#kernels.memory;
    const start = this.#startOf(values, index), end = this.#startOf(values, index + 1);
    return u8.subarray(start, Math.min(end, start + this.#type.mostBytes));
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
  if (a === b) return 0;
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
