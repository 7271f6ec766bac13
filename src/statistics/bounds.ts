/**
 * Smallest and largest value of a column chunk or a page, in the order that its type defines.
 *
 * @see "ColumnOrder" of parquet.thrift
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import type { BoundsOrder, PhysicalType } from "../schema/column_plan.ts";

/** The bounds found, PLAIN-encoded (byte arrays without their length). */
export interface MinMax {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
}

type Numeric = number | bigint;

/** Reads minimum and maximum of one physical type off kernel memory, and writes them PLAIN. */
interface NumericKind {
  readonly bytes: 1 | 2 | 4 | 8;
  /** Writes min and max 8 bytes apart; returns the number of NaNs. */
  find(kernels: Kernels, src: number, n: number, result: number): number;
  read(view: DataView, at: number): Numeric;
  write(view: DataView, value: Numeric): void;
}

const INT32: NumericKind = {
  bytes: 4,
  find: (k, src, n, result) => (k.minMaxI32(src, n, result), 0),
  read: (view, at) => view.getInt32(at, true),
  write: (view, value) => view.setInt32(0, value as number, true),
};
const UINT32: NumericKind = {
  bytes: 4,
  find: (k, src, n, result) => (k.minMaxU32(src, n, result), 0),
  read: (view, at) => view.getUint32(at, true),
  write: (view, value) => view.setUint32(0, value as number, true),
};
const INT64: NumericKind = {
  bytes: 8,
  find: (k, src, n, result) => (k.minMaxI64(src, n, result), 0),
  read: (view, at) => view.getBigInt64(at, true),
  write: (view, value) => view.setBigInt64(0, value as bigint, true),
};
const UINT64: NumericKind = {
  bytes: 8,
  find: (k, src, n, result) => (k.minMaxU64(src, n, result), 0),
  read: (view, at) => view.getBigUint64(at, true),
  write: (view, value) => view.setBigUint64(0, value as bigint, true),
};
const FLOAT: NumericKind = {
  bytes: 4,
  find: (k, src, n, result) => k.minMaxF32(src, n, result),
  read: (view, at) => view.getFloat32(at, true),
  write: (view, value) => view.setFloat32(0, value as number, true),
};
const DOUBLE: NumericKind = {
  bytes: 8,
  find: (k, src, n, result) => k.minMaxF64(src, n, result),
  read: (view, at) => view.getFloat64(at, true),
  write: (view, value) => view.setFloat64(0, value as number, true),
};
/** Half floats compare as their bits do, once the sign is turned into an order; so the bits are all that is kept. */
const FLOAT16: NumericKind = {
  bytes: 2,
  find: (k, src, n, result) => k.minMaxF16(src, n, result),
  read: (view, at) => orderOfHalf(view.getUint16(at, true)),
  write: (view, value) => view.setUint16(0, halfOfOrder(value as number), true),
};
const BOOLEAN: NumericKind = {
  bytes: 1,
  find: (k, src, n, result) => {
    const set = k.countSetBits(src, 0, n * 8);
    k.memory.u8[result] = set === n ? 1 : 0;
    k.memory.u8[result + 8] = set > 0 ? 1 : 0;
    return 0;
  },
  read: (view, at) => view.getUint8(at),
  write: (view, value) => view.setUint8(0, value as number),
};

/** −0 and +0 in the order of half floats. */
const HALF_NEGATIVE_ZERO = -0.5;

function orderOfHalf(bits: number): number {
  if (bits === 0x8000) return HALF_NEGATIVE_ZERO;
  return bits & 0x8000 ? -(bits & 0x7fff) : bits;
}

function halfOfOrder(order: number): number {
  if (order === HALF_NEGATIVE_ZERO) return 0x8000;
  return order < 0 ? 0x8000 | -order : order;
}

function numericKind(physicalType: PhysicalType, order: BoundsOrder): NumericKind | null {
  if (order === "boolean") return BOOLEAN;
  if (physicalType === "INT32") return order === "unsigned" ? UINT32 : INT32;
  if (physicalType === "INT64") return order === "unsigned" ? UINT64 : INT64;
  if (physicalType === "FLOAT") return FLOAT;
  if (physicalType === "DOUBLE") return DOUBLE;
  return order === "float" ? FLOAT16 : null;
}

