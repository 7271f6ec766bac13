/**
 * Bitmaps, least significant bit first.
 *
 * @module
 */

import type { Bitmap } from "./column_array.ts";

/** Bytes that `bits` bits take. */
export function bitmapBytes(bits: number): number {
  return Math.ceil(bits / 8);
}

/** Whether bit `index` is set. */
export function isBitSet(bitmap: Bitmap, index: number): boolean {
  const at = bitmap.bitOffset + index;
  return (bitmap.bytes[Math.floor(at / 8)]! >> (at % 8) & 1) === 1;
}

/** Whether any of the bits `from` to `to` (exclusive) is clear. Looks at bytes, not bits; stops at the first. */
export function hasClearBit(bitmap: Bitmap, from: number, to: number): boolean {
  if (from >= to) return false;
  const { bytes } = bitmap;
  const first = bitmap.bitOffset + from, last = bitmap.bitOffset + to - 1;
  const firstByte = Math.floor(first / 8), lastByte = Math.floor(last / 8);
  const head = 0xff << (first % 8) & 0xff, tail = 0xff >> (7 - last % 8);
  if (firstByte === lastByte) return (bytes[firstByte]! & head & tail) !== (head & tail);
  if ((bytes[firstByte]! & head) !== head || (bytes[lastByte]! & tail) !== tail) return true;
  for (let i = firstByte + 1; i < lastByte; i++) if (bytes[i] !== 0xff) return true;
  return false;
}

/**
 * How many of the bits `from` to `to` (exclusive) are clear. By words of 32 bits, which takes 0.15 to 0.2 ns a bit on all
 * three runtimes, no longer than a look at every byte.
 */
export function countClearBits({ bytes, bitOffset }: Bitmap, from: number, to: number): number {
  if (from >= to) return 0;
  let at = bitOffset + from, set = 0;
  const end = bitOffset + to;
  // Bits until a word starts in memory, and until a byte does if there is none.
  const isAligned = (bit: number) => bit % 8 === 0 && (bytes.byteOffset + bit / 8) % 4 === 0;
  while (at < end && !isAligned(at)) {
    const bits = Math.min(8 - at % 8, end - at);
    set += setBitsOfWord(bytes[Math.floor(at / 8)]! >> (at % 8) & ((1 << bits) - 1));
    at += bits;
  }
  const words = Math.floor((end - at) / 32);
  if (words > 0) {
    set += setBitsOfWords(new Int32Array(bytes.buffer, bytes.byteOffset + at / 8, words));
    at += words * 32;
  }
  for (; at < end; at += 8) {
    const bits = Math.min(8, end - at);
    set += setBitsOfWord(bytes[at / 8]! & ((1 << bits) - 1));
  }
  return to - from - set;
}

function setBitsOfWords(words: Int32Array): number {
  let set = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    set += word === -1 ? 32 : setBitsOfWord(word);
  }
  return set;
}

/** @see https://graphics.stanford.edu/~seander/bithacks.html#CountBitsSetParallel */
function setBitsOfWord(word: number): number {
  word -= word >>> 1 & 0x55555555;
  word = (word & 0x33333333) + (word >>> 2 & 0x33333333);
  return Math.imul(word + (word >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The first clear bit of `from` to `to` (exclusive), or `to`. */
export function nextClearBit(bitmap: Bitmap, from: number, to: number): number {
  const { bytes, bitOffset } = bitmap;
  let i = from;
  while (i < to) {
    const at = bitOffset + i;
    if (at % 8 === 0 && bytes[at / 8] === 0xff) i += 8;
    else if ((bytes[Math.floor(at / 8)]! >> (at % 8) & 1) === 0) return i;
    else i++;
  }
  return to;
}

/** The first set bit of `from` to `to` (exclusive), or `to`. */
export function nextSetBit(bitmap: Bitmap, from: number, to: number): number {
  const { bytes, bitOffset } = bitmap;
  let i = from;
  while (i < to) {
    const at = bitOffset + i;
    if (at % 8 === 0 && bytes[at / 8] === 0) i += 8;
    else if ((bytes[Math.floor(at / 8)]! >> (at % 8) & 1) === 1) return i;
    else i++;
  }
  return to;
}

/** A new bitmap of `length` bits, all set, padded with clear bits. */
export function filledBitmap(length: number): Bitmap {
  const bytes = new Uint8Array(bitmapBytes(length)).fill(0xff);
  if (length % 8 !== 0) bytes[bytes.length - 1] = (1 << (length % 8)) - 1;
  return { bytes, bitOffset: 0 };
}

/** A new bitmap of `length` bits, all clear. */
export function clearBitmap(length: number): Bitmap {
  return { bytes: new Uint8Array(bitmapBytes(length)), bitOffset: 0 };
}

/** Copies `length` bits of `source`, from bit `from` on, to bit `at` of `target`, whose bits there are clear. */
export function copyBits(
  source: Bitmap,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  const { bytes } = source;
  const start = source.bitOffset + from;
  if (start % 8 === 0 && at % 8 === 0) {
    const whole = Math.floor(length / 8);
    target.set(bytes.subarray(start / 8, start / 8 + whole), at / 8);
    const rest = length % 8;
    if (rest > 0) target[at / 8 + whole]! |= bytes[start / 8 + whole]! & ((1 << rest) - 1);
    return;
  }
  // Bits up to where a byte of the target begins, whole bytes, and the rest.
  const head = Math.min(length, -at & 7), whole = head + ((length - head) & ~7);
  copyBitByBit(bytes, start, target, at, 0, head);
  const shift = (start + head) % 8;
  let from8 = Math.floor((start + head) / 8), to8 = (at + head) / 8;
  for (let i = head; i < whole; i += 8, from8++) {
    // Where the source begins a byte, there may be none behind.
    target[to8++] = shift === 0
      ? bytes[from8]!
      : bytes[from8]! >> shift | bytes[from8 + 1]! << (8 - shift);
  }
  copyBitByBit(bytes, start, target, at, whole, length);
}

/** Copies bits `from` to `to` of those that begin at `start` and go to `at`. */
function copyBitByBit(
  bytes: Uint8Array,
  start: number,
  target: Uint8Array,
  at: number,
  from: number,
  to: number,
): void {
  for (let i = from; i < to; i++) {
    const s = start + i, t = at + i;
    if ((bytes[Math.floor(s / 8)]! >> (s % 8) & 1) === 1) {
      target[Math.floor(t / 8)]! |= 1 << (t % 8);
    }
  }
}

/** Sets `length` bits of `target` from bit `at` on. */
export function setBits(target: Uint8Array, at: number, length: number): void {
  let i = at;
  const end = at + length, bytes = Math.floor(end / 8);
  for (; i < end && i % 8 !== 0; i++) target[Math.floor(i / 8)]! |= 1 << (i % 8);
  if (i < end && i / 8 < bytes) {
    target.fill(0xff, i / 8, bytes);
    i = bytes * 8;
  }
  for (; i < end; i++) target[Math.floor(i / 8)]! |= 1 << (i % 8);
}

/** A copy of `length` bits from bit 0 on. */
export function copyBitmap(bitmap: Bitmap, length: number): Uint8Array {
  const bytes = new Uint8Array(bitmapBytes(length));
  copyBits(bitmap, 0, length, bytes, 0);
  return bytes;
}
