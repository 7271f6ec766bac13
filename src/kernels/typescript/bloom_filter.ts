/**
 * XXH64 of values, and insertion into split-block Bloom filters, in TypeScript.
 *
 * 64-bit numbers are pairs of 32-bit halves: BigInt takes some twenty times as long. Results come back in `high` and `low`.
 *
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 * @see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

// The five primes, in halves.
const P1_HIGH = 0x9e3779b1;
const P1_LOW = 0x85ebca87;
const P2_HIGH = 0xc2b2ae3d;
const P2_LOW = 0x27d4eb4f;
const P3_HIGH = 0x165667b1;
const P3_LOW = 0x9e3779f9;
const P4_HIGH = 0x85ebca77;
const P4_LOW = 0xc2b2ae63;
const P5_HIGH = 0x27d4eb2f;
const P5_LOW = 0x165667c5;

/** Halves of the last result, as i32 or u32. */
let high = 0;
let low = 0;

/** High half of the product of two u32. */
function highOfProduct(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16);
  const middle2 = aLow * bHigh + (middle & 0xffff);
  return (aHigh * bHigh + (middle >>> 16) + (middle2 >>> 16)) | 0;
}

function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  high = (highOfProduct(aLow, bLow) + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) | 0;
  low = Math.imul(aLow, bLow);
}

function add(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const sum = (aLow + bLow) | 0;
  high = (aHigh + bHigh + ((sum >>> 0) < (aLow >>> 0) ? 1 : 0)) | 0;
  low = sum;
}

/** Rotates what is in `high` and `low` by 0 < bits < 32 to the left. */
function rotate(bits: number): void {
  const before = high;
  high = (high << bits) | (low >>> (32 - bits));
  low = (low << bits) | (before >>> (32 - bits));
}

/** One lane taken into an accumulator. */
function round(accHigh: number, accLow: number, laneHigh: number, laneLow: number): void {
  multiply(laneHigh, laneLow, P2_HIGH, P2_LOW);
  add(accHigh, accLow, high, low);
  rotate(31);
  multiply(high, low, P1_HIGH, P1_LOW);
}

/** Takes the last lanes of 8 bytes in. */
function eightBytes(accHigh: number, accLow: number, laneHigh: number, laneLow: number): void {
  round(0, 0, laneHigh, laneLow);
  high ^= accHigh;
  low ^= accLow;
  rotate(27);
  multiply(high, low, P1_HIGH, P1_LOW);
  add(high, low, P4_HIGH, P4_LOW);
}

function fourBytes(accHigh: number, accLow: number, lane: number): void {
  multiply(0, lane, P1_HIGH, P1_LOW);
  high ^= accHigh;
  low ^= accLow;
  rotate(23);
  multiply(high, low, P2_HIGH, P2_LOW);
  add(high, low, P3_HIGH, P3_LOW);
}

function oneByte(accHigh: number, accLow: number, byte: number): void {
  multiply(0, byte, P5_HIGH, P5_LOW);
  high ^= accHigh;
  low ^= accLow;
  rotate(11);
  multiply(high, low, P1_HIGH, P1_LOW);
}

/** Mixes `high` and `low` and stores them. */
function avalanche(u32: Uint32Array, word: number): void {
  low ^= high >>> 1;
  multiply(high, low, P2_HIGH, P2_LOW);
  low ^= (low >>> 29) | (high << 3);
  high ^= high >>> 29;
  multiply(high, low, P3_HIGH, P3_LOW);
  u32[word] = low ^ high;
  u32[word + 1] = high;
}

/** A u32 at any alignment. */
function lane(u8: Uint8Array, at: number): number {
  return u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
}

/** The four accumulators of long input: halves, the low one first. */
const accumulators = new Int32Array(8);

