/**
 * LZ4's block format, in TypeScript.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

const TABLE_BITS = 13;
const MIN_MATCH = 4;
const MAX_OFFSET = 65535;
/** SPEC: the last 5 bytes are literals. */
const LAST_LITERALS = 5;
/** SPEC: the last match begins at least 12 bytes before the end. */
const MATCH_MARGIN = 12;
/** Steps grow by a byte every 64 misses. */
const SKIP_SHIFT = 6;

/** Position at which the four bytes of this hash were last seen. */
let table: Uint32Array | undefined;

/** See `Kernels.lz4Compress`. */
export function lz4Compress(memory: KernelMemory, src: Pointer, n: number, dst: Pointer): number {
  const { u8 } = memory;
  const end = src + n;
  let to = dst;
  let anchor = src;
  const lastMatch = end - MATCH_MARGIN;
  if (n > MATCH_MARGIN) {
    const seen = table ??= new Uint32Array(1 << TABLE_BITS);
    seen.fill(0);
    const matchEnd = end - LAST_LITERALS;
    let at = src + 1;
    search: while (at <= lastMatch) {
      let misses = 1 << SKIP_SHIFT;
      let candidate: Pointer;
      while (true) {
        const bytes = load32(u8, at);
        const hash = Math.imul(bytes, 0x9e3779b1) >>> (32 - TABLE_BITS);
        candidate = src + seen[hash]!;
        seen[hash] = at - src;
        if (at - candidate <= MAX_OFFSET && load32(u8, candidate) === bytes) break;
        at += misses++ >>> SKIP_SHIFT;
        if (at > lastMatch) break search;
      }
      let matched = at + MIN_MATCH;
      let other = candidate + MIN_MATCH;
      while (matched < matchEnd && u8[matched] === u8[other]) {
        matched++;
        other++;
      }
      while (at > anchor && candidate > src && u8[at - 1] === u8[candidate - 1]) {
        at--;
        candidate--;
      }
      to = emitSequence(u8, anchor, at - anchor, at - candidate, matched - at, to);
      at = matched;
      anchor = at;
      if (at > lastMatch) break;
      seen[Math.imul(load32(u8, at - 2), 0x9e3779b1) >>> (32 - TABLE_BITS)] = at - 2 - src;
    }
  }
  return emitSequence(u8, anchor, end - anchor, 0, MIN_MATCH, to) - dst;
}

function load32(u8: Uint8Array, at: Pointer): number {
  return u8[at]! | (u8[at + 1]! << 8) | (u8[at + 2]! << 16) | (u8[at + 3]! << 24);
}

/** Literals, then a match; offset 0 = the last sequence, which has no match. */
function emitSequence(
  u8: Uint8Array,
  literals: Pointer,
  literalLength: number,
  offset: number,
  matchLength: number,
  to: Pointer,
): Pointer {
  const matchCode = matchLength - MIN_MATCH;
  u8[to++] = (Math.min(literalLength, 15) << 4) | Math.min(matchCode, 15);
  if (literalLength >= 15) to = emitLength(u8, literalLength - 15, to);
  if (literalLength > 32) {
    u8.copyWithin(to, literals, literals + literalLength);
  } else {
    for (let i = 0; i < literalLength; i++) u8[to + i] = u8[literals + i]!;
  }
  to += literalLength;
  if (offset === 0) return to;
  u8[to++] = offset;
  u8[to++] = offset >>> 8;
  return matchCode >= 15 ? emitLength(u8, matchCode - 15, to) : to;
}

function emitLength(u8: Uint8Array, length: number, to: Pointer): Pointer {
  if (length >= 255) {
    const full = Math.floor(length / 255);
    u8.fill(255, to, to + full);
    to += full;
    length -= full * 255;
  }
  u8[to++] = length;
  return to;
}
