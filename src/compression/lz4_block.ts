/**
 * Decompression of LZ4 blocks, as they are: Parquet's LZ4_RAW, and the inside of a frame.
 *
 * Specification: {@link https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md | lz4_Block_format.md}
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";

/** Bytes that one byte can stand for: a length that goes on is 255 a byte. */
export const LZ4_MAX_RATIO = 255;

const MIN_MATCH = 4;

/**
 * Decodes one block.
 *
 * @param block The block, nothing before or after it.
 * @param out Where to; never written beyond its end.
 * @param from Offset in `out` at which the block's content starts.
 * @param windowStart Offset in `out` before which no match may reach.
 * @returns Offset in `out` after the content.
 * @throws {FormatError} When the block is corrupt or truncated, or does not fit.
 */
export function decodeLz4Block(
  block: Uint8Array,
  out: Uint8Array,
  from: number,
  windowStart: number,
): number {
  const end = block.length, room = out.length;
  let at = 0, written = from;
  for (;;) {
    if (at === end) throw corrupt("it ends before its last literals");
    const token = block[at++]!;
    let literals = token >>> 4;
    if (literals === 15) {
      let byte: number;
      do {
        if (at === end) throw corrupt("it ends within a length");
        byte = block[at++]!;
        literals += byte;
      } while (byte === 255);
    }
    if (literals > end - at) throw corrupt("it ends within literals");
    if (literals > room - written) throw corrupt("it holds more than stated");
    if (literals > 16) out.set(block.subarray(at, at + literals), written);
    else for (let i = 0; i < literals; i++) out[written + i] = block[at + i]!;
    at += literals;
    written += literals;
    // SPEC: the last sequence stops right after its literals.
    if (at === end) return written;

    if (at + 2 > end) throw corrupt("it ends within an offset");
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    let length = (token & 15) + MIN_MATCH;
    if (length === 15 + MIN_MATCH) {
      let byte: number;
      do {
        if (at === end) throw corrupt("it ends within a length");
        byte = block[at++]!;
        length += byte;
      } while (byte === 255);
    }
    if (offset === 0 || offset > written - windowStart) {
      throw corrupt(`a match reaches ${offset} bytes back`);
    }
    if (length > room - written) throw corrupt("it holds more than stated");
    if (length > 32 && offset >= length) {
      out.copyWithin(written, written - offset, written - offset + length);
      written += length;
    } else {
      // Source and destination overlap where a match repeats what it writes.
      for (const last = written + length; written < last; written++) {
        out[written] = out[written - offset]!;
      }
    }
  }
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot decompress an LZ4 block: ${reason}`);
}
