/**
 * The RLE/bit-packing hybrid, in TypeScript.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#run-length-encoding--bit-packing-hybrid-rle--3
 *
 * How runs are cut, in both languages: looking at every eighth value since the last run's end, a repetition of at least
 * {@linkcode repetitionThreshold} values becomes an RLE run of all its values; one that reaches the end does so wherever
 * this takes no more bytes than packing, or fewer than packing on. What lies between is one bit-packed run, its last group padded with zeros.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

/**
 * Fewest equal values worth an RLE run between two others. It costs a header, a value, and most often another header
 * after it: 3 bytes up to 8 bits, which are 24 values of 1 bit and 12 of 2.
 */
function repetitionThreshold(width: number): number {
  return width === 1 ? 24 : width === 2 ? 16 : 8;
}

/** Writes a ULEB128 number below 2^32. Returns where it ends. */
export function writeVarint(u8: Uint8Array, at: Pointer, value: number): Pointer {
  while (value > 127) {
    u8[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  u8[at++] = value;
  return at;
}

function isRepeatedRun(
  repeated: number,
  remaining: number,
  width: number,
  threshold: number,
  packing: boolean,
): boolean {
  if (repeated >= threshold) return true;
  if (repeated < remaining) return false;
  return 1 + ((width + 7) >>> 3) <= ((repeated + 7) >>> 3) * width + (packing ? -1 : 1);
}

function writeRepeatedRun(
  u8: Uint8Array,
  at: Pointer,
  repeated: number,
  value: number,
  width: number,
): Pointer {
  at = writeVarint(u8, at, (repeated << 1) >>> 0);
  for (let bits = 0; bits < width; bits += 8) u8[at++] = value >>> bits;
  return at;
}

/** See `Kernels.hybrid32`. */
export function hybrid32(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  width: number,
  dst: Pointer,
): number {
  if (n === 0) return 0;
  const { u8, u32 } = memory;
  if (width === 0) return writeVarint(u8, dst, (n << 1) >>> 0) - dst;
  const threshold = repetitionThreshold(width);
  const end = (src >>> 2) + n;
  let from = src >>> 2;
  let to = dst;
  while (from < end) {
    let at = from;
    let repeated = 0;
    for (; at < end; at += 8) {
      const value = u32[at]!;
      let other = at + 1;
      while (other < end && u32[other] === value) other++;
      if (isRepeatedRun(other - at, end - at, width, threshold, at > from)) {
        repeated = other - at;
        break;
      }
    }
    if (at > from) {
      const count = Math.min(at, end) - from;
      to = writeVarint(u8, to, ((((count + 7) >>> 3) << 1) | 1) >>> 0);
      to = packGroups32(u8, u32, from, count, width, to);
    }
    if (repeated > 0) to = writeRepeatedRun(u8, to, repeated, u32[at]!, width);
    from = at + repeated;
  }
  return to - dst;
}

/** See `Kernels.hybrid8`. */
export function hybrid8(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  width: number,
  dst: Pointer,
): number {
  if (n === 0) return 0;
  const { u8 } = memory;
  if (width === 0) return writeVarint(u8, dst, (n << 1) >>> 0) - dst;
  const threshold = repetitionThreshold(width);
  const end = src + n;
  let from = src;
  let to = dst;
  while (from < end) {
    let at = from;
    let repeated = 0;
    for (; at < end; at += 8) {
      const value = u8[at]!;
      let other = at + 1;
      while (other < end && u8[other] === value) other++;
      if (isRepeatedRun(other - at, end - at, width, threshold, at > from)) {
        repeated = other - at;
        break;
      }
    }
    if (at > from) {
      const count = Math.min(at, end) - from;
      to = writeVarint(u8, to, ((((count + 7) >>> 3) << 1) | 1) >>> 0);
      to = packGroups8(u8, from, count, width, to);
    }
    if (repeated > 0) to = writeRepeatedRun(u8, to, repeated, u8[at]!, width);
    from = at + repeated;
  }
  return to - dst;
}

/** Packs `count` values from word `from` on, least significant bit first; groups of eight, the last padded. */
export function packGroups32(
  u8: Uint8Array,
  u32: Uint32Array,
  from: number,
  count: number,
  width: number,
  to: Pointer,
): Pointer {
  const stop = to + ((count + 7) >>> 3) * width;
  let bits = 0;
  let held = 0;
  for (const end = from + count; from < end; from++) {
    const value = u32[from]!;
    bits |= value << held;
    held += width;
    if (held >= 32) {
      u8[to] = bits;
      u8[to + 1] = bits >>> 8;
      u8[to + 2] = bits >>> 16;
      u8[to + 3] = bits >>> 24;
      to += 4;
      held -= 32;
      bits = held === 0 ? 0 : value >>> (width - held);
    }
  }
  return writeRemainder(u8, to, stop, bits);
}

/** The same for bytes, whose width is at most 8. */
function packGroups8(
  u8: Uint8Array,
  from: Pointer,
  count: number,
  width: number,
  to: Pointer,
): Pointer {
  const stop = to + ((count + 7) >>> 3) * width;
  let bits = 0;
  let held = 0;
  for (const end = from + count; from < end; from++) {
    bits |= u8[from]! << held;
    held += width;
    if (held >= 16) {
      u8[to++] = bits;
      u8[to++] = bits >>> 8;
      bits >>>= 16;
      held -= 16;
    }
  }
  return writeRemainder(u8, to, stop, bits);
}

function writeRemainder(u8: Uint8Array, to: Pointer, stop: Pointer, bits: number): Pointer {
  while (to < stop) {
    u8[to++] = bits;
    bits >>>= 8;
  }
  return to;
}