/** Takes all whole stripes of 32 bytes in. Returns where the rest begins. */
function stripes(u8: Uint8Array, from: number, end: number): number {
  const acc = accumulators;
  // P1 + P2, P2, 0, −P1.
  acc.set([0xadc0b5d6, 0x60ea27ee, P2_LOW, P2_HIGH, 0, 0, -P1_LOW, ~P1_HIGH]);
  let at = from;
  for (; at + 32 <= end; at += 32) {
    for (let i = 0; i < 8; i += 2) {
      const source = at + i * 4;
      round(acc[i + 1]!, acc[i]!, lane(u8, source + 4), lane(u8, source));
      acc[i] = low;
      acc[i + 1] = high;
    }
  }
  let sumHigh = 0;
  let sumLow = 0;
  for (let i = 0; i < 4; i++) {
    low = acc[i * 2]!;
    high = acc[i * 2 + 1]!;
    rotate(i === 0 ? 1 : i === 1 ? 7 : i === 2 ? 12 : 18);
    add(sumHigh, sumLow, high, low);
    sumHigh = high;
    sumLow = low;
  }
  for (let i = 0; i < 8; i += 2) {
    round(0, 0, acc[i + 1]!, acc[i]!);
    multiply(sumHigh ^ high, sumLow ^ low, P1_HIGH, P1_LOW);
    add(high, low, P4_HIGH, P4_LOW);
    sumHigh = high;
    sumLow = low;
  }
  return at;
}

/** Stores the hash of the bytes from `from` to `end`. */
function xxh64(u8: Uint8Array, from: number, end: number, u32: Uint32Array, word: number): void {
  const length = end - from;
  let at = from;
  if (length < 32) {
    high = P5_HIGH;
    low = P5_LOW;
  } else at = stripes(u8, from, end);
  add(high, low, 0, length);
  for (; at + 8 <= end; at += 8) eightBytes(high, low, lane(u8, at + 4), lane(u8, at));
  if (at + 4 <= end) {
    fourBytes(high, low, lane(u8, at));
    at += 4;
  }
  for (; at < end; at++) oneByte(high, low, u8[at]!);
  avalanche(u32, word);
}

/** See `Kernels.xxh64Fixed`. */
export function xxh64Fixed(
  memory: KernelMemory,
  src: Pointer,
  width: number,
  n: number,
  dst: Pointer,
): void {
  const { u8, u32 } = memory;
  const to = dst >>> 2;
  const from = src >>> 2;
  if (width === 4) {
    for (let i = 0; i < n; i++) {
      // The seed and the length: P5 + 4.
      fourBytes(P5_HIGH, P5_LOW + 4, u32[from + i]!);
      avalanche(u32, to + i * 2);
    }
  } else if (width === 8) {
    for (let i = 0; i < n; i++) {
      eightBytes(P5_HIGH, P5_LOW + 8, u32[from + i * 2 + 1]!, u32[from + i * 2]!);
      avalanche(u32, to + i * 2);
    }
  } else {
    for (let i = 0; i < n; i++) {
      const at = src + i * width;
      xxh64(u8, at, at + width, u32, to + i * 2);
    }
  }
}

/** See `Kernels.xxh64ByteArrays`. */
export function xxh64ByteArrays(
  memory: KernelMemory,
  offsets: Pointer,
  data: Pointer,
  n: number,
  dst: Pointer,
): void {
  const { u8, u32, i32 } = memory;
  const word = offsets >>> 2;
  const to = dst >>> 2;
  let from = data + i32[word]!;
  for (let i = 0; i < n; i++) {
    const end = data + i32[word + i + 1]!;
    xxh64(u8, from, end, u32, to + i * 2);
    from = end;
  }
}

/** One odd number for each word of a block: they spread a hash over eight bits. */
const SALT = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/** See `Kernels.bloomInsert`. */
export function bloomInsert(
  memory: KernelMemory,
  hashes: Pointer,
  n: number,
  bitset: Pointer,
  blocks: number,
): void {
  const { u32 } = memory;
  const from = hashes >>> 2;
  const to = bitset >>> 2;
  for (let i = 0; i < n; i++) {
    const key = u32[from + i * 2]!;
    const block = to + (highOfProduct(u32[from + i * 2 + 1]!, blocks) << 3);
    for (let word = 0; word < 8; word++) {
      u32[block + word]! |= 1 << (Math.imul(key, SALT[word]!) >>> 27);
    }
  }
}
