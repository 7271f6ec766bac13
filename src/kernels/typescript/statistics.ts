/**
 * Minimum and maximum, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/** See `Kernels.minMaxI32`. */
export function minMaxI32(memory: KernelMemory, src: Pointer, n: number, result: Pointer): void {
  const { i32 } = memory;
  let at = src >>> 2;
  const end = at + n;
  let least = i32[at]!;
  let most = least;
  while (++at < end) {
    const value = i32[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  i32[result >>> 2] = least;
  i32[(result >>> 2) + 2] = most;
}

/** See `Kernels.minMaxU32`. */
export function minMaxU32(memory: KernelMemory, src: Pointer, n: number, result: Pointer): void {
  const { u32 } = memory;
  let at = src >>> 2;
  const end = at + n;
  let least = u32[at]!;
  let most = least;
  while (++at < end) {
    const value = u32[at]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  u32[result >>> 2] = least;
  u32[(result >>> 2) + 2] = most;
}

/** See `Kernels.minMaxI64`. */
export function minMaxI64(memory: KernelMemory, src: Pointer, n: number, result: Pointer): void {
  minMax64(memory, src, n, result, 0);
}

/** See `Kernels.minMaxU64`. */
export function minMaxU64(memory: KernelMemory, src: Pointer, n: number, result: Pointer): void {
  minMax64(memory, src, n, result, 0x80000000);
}

/** Compares 64-bit integers as two words, which is 20 times faster than BigInt; `flip` makes the high word's order signed. */
function minMax64(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  result: Pointer,
  flip: number,
): void {
  const { i32, u32 } = memory;
  const start = src >>> 2;
  const end = start + n * 2;
  let leastHigh = i32[start + 1]! ^ flip;
  let leastLow = u32[start]!;
  let mostHigh = leastHigh;
  let mostLow = leastLow;
  for (let at = start + 2; at < end; at += 2) {
    const low = u32[at]!;
    const high = i32[at + 1]! ^ flip;
    if (high < leastHigh || (high === leastHigh && low < leastLow)) {
      leastHigh = high;
      leastLow = low;
    } else if (high > mostHigh || (high === mostHigh && low > mostLow)) {
      mostHigh = high;
      mostLow = low;
    }
  }
  const to = result >>> 2;
  u32[to] = leastLow;
  i32[to + 1] = leastHigh ^ flip;
  u32[to + 2] = mostLow;
  i32[to + 3] = mostHigh ^ flip;
}

/** See `Kernels.minMaxF16`. */
export function minMaxF16(memory: KernelMemory, src: Pointer, n: number, result: Pointer): number {
  const { u16 } = memory;
  let nans = 0;
  // Sign-magnitude as unsigned integers in the order of the floats, −0 below +0.
  let least = 0xffff;
  let most = 0;
  let at = src >>> 1;
  for (const end = at + n; at < end; at++) {
    const bits = u16[at]!;
    if ((bits & 0x7fff) > 0x7c00) {
      nans++;
      continue;
    }
    const order = (bits & 0x8000) !== 0 ? bits ^ 0xffff : bits | 0x8000;
    if (order < least) least = order;
    if (order > most) most = order;
  }
  u16[result >>> 1] = (least & 0x8000) !== 0 ? least ^ 0x8000 : least ^ 0xffff;
  u16[(result >>> 1) + 4] = (most & 0x8000) !== 0 ? most ^ 0x8000 : most ^ 0xffff;
  return nans;
}

/** See `Kernels.minMaxF32`. */
export function minMaxF32(memory: KernelMemory, src: Pointer, n: number, result: Pointer): number {
  const { f32 } = memory;
  return minMaxFloats(f32, src >>> 2, n, result >>> 2, (result >>> 2) + 2);
}

/** See `Kernels.minMaxF64`. */
export function minMaxF64(memory: KernelMemory, src: Pointer, n: number, result: Pointer): number {
  const { f64 } = memory;
  return minMaxFloats(f64, src >>> 3, n, result >>> 3, (result >>> 3) + 1);
}

function minMaxFloats(
  floats: Float32Array | Float64Array,
  start: number,
  n: number,
  leastTo: number,
  mostTo: number,
): number {
  const end = start + n;
  let least = Infinity;
  let most = -Infinity;
  let nans = 0;
  for (let at = start; at < end; at++) {
    const value = floats[at]!;
    if (value < least) least = value;
    if (value > most) most = value;
    if (value !== value) nans++;
  }
  // Comparison does not tell the zeros apart; look again in the rare case that it matters.
  if (least === 0) least = holds(floats, start, end, -0) ? -0 : 0;
  if (most === 0) most = holds(floats, start, end, 0) ? 0 : -0;
  floats[leastTo] = least;
  floats[mostTo] = most;
  return nans;
}

function holds(
  floats: Float32Array | Float64Array,
  start: number,
  end: number,
  zero: number,
): boolean {
  for (let at = start; at < end; at++) if (Object.is(floats[at], zero)) return true;
  return false;
}

/** Order of two byte strings, unsigned. */
export function compareBytes(
  u8: Uint8Array,
  left: Pointer,
  leftLength: number,
  right: Pointer,
  rightLength: number,
): number {
  const common = Math.min(leftLength, rightLength);
  for (let i = 0; i < common; i++) {
    const difference = u8[left + i]! - u8[right + i]!;
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}

/** See `Kernels.minMaxByteArrays`. */
export function minMaxByteArrays(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  n: number,
  result: Pointer,
): void {
  const { u8, u32, i32 } = memory;
  const offsetsAt = offsets >>> 2;
  let at = data + i32[offsetsAt]!;
  let end = data + i32[offsetsAt + 1]!;
  let least = 0;
  let leastAt = at;
  let leastLength = end - at;
  let most = 0;
  let mostAt = at;
  let mostLength = leastLength;
  for (let i = 1; i < n; i++) {
    at = end;
    end = data + i32[offsetsAt + i + 1]!;
    const length = end - at;
    if (compareBytes(u8, at, length, leastAt, leastLength) < 0) {
      least = i;
      leastAt = at;
      leastLength = length;
    } else if (compareBytes(u8, at, length, mostAt, mostLength) > 0) {
      most = i;
      mostAt = at;
      mostLength = length;
    }
  }
  u32[result >>> 2] = least;
  u32[(result >>> 2) + 1] = most;
}

/** See `Kernels.minMaxFixedBytes`. */
export function minMaxFixedBytes(
  memory: KernelMemory,
  src: Pointer,
  width: number,
  n: number,
  signed: boolean,
  result: Pointer,
): void {
  const { u8, u32 } = memory;
  // Two's complement: turning the sign bit round makes the first byte's order unsigned.
  const flip = signed ? 0x80 : 0;
  const compare = (left: Pointer, right: Pointer): number => {
    const difference = (u8[left]! ^ flip) - (u8[right]! ^ flip);
    if (difference !== 0) return difference;
    return compareBytes(u8, left + 1, width - 1, right + 1, width - 1);
  };
  let least = 0;
  let most = 0;
  for (let i = 1; i < n; i++) {
    const at = src + i * width;
    if (compare(at, src + least * width) < 0) least = i;
    else if (compare(at, src + most * width) > 0) most = i;
  }
  u32[result >>> 2] = least;
  u32[(result >>> 2) + 1] = most;
}
