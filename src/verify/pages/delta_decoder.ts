/**
 * DELTA_BINARY_PACKED.
 *
 * Numbers of 64 bits are worked on as two halves of 32: a BigInt for each would take ten times as long.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#DELTAENC
 *
 * @module
 */

import { isZero, packedBits, wideBits } from "./bit_unpacker.ts";
import type { DecodedValues } from "../decoded_page.ts";
import { PageFault } from "./page_fault.ts";
import { checkEnd, type EncodedValues } from "./page_values.ts";

const BLOCK_MULTIPLE = 128;
const MINIBLOCK_MULTIPLE = 32;
const CARRY = 2 ** 32;

/** Decodes INT32 or INT64 values, which fill the page. */
export function decodeDelta(values: EncodedValues): DecodedValues {
  const { count, width, buffers, admit } = values;
  const room = () => {
    admit(count * width);
    return buffers.bytes.words(count * width / 4);
  };
  const { words, end } = decodeDeltas(values, values.start, width === 8 ? 64 : 32, room);
  checkEnd(values, end);
  return {
    count,
    bytes: new Uint8Array(words.buffer, words.byteOffset, words.byteLength),
    offsets: null,
  };
}

/**
 * Decodes a run of deltas.
 *
 * @param start Where they begin.
 * @param bits Width of the numbers; those of 64 bits are two words each, the lower first.
 * @param room Gives as many words as the numbers have. Called when the header was found to be right.
 * @returns The numbers, and the offset after the last miniblock.
 * @throws {PageFault}
 */
export function decodeDeltas(
  values: EncodedValues,
  start: number,
  bits: 32 | 64,
  room: () => Uint32Array,
): { words: Uint32Array; end: number } {
  const { bytes, count, report } = values;
  if (count === 0 && start === bytes.length) {
    report("values-empty", "A page of no values lacks the header of deltas");
    return { words: room(), end: start };
  }
  const reader = new VarintReader(bytes, start);
  const blockSize = reader.unsigned();
  const miniblocks = reader.unsigned();
  const size = blockSize / miniblocks;
  if (
    blockSize === 0 || blockSize % BLOCK_MULTIPLE !== 0 || miniblocks === 0 ||
    size % MINIBLOCK_MULTIPLE !== 0
  ) {
    throw new PageFault("delta-header", `Blocks of ${blockSize} in ${miniblocks} miniblocks`);
  }
  const total = reader.unsigned();
  if (total !== count) {
    throw new PageFault("delta-value-count", `There are ${total} deltas for ${count} values`);
  }
  reader.signed(bits);
  const words = room();
  if (count === 0) return { words, end: reader.at };
  words[0] = reader.low;
  if (bits === 64) words[1] = reader.high;

  for (let done = 1; done < count;) {
    reader.signed(bits);
    const { low, high, at: widths } = reader;
    if (miniblocks > bytes.length - widths) {
      throw new PageFault("values-truncated", "The page ends before the bit widths of a block");
    }
    reader.at += miniblocks;
    for (let m = 0; m < miniblocks; m++) {
      const width = bytes[widths + m]!;
      if (done === count) {
        if (width !== 0) {
          report("delta-unneeded-width", `A miniblock that is not needed has ${width} bits`);
          break;
        }
        continue;
      }
      if (width > bits) {
        throw new PageFault("delta-bit-width", `Deltas of ${width} bits for values of ${bits}`);
      }
      const byteLength = size / 8 * width;
      if (byteLength > bytes.length - reader.at) {
        throw new PageFault(
          "values-truncated",
          `A miniblock needs ${byteLength} bytes, and there are ${bytes.length - reader.at}`,
        );
      }
      const here = Math.min(size, count - done);
      const firstBit = reader.at * 8;
      if (here < size && !isZero(bytes, firstBit + here * width, firstBit + size * width)) {
        report("delta-padding", "The last miniblock is not padded with zeros");
      }
      if (bits === 32) addDeltas(words, done, here, low | 0, bytes, reader.at, width);
      else addLongDeltas(words, done, here, low, high, bytes, reader.at, width);
      reader.at += byteLength;
      done += here;
    }
  }
  return { words, end: reader.at };
}

