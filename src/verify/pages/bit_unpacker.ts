/**
 * Takes packed bits apart, least significant bit first.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md#RLE
 *
 * @module
 */

import { ScratchBuffer } from "./scratch_buffer.ts";

/** Bytes behind the packed ones that a load of four, at the last bit of them, may touch. */
const SLACK = 8;

/** Copies of packed bytes that end where their buffer does. Only used within one call. */
const tail = new ScratchBuffer();

/** Packed numbers, with room to read beyond them. */
export interface PackedBits {
  /** Reaches {@linkcode SLACK} bytes beyond the packed ones at least. */
  readonly view: DataView;
  /** Offset in `view` of the first byte. */
  readonly start: number;
}

/** Makes `byteLength` bytes from `from` on readable four at a time. Valid until the next call. */
export function packedBits(bytes: Uint8Array, from: number, byteLength: number): PackedBits {
  const { buffer, byteOffset } = bytes;
  if (byteOffset + from + byteLength + SLACK <= buffer.byteLength) {
    return { view: new DataView(buffer, byteOffset), start: from };
  }
  const copy = tail.bytes(byteLength + SLACK);
  copy.set(bytes.subarray(from, from + byteLength));
  return { view: new DataView(copy.buffer), start: 0 };
}

/**
 * Unpacks numbers of up to 8 bits.
 *
 * @param out Where to, from `to` on.
 * @returns The largest of them.
 */
export function unpackBytes(
  bytes: Uint8Array,
  from: number,
  width: number,
  count: number,
  out: Uint8Array,
  to: number,
): number {
  let most = 0;
  if (width === 1) {
    const whole = count >>> 3;
    let at = to;
    for (let i = 0; i < whole; i++, at += 8) {
      const byte = bytes[from + i]!;
      most |= byte;
      out[at] = byte & 1;
      out[at + 1] = byte >>> 1 & 1;
      out[at + 2] = byte >>> 2 & 1;
      out[at + 3] = byte >>> 3 & 1;
      out[at + 4] = byte >>> 4 & 1;
      out[at + 5] = byte >>> 5 & 1;
      out[at + 6] = byte >>> 6 & 1;
      out[at + 7] = byte >>> 7;
    }
    for (let i = whole << 3; i < count; i++) {
      const bit = bytes[from + (i >>> 3)]! >>> (i & 7) & 1;
      most |= bit;
      out[to + i] = bit;
    }
    return most === 0 ? 0 : 1;
  }
  const { view, start } = packedBits(bytes, from, Math.ceil(count * width / 8));
  const mask = (1 << width) - 1;
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const value = view.getUint32(start + (bit >>> 3), true) >>> (bit & 7) & mask;
    if (value > most) most = value;
    out[to + i] = value;
  }
  return most;
}

/**
 * Unpacks numbers of up to 32 bits.
 *
 * @param out Where to, from `to` on.
 * @returns The largest of them.
 */
export function unpackWords(
  bytes: Uint8Array,
  from: number,
  width: number,
  count: number,
  out: Uint32Array,
  to: number,
): number {
  let most = 0;
  if (width === 0) {
    out.fill(0, to, to + count);
    return 0;
  }
  const { view, start } = packedBits(bytes, from, Math.ceil(count * width / 8));
  if (width <= 25) {
    const mask = (1 << width) - 1;
    for (let i = 0, bit = 0; i < count; i++, bit += width) {
      const value = view.getUint32(start + (bit >>> 3), true) >>> (bit & 7) & mask;
      if (value > most) most = value;
      out[to + i] = value;
    }
    return most;
  }
  for (let i = 0, bit = 0; i < count; i++, bit += width) {
    const value = wideBits(view, start, bit, width);
    if (value > most) most = value;
    out[to + i] = value;
  }
  return most;
}

/** Up to 32 bits from bit `bit` behind `start` on. */
export function wideBits(view: DataView, start: number, bit: number, width: number): number {
  const byte = start + (bit >>> 3), shift = bit & 7;
  let value = view.getUint32(byte, true) >>> shift;
  // A shift by 32 would be one by 0.
  if (shift !== 0) value |= view.getUint8(byte + 4) << (32 - shift);
  return width === 32 ? value >>> 0 : (value & (2 ** width - 1)) >>> 0;
}

/** Whether all of some bits are 0. */
export function isZero(bytes: Uint8Array, fromBit: number, toBit: number): boolean {
  for (let bit = fromBit; bit < toBit;) {
    const byte = bytes[Math.floor(bit / 8)]!;
    const shift = bit % 8;
    const here = Math.min(8 - shift, toBit - bit);
    if ((byte >>> shift & ((1 << here) - 1)) !== 0) return false;
    bit += here;
  }
  return true;
}
