/**
 * Decompression of Snappy's raw block format.
 *
 * Specification: {@link https://github.com/google/snappy/blob/main/format_description.txt | format_description.txt}
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

/** A copy of 64 bytes takes 3; no element does better. */
const MAX_RATIO = 64 / 3;

/** Literals up to this long are copied by a loop: a call costs more. */
const MAX_LOOP_BYTES = 64;

/**
 * Decompresses a block.
 *
 * @param bytes The block: its uncompressed length as a varint, then literals and copies.
 * @param uncompressedLength Bytes that must come out.
 * @param room Gives memory for them.
 * @throws {FormatError} When the block is corrupt, truncated, or of another length.
 */
export function snappyDecompress(
  bytes: Uint8Array,
  uncompressedLength: number,
  room: (byteLength: number) => Uint8Array = (byteLength) => new Uint8Array(byteLength),
): Uint8Array {
  const end = bytes.length;
  let at = 0, stated = 0, shift = 0, byte: number;
  do {
    if (at === end || shift > 28) throw corrupt("its length is not a varint");
    byte = bytes[at++]!;
    stated += (byte & 0x7f) * 2 ** shift;
    shift += 7;
  } while (byte >= 0x80);
  if (stated !== uncompressedLength) {
    throw corrupt(`it holds ${stated} bytes, not the ${uncompressedLength} stated`);
  }
  if (stated > end * MAX_RATIO) throw corrupt(`${end} bytes cannot hold ${stated}`);

  const out = room(stated);
  let written = 0;
  while (at < end) {
    const tag = bytes[at++]!;
    let length: number, offset: number;
    switch (tag & 3) {
      case 0: {
        length = (tag >>> 2) + 1;
        if (length > 60) {
          const extra = length - 60;
          if (at + extra > end) throw corrupt("it ends within a literal");
          length = littleEndian(bytes, at, extra) + 1;
          at += extra;
        }
        if (length > end - at) throw corrupt("it ends within a literal");
        if (length > stated - written) throw corrupt("it holds more than it states");
        if (length > MAX_LOOP_BYTES) {
          out.set(bytes.subarray(at, at + length), written);
          at += length;
          written += length;
        } else for (const last = at + length; at < last;) out[written++] = bytes[at++]!;
        continue;
      }
      case 1:
        if (at + 1 > end) throw corrupt("it ends within a copy");
        length = ((tag >>> 2) & 7) + 4;
        offset = ((tag >>> 5) << 8) | bytes[at++]!;
        break;
      case 2:
        if (at + 2 > end) throw corrupt("it ends within a copy");
        length = (tag >>> 2) + 1;
        offset = bytes[at]! | bytes[at + 1]! << 8;
        at += 2;
        break;
      default:
        if (at + 4 > end) throw corrupt("it ends within a copy");
        length = (tag >>> 2) + 1;
        offset = littleEndian(bytes, at, 4);
        at += 4;
    }
    if (offset === 0 || offset > written) throw corrupt(`a copy reaches ${offset} bytes back`);
    if (length > stated - written) throw corrupt("it holds more than it states");
    // Source and destination overlap where a copy repeats what it writes.
    for (const last = written + length; written < last; written++) {
      out[written] = out[written - offset]!;
    }
  }
  if (written !== stated) throw corrupt(`it ends after ${written} of ${stated} bytes`);
  return out;
}

function littleEndian(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot decompress snappy data: ${reason}`);
}