/** Sums up deltas, each `least` more than what is packed, modulo 2^32. */
function addDeltas(
  words: Uint32Array,
  from: number,
  count: number,
  least: number,
  bytes: Uint8Array,
  at: number,
  width: number,
): void {
  const end = from + count;
  let value = words[from - 1]! | 0;
  if (width === 0) {
    for (let i = from; i < end; i++) words[i] = value = (value + least) | 0;
    return;
  }
  const { view, start } = packedBits(bytes, at, Math.ceil(count * width / 8));
  if (width <= 25) {
    const mask = (1 << width) - 1;
    for (let i = from, bit = 0; i < end; i++, bit += width) {
      const delta = view.getUint32(start + (bit >>> 3), true) >>> (bit & 7) & mask;
      words[i] = value = (value + least + delta) | 0;
    }
    return;
  }
  for (let i = from, bit = 0; i < end; i++, bit += width) {
    words[i] = value = (value + least + wideBits(view, start, bit, width)) | 0;
  }
}

/** Sums up deltas, each `least` more than what is packed, modulo 2^64. */
function addLongDeltas(
  words: Uint32Array,
  from: number,
  count: number,
  leastLow: number,
  leastHigh: number,
  bytes: Uint8Array,
  at: number,
  width: number,
): void {
  let low = words[2 * from - 2]!, high = words[2 * from - 1]! | 0;
  const { view, start } = packedBits(bytes, at, Math.ceil(count * width / 8));
  const isNarrow = width <= 25;
  const mask = isNarrow ? (1 << width) - 1 : 0;
  const lowWidth = Math.min(width, 32), highWidth = width - lowWidth;
  for (let i = 0, bit = 0, to = 2 * from; i < count; i++, bit += width, to += 2) {
    const delta = isNarrow
      ? view.getUint32(start + (bit >>> 3), true) >>> (bit & 7) & mask
      : wideBits(view, start, bit, lowWidth);
    // Three numbers below 2^32: the sum is exact.
    const sum = low + leastLow + delta;
    let carry = 0;
    if (sum >= CARRY) carry = sum >= 2 * CARRY ? 2 : 1;
    low = sum - carry * CARRY;
    high = (high + leastHigh + carry) | 0;
    if (highWidth > 0) high = (high + wideBits(view, start, bit + 32, highWidth)) | 0;
    words[to] = low;
    words[to + 1] = high;
  }
}

/** Reads the varints of headers. */
class VarintReader {
  readonly #bytes: Uint8Array;
  at: number;
  /** Lower half of the number that {@linkcode signed} read, as an unsigned number. */
  low = 0;
  /** Upper half of it. */
  high = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** An unsigned number of at most 32 bits. */
  unsigned(): number {
    this.#read(32);
    return this.low;
  }

  /** A zigzag number of `bits` bits, into `low` and `high`. */
  signed(bits: 32 | 64): void {
    this.#read(bits);
    const sign = -(this.low & 1);
    this.low = ((this.low >>> 1 | this.high << 31) ^ sign) >>> 0;
    this.high = (this.high >>> 1 ^ sign) >>> 0;
  }

  #read(bits: 32 | 64): void {
    let low = 0, high = 0, shift = 0, byte: number;
    do {
      if (this.at >= this.#bytes.length) {
        throw new PageFault("values-truncated", "The page ends within the header of deltas");
      }
      byte = this.#bytes[this.at++]!;
      const part = byte & 127;
      if (shift > bits - 7 && part >= 2 ** (bits - shift)) {
        throw new PageFault("delta-header", `A number has more than ${bits} bits`);
      }
      // Of the fifth byte, 4 bits go into the lower half and 3 into the upper.
      if (shift < 32) low |= part << shift;
      if (shift > 25) high |= shift < 32 ? part >>> (32 - shift) : part << (shift - 32);
      shift += 7;
    } while (byte >= 128 && shift < bits);
    if (byte >= 128) throw new PageFault("delta-header", `A number has more than ${bits} bits`);
    this.low = low >>> 0;
    this.high = high >>> 0;
  }
}
