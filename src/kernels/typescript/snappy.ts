/**
 * Snappy's raw block format, in TypeScript.
 * https://github.com/google/snappy/blob/main/format_description.txt
 *
 * Blocks of 64 KiB are compressed one by one, so that every offset fits into 16 bits. A table finds the last place where
 * the same four bytes began; the longer nothing is found, the larger the steps.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

const BLOCK = 65536;
/** No match begins within this many bytes of a block's end. */
const MARGIN = 15;
const MAX_TABLE_BITS = 14;

/** Position in the block at which the four bytes of this hash were last seen. */
let table: Uint16Array | undefined;

/** See `Kernels.snappyCompress`. */
export function snappyCompress(
  memory: KernelMemory,
  src: Pointer,
  n: number,
  dst: Pointer,
): number {
  const { u8 } = memory;
  let to = dst;
  let rest = n;
  while (rest > 127) {
    u8[to++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  u8[to++] = rest;
  for (let start = 0; start < n; start += BLOCK) {
    to = compressBlock(u8, src + start, Math.min(BLOCK, n - start), to);
  }
  return to - dst;
}

function load32(u8: Uint8Array, at: Pointer): number {
  return u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
}

function compressBlock(u8: Uint8Array, block: Pointer, length: number, to: Pointer): Pointer {
  const end = block + length;
  let emitted = block;
  if (length > MARGIN) {
    let bits = 8;
    while (bits < MAX_TABLE_BITS && 1 << bits < length) bits++;
    const shift = 32 - bits;
    const seen = table ??= new Uint16Array(1 << MAX_TABLE_BITS);
    seen.fill(0, 0, 1 << bits);
    const limit = end - MARGIN;
    let at = block + 1;
    search: while (true) {
      let skip = 32;
      let next = at;
      let candidate: Pointer;
      let bytes: number;
      do {
        at = next;
        const step = skip >>> 5;
        skip += step;
        next = at + step;
        if (next > limit) break search;
        bytes = load32(u8, at);
        const hash = Math.imul(bytes, 0x1e35a7bd) >>> shift;
        candidate = block + seen[hash]!;
        seen[hash] = at - block;
      } while (bytes !== load32(u8, candidate));
      to = emitLiteral(u8, emitted, at - emitted, to);
      do {
        let matched = at + 4;
        let other = candidate + 4;
        while (matched < end && u8[matched] === u8[other]) {
          matched++;
          other++;
        }
        to = emitCopy(u8, at - candidate, matched - at, to);
        at = matched;
        emitted = at;
        if (at >= limit) break search;
        seen[Math.imul(load32(u8, at - 1), 0x1e35a7bd) >>> shift] = at - 1 - block;
        bytes = load32(u8, at);
        const hash = Math.imul(bytes, 0x1e35a7bd) >>> shift;
        candidate = block + seen[hash]!;
        seen[hash] = at - block;
      } while (bytes === load32(u8, candidate));
      at++;
    }
  }
  return emitted < end ? emitLiteral(u8, emitted, end - emitted, to) : to;
}

function emitLiteral(u8: Uint8Array, from: Pointer, length: number, to: Pointer): Pointer {
  const less = length - 1;
  if (less < 60) {
    u8[to++] = less << 2;
  } else if (less < 256) {
    u8[to++] = 60 << 2;
    u8[to++] = less;
  } else {
    u8[to++] = 61 << 2;
    u8[to++] = less;
    u8[to++] = less >>> 8;
  }
  if (length > 32) u8.copyWithin(to, from, from + length);
  else for (let i = 0; i < length; i++) u8[to + i] = u8[from + i]!;
  return to + length;
}

function emitCopy(u8: Uint8Array, offset: number, length: number, to: Pointer): Pointer {
  // What remains after pieces of 64 must be at least 4 long.
  while (length >= 68) {
    to = emitCopy2(u8, offset, 64, to);
    length -= 64;
  }
  if (length > 64) {
    to = emitCopy2(u8, offset, 60, to);
    length -= 60;
  }
  if (length >= 12 || offset >= 2048) return emitCopy2(u8, offset, length, to);
  u8[to++] = ((offset >>> 8) << 5) | ((length - 4) << 2) | 1;
  u8[to++] = offset;
  return to;
}

function emitCopy2(u8: Uint8Array, offset: number, length: number, to: Pointer): Pointer {
  u8[to++] = ((length - 1) << 2) | 2;
  u8[to++] = offset;
  u8[to++] = offset >>> 8;
  return to;
}
