/**
 * XXH32, the checksum of LZ4 frames.
 *
 * Specification: {@link https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md | xxhash_spec.md}
 *
 * @module
 */

const PRIME_1 = 0x9e3779b1, PRIME_2 = 0x85ebca77, PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f, PRIME_5 = 0x165667b1;

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/**
 * The checksum of `bytes`, with seed 0, as an unsigned 32-bit integer.
 *
 * @param bytes What to hash.
 */
export function xxh32(bytes: Uint8Array): number {
  const n = bytes.length;
  const view = new DataView(bytes.buffer, bytes.byteOffset, n);
  let at = 0, hash = PRIME_5;
  if (n >= 16) {
    let a = (PRIME_1 + PRIME_2) | 0, b = PRIME_2 | 0, c = 0, d = -PRIME_1 | 0;
    for (; at + 16 <= n; at += 16) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    hash = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
  }
  hash = (hash + n) | 0;
  for (; at + 4 <= n; at += 4) {
    hash = Math.imul(rotate((hash + Math.imul(view.getInt32(at, true), PRIME_3)) | 0, 17), PRIME_4);
  }
  for (; at < n; at++) {
    hash = Math.imul(rotate((hash + Math.imul(bytes[at]!, PRIME_5)) | 0, 11), PRIME_1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function round(lane: number, word: number): number {
  return Math.imul(rotate((lane + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);
}