/** Gathers bounds over any number of runs of values. */
export class BoundsBuilder {
  readonly #kernels: Kernels;
  readonly #order: BoundsOrder;
  readonly #width: number;
  readonly #numeric: NumericKind | null;
  readonly #result: KernelBuffer;
  #min: Numeric = 0;
  #max: Numeric = 0;
  #minBytes: Uint8Array = new Uint8Array(0);
  #maxBytes: Uint8Array = new Uint8Array(0);
  #empty = true;
  #nanCount = 0;

  /** Creates the builder; `width`: bytes of a fixed-width value, 0 for byte arrays. */
  constructor(kernels: Kernels, physicalType: PhysicalType, order: BoundsOrder, width: number) {
    this.#kernels = kernels;
    this.#order = order;
    this.#width = width;
    this.#numeric = numericKind(physicalType, order);
    this.#result = new KernelBuffer(kernels.memory);
  }

  /** Number of NaNs seen. */
  get nanCount(): number {
    return this.#nanCount;
  }

  /** Takes `count` values from `from` on into account. */
  add(values: LeafValues, from: number, count: number): void {
    if (count === 0 || this.#order === "none") return;
    if (this.#numeric !== null) {
      this.#addNumeric(this.#numeric, values.data + from * this.#width, count);
    } else this.#addBytes(values, from, count);
  }

  /** The bounds; `null` without any value that counts. */
  finish(): MinMax | null {
    if (this.#empty) return null;
    if (this.#numeric === null) return { min: this.#minBytes, max: this.#maxBytes };
    const { bytes, write } = this.#numeric;
    const min = new Uint8Array(bytes);
    const max = new Uint8Array(bytes);
    write(new DataView(min.buffer), this.#boundOfZero(this.#min, -1));
    write(new DataView(max.buffer), this.#boundOfZero(this.#max, 1));
    return { min, max };
  }

  /** Gives all memory back. */
  release(): void {
    this.#result.release();
  }

  // SPEC: a minimum of zero is written as −0, a maximum of zero as +0.
  #boundOfZero(bound: Numeric, sign: 1 | -1): Numeric {
    if (this.#order !== "float") return bound;
    if (this.#numeric === FLOAT16) {
      const zero = bound === 0 || bound === HALF_NEGATIVE_ZERO;
      return zero ? (sign < 0 ? HALF_NEGATIVE_ZERO : 0) : bound;
    }
    return bound === 0 ? 0 * sign : bound;
  }

  #addNumeric(kind: NumericKind, src: number, count: number): void {
    const { memory } = this.#kernels;
    const result = this.#result.reserve(16);
    const nans = kind.find(this.#kernels, src, count, result);
    this.#nanCount += nans;
    if (nans === count) return;
    const view = new DataView(memory.u8.buffer, result, 16);
    const min = kind.read(view, 0);
    const max = kind.read(view, 8);
    if (this.#empty || min < this.#min) this.#min = min;
    if (this.#empty || max > this.#max) this.#max = max;
    this.#empty = false;
  }

  #addBytes(values: LeafValues, from: number, count: number): void {
    const { memory } = this.#kernels;
    const result = this.#result.reserve(16);
    const signed = this.#order === "decimal";
    if (this.#width > 0) {
      const src = values.data + from * this.#width;
      this.#kernels.minMaxFixedBytes(src, this.#width, count, signed, result);
    } else {
      this.#kernels.minMaxByteArrays(values.offsets + from * 4, values.data, count, result);
    }
    const word = result >>> 2;
    const min = this.#valueAt(values, from + memory.u32[word]!);
    const max = this.#valueAt(values, from + memory.u32[word + 1]!);
    if (this.#empty || compareBytes(min, this.#minBytes, signed) < 0) this.#minBytes = min.slice();
    if (this.#empty || compareBytes(max, this.#maxBytes, signed) > 0) this.#maxBytes = max.slice();
    this.#empty = false;
  }

  #valueAt(values: LeafValues, index: number): Uint8Array {
    const { u8, i32 } = this.#kernels.memory;
    if (this.#width > 0) {
      const start = values.data + index * this.#width;
      return u8.subarray(start, start + this.#width);
    }
    const word = (values.offsets >>> 2) + index;
    return u8.subarray(values.data + i32[word]!, values.data + i32[word + 1]!);
  }
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
