/**
 * CRC-32 (IEEE 802.3), in TypeScript: eight bytes a step through eight tables ("slicing by 8").
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";

let tables: Int32Array | undefined;

/** Table k at 256 × k: the checksum of one byte followed by k zero bytes. Made at first use: imports stay cheap. */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (-(crc & 1) & 0xedb88320);
    made[byte] = crc;
  }
  for (let entry = 256; entry < made.length; entry++) {
    const before = made[entry - 256]!;
    made[entry] = (before >>> 8) ^ made[before & 0xff]!;
  }
  return made;
}

/** See `Kernels.crc32`. */
export function crc32(memory: KernelMemory, src: Pointer, n: number, seed: number): number {
  const table = tables ??= makeTables();
  const { u8, i32 } = memory;
  let crc = ~seed;
  let at = src;
  const end = src + n;
  for (; at < end && (at & 3) !== 0; at++) crc = (crc >>> 8) ^ table[(crc ^ u8[at]!) & 0xff]!;
  let word = at >>> 2;
  for (; at + 8 <= end; at += 8) {
    const first = i32[word]! ^ crc;
    const second = i32[word + 1]!;
    word += 2;
    crc = table[0x700 | (first & 0xff)]! ^ table[0x600 | ((first >>> 8) & 0xff)]! ^
      table[0x500 | ((first >>> 16) & 0xff)]! ^ table[0x400 | (first >>> 24)]! ^
      table[0x300 | (second & 0xff)]! ^ table[0x200 | ((second >>> 8) & 0xff)]! ^
      table[0x100 | ((second >>> 16) & 0xff)]! ^ table[second >>> 24]!;
  }
  for (; at < end; at++) crc = (crc >>> 8) ^ table[(crc ^ u8[at]!) & 0xff]!;
  return ~crc >>> 0;
}
