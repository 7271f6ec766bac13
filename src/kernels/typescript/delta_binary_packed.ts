/**
 * DELTA_BINARY_PACKED, in TypeScript.
 * https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-encoding-delta_binary_packed--5
 *
 * ```text
 * header: | varint values of a block | varint miniblocks of a block | varint n | zigzag varint first value (0 without any) |
 * block:  | zigzag varint least difference | u8 × 4 bit widths | miniblock | miniblock | miniblock | miniblock |
 * ```
 *
 * A miniblock holds its differences less the block's least one, packed least significant bit first. The last one that has
 * any is filled up with zeros; those behind it have width 0 and no bytes.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";
import { packGroups32, writeVarint } from "./hybrid.ts";

const MINIBLOCKS = 4;
const MINIBLOCK_32 = 32;
const BLOCK_32 = MINIBLOCKS * MINIBLOCK_32;
const MINIBLOCK_64 = 64;
const BLOCK_64 = MINIBLOCKS * MINIBLOCK_64;

/** Differences of a block: all of 32 bits, the halves of 64. */
const low = new Uint32Array(BLOCK_64);
const high = new Uint32Array(BLOCK_64);

/** See `Kernels.deltaBinaryPacked32`. */
export function deltaBinaryPacked32(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  dst: Pointer,
): number {
  const { u8, i32 } = memory;
  let to = writeHeader(u8, dst, BLOCK_32, n);
  if (n === 0) return writeVarint(u8, to, 0) - dst;
  let from = src >>> 2;
  const last = from + n - 1;
  to = writeZigzag32(u8, to, i32[from]!);
  while (from < last) {
    const count = Math.min(BLOCK_32, last - from);
    let least = 0x7fffffff;
    let before = i32[from]!;
    for (let i = 0; i < count; i++) {
      const value = i32[++from]!;
      const delta = (value - before) | 0;
      low[i] = delta;
      if (delta < least) least = delta;
      before = value;
    }
    to = writeZigzag32(u8, to, least);
    const widths = to;
    to += MINIBLOCKS;
    for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      const start = miniblock * MINIBLOCK_32;
      const end = Math.min(start + MINIBLOCK_32, count);
      let bits = 0;
      for (let i = start; i < end; i++) bits |= low[i] = (low[i]! - least) >>> 0;
      const width = 32 - Math.clz32(bits);
      u8[widths + miniblock] = width;
      if (width === 0) continue;
      low.fill(0, end, start + MINIBLOCK_32);
      to = packGroups32(u8, low, start, MINIBLOCK_32, width, to);
    }
  }
  return to - dst;
}

/** See `Kernels.deltaBinaryPacked64`. Halves of 32 bits: BigInts take ten times as long. */
export function deltaBinaryPacked64(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  dst: Pointer,
): number {
  const { u8, u32 } = memory;
  let to = writeHeader(u8, dst, BLOCK_64, n);
  if (n === 0) return writeVarint(u8, to, 0) - dst;
  let from = src >>> 2;
  const last = from + (n - 1) * 2;
  to = writeZigzag64(u8, to, u32[from]!, u32[from + 1]!);
  while (from < last) {
    const count = Math.min(BLOCK_64, (last - from) >>> 1);
    let leastLow = 0xffffffff;
    let leastHigh = 0x7fffffff;
    let lowBefore = u32[from]!;
    let highBefore = u32[from + 1]!;
    for (let i = 0; i < count; i++) {
      from += 2;
      const valueLow = u32[from]!;
      const valueHigh = u32[from + 1]!;
      const deltaLow = (valueLow - lowBefore) >>> 0;
      const deltaHigh = (valueHigh - highBefore - (valueLow < lowBefore ? 1 : 0)) | 0;
      low[i] = deltaLow;
      high[i] = deltaHigh;
      if (deltaHigh < leastHigh || (deltaHigh === leastHigh && deltaLow < leastLow)) {
        leastLow = deltaLow;
        leastHigh = deltaHigh;
      }
      lowBefore = valueLow;
      highBefore = valueHigh;
    }
    to = writeZigzag64(u8, to, leastLow, leastHigh);
    const widths = to;
    to += MINIBLOCKS;
    for (let miniblock = 0; miniblock < MINIBLOCKS; miniblock++) {
      const start = miniblock * MINIBLOCK_64;
      const end = Math.min(start + MINIBLOCK_64, count);
      let lowBits = 0;
      let highBits = 0;
      for (let i = start; i < end; i++) {
        const deltaLow = low[i]!;
        highBits |= high[i] = (high[i]! - leastHigh - (deltaLow < leastLow ? 1 : 0)) >>> 0;
        lowBits |= low[i] = (deltaLow - leastLow) >>> 0;
      }
      const width = highBits !== 0 ? 64 - Math.clz32(highBits) : 32 - Math.clz32(lowBits);
      u8[widths + miniblock] = width;
      if (width === 0) continue;
      low.fill(0, end, start + MINIBLOCK_64);
      if (width <= 32) {
        to = packGroups32(u8, low, start, MINIBLOCK_64, width, to);
      } else {
        high.fill(0, end, start + MINIBLOCK_64);
        to = packWide(u8, start, width, to);
      }
    }
  }
  return to - dst;
}

/** Packs a miniblock of differences of more than 32 bits, which take a whole number of words together. */
function packWide(u8: Uint8Array, start: number, width: number, to: Pointer): Pointer {
  const highWidth = width - 32;
  let bits = 0;
  let held = 0;
  for (let i = start; i < start + MINIBLOCK_64; i++) {
    let half = low[i]!;
    to = writeWord(u8, to, bits | (half << held));
    bits = held === 0 ? 0 : half >>> (32 - held);
    half = high[i]!;
    bits |= half << held;
    held += highWidth;
    if (held >= 32) {
      to = writeWord(u8, to, bits);
      held -= 32;
      bits = held === 0 ? 0 : half >>> (highWidth - held);
    }
  }
  return to;
}

function writeWord(u8: Uint8Array, at: Pointer, word: number): Pointer {
  u8[at] = word;
  u8[at + 1] = word >>> 8;
  u8[at + 2] = word >>> 16;
  u8[at + 3] = word >>> 24;
  return at + 4;
}

function writeHeader(u8: Uint8Array, at: Pointer, block: number, n: number): Pointer {
  return writeVarint(u8, writeVarint(u8, writeVarint(u8, at, block), MINIBLOCKS), n);
}

function writeZigzag32(u8: Uint8Array, at: Pointer, value: number): Pointer {
  return writeVarint(u8, at, ((value << 1) ^ (value >> 31)) >>> 0);
}

function writeZigzag64(u8: Uint8Array, at: Pointer, valueLow: number, valueHigh: number): Pointer {
  const sign = valueHigh >> 31;
  let zigzagLow = ((valueLow << 1) ^ sign) >>> 0;
  let zigzagHigh = (((valueHigh << 1) | (valueLow >>> 31)) ^ sign) >>> 0;
  while (zigzagHigh !== 0) {
    u8[at++] = (zigzagLow & 127) | 128;
    zigzagLow = ((zigzagLow >>> 7) | (zigzagHigh << 25)) >>> 0;
    zigzagHigh >>>= 7;
  }
  return writeVarint(u8, at, zigzagLow);
}
