/**
 * How minimum and maximum of each numeric type are found, compared and written.
 *
 * @module
 */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { BoundsOrder, PhysicalType } from "../schema/column_plan.ts";

/** A value as it is compared. */
export type Numeric = number | bigint;

/** Bounds of one numeric type. */
export interface NumericKind {
  /** Bytes of a value, PLAIN-encoded. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Has values that are no numbers, and two zeros. */
  readonly float: boolean;
  /** Writes the smallest and the largest of n > 0 values 8 bytes apart; returns the number of NaNs, which never enter. */
  find(kernels: Kernels, src: Pointer, n: number, result: Pointer): number;
  /** Reads what `find` wrote. */
  read(kernels: Kernels, at: Pointer): Numeric;
  /** A value, PLAIN-encoded. */
  encode(value: Numeric): Uint8Array;
  /** A number in the order of PLAIN-encoded values; of floats in IEEE 754's total order. Not the value itself. */
  orderOf(bytes: Uint8Array): Numeric;
}

// One value at a time, in the order of bytes that Parquet and kernel memory have.
const scratch = new DataView(new ArrayBuffer(8));
const scratchBytes = new Uint8Array(scratch.buffer);

function first(bytes: number): Uint8Array {
  return scratchBytes.slice(0, bytes);
}

function loaded(bytes: Uint8Array): DataView {
  scratchBytes.set(bytes);
  return scratch;
}

// Turns the bits of floats into integers of the same order, and back.
const flip32 = (bits: number): number => bits ^ ((bits >> 31) & 0x7fffffff);
const flip64 = (bits: bigint): bigint => bits < 0n ? bits ^ 0x7fffffffffffffffn : bits;

const INT32: NumericKind = {
  bytes: 4,
  float: false,
  find: (k, src, n, result) => (k.minMaxI32(src, n, result), 0),
  read: ({ memory }, at) => memory.i32[at >>> 2]!,
  encode: (value) => (scratch.setInt32(0, value as number, true), first(4)),
  orderOf: (bytes) => loaded(bytes).getInt32(0, true),
};
const UINT32: NumericKind = {
  bytes: 4,
  float: false,
  find: (k, src, n, result) => (k.minMaxU32(src, n, result), 0),
  read: ({ memory }, at) => memory.u32[at >>> 2]!,
  encode: (value) => (scratch.setUint32(0, value as number, true), first(4)),
  orderOf: (bytes) => loaded(bytes).getUint32(0, true),
};
const INT64: NumericKind = {
  bytes: 8,
  float: false,
  find: (k, src, n, result) => (k.minMaxI64(src, n, result), 0),
  read: ({ memory }, at) => memory.i64[at >>> 3]!,
  encode: (value) => (scratch.setBigInt64(0, value as bigint, true), first(8)),
  orderOf: (bytes) => loaded(bytes).getBigInt64(0, true),
};
const UINT64: NumericKind = {
  bytes: 8,
  float: false,
  find: (k, src, n, result) => (k.minMaxU64(src, n, result), 0),
  read: ({ memory }, at) => memory.u64[at >>> 3]!,
  encode: (value) => (scratch.setBigUint64(0, value as bigint, true), first(8)),
  orderOf: (bytes) => loaded(bytes).getBigUint64(0, true),
};
const FLOAT: NumericKind = {
  bytes: 4,
  float: true,
  find: (k, src, n, result) => k.minMaxF32(src, n, result),
  read: ({ memory }, at) => memory.f32[at >>> 2]!,
  encode: (value) => (scratch.setFloat32(0, value as number, true), first(4)),
  orderOf: (bytes) => flip32(loaded(bytes).getInt32(0, true)),
};
const DOUBLE: NumericKind = {
  bytes: 8,
  float: true,
  find: (k, src, n, result) => k.minMaxF64(src, n, result),
  read: ({ memory }, at) => memory.f64[at >>> 3]!,
  encode: (value) => (scratch.setFloat64(0, value as number, true), first(8)),
  orderOf: (bytes) => flip64(loaded(bytes).getBigInt64(0, true)),
};
const FLOAT16: NumericKind = {
  bytes: 2,
  float: true,
  find: (k, src, n, result) => k.minMaxF16(src, n, result),
  read: ({ memory }, at) => halfToNumber(memory.u16[at >>> 1]!),
  encode: (value) => (scratch.setUint16(0, numberToHalf(value as number), true), first(2)),
  orderOf: (bytes) => halfToNumber(loaded(bytes).getUint16(0, true)),
};
const BOOLEAN: NumericKind = {
  bytes: 1,
  float: false,
  find(k, src, n, result) {
    // A byte each, 0 or 1.
    const set = k.countSetBits(src, 0, n * 8);
    k.memory.u8[result] = set === n ? 1 : 0;
    k.memory.u8[result + 8] = set > 0 ? 1 : 0;
    return 0;
  },
  read: ({ memory }, at) => memory.u8[at]!,
  encode: (value) => Uint8Array.of(value as number),
  orderOf: (bytes) => bytes[0]!,
};

/**
 * The bits of a half float as a number in the order of half floats, zeros told apart. It need not be the float's value: bounds
 * are only compared.
 */
function halfToNumber(bits: number): number {
  return (bits & 0x8000) !== 0 ? -(bits & 0x7fff) : bits;
}

function numberToHalf(order: number): number {
  return order < 0 || Object.is(order, -0) ? 0x8000 | -order : order;
}

/** The kind of a type's bounds; `null`: they are byte strings. */
export function numericKind(physicalType: PhysicalType, order: BoundsOrder): NumericKind | null {
  if (order === "boolean") return BOOLEAN;
  if (physicalType === "INT32") return order === "unsigned" ? UINT32 : INT32;
  if (physicalType === "INT64") return order === "unsigned" ? UINT64 : INT64;
  if (physicalType === "FLOAT") return FLOAT;
  if (physicalType === "DOUBLE") return DOUBLE;
  return order === "float" ? FLOAT16 : null;
}

/** Whether `a` is below `b`, −0 being below +0. */
export function isBelow(a: Numeric, b: Numeric): boolean {
  return a < b || (a === 0 && b === 0 && Object.is(a, -0) && !Object.is(b, -0));
}

/** The float of which `orderOf` gave `order`, PLAIN-encoded. */
export function floatOfOrder({ bytes }: NumericKind, order: Numeric): Uint8Array {
  if (bytes === 2) return FLOAT16.encode(order);
  return bytes === 4
    ? INT32.encode(flip32(order as number))
    : INT64.encode(flip64(order as bigint));
}
