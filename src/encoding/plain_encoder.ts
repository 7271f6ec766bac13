/**
 * PLAIN: values one after another, byte arrays with a u32 length before each, booleans as bits; and RLE for booleans.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#a-nameplainaplain-plain--0
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxHybridSize, type Pointer } from "../kernels/kernels.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import type { EncodedValues, ValueEncoder } from "./value_encoder.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;

/** Bytes in front of the values, for the levels of as many flat rows as pages have by default; pages of few bytes do without. */
const HEADROOM = 4 * 1024;

/** PLAIN values of any physical type but BOOLEAN. */
export class PlainEncoder implements ValueEncoder {
  readonly encoding = "PLAIN";
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #page: KernelBuffer;
  /** Bytes in front of the current page's values. */
  #headroom = 0;
  #byteLength = 0;
  #count = 0;

  /** Creates the encoder of values of one layout. */
  constructor(kernels: Kernels, layout: ValueLayout) {
    this.#kernels = kernels;
    this.#width = layout.width;
    this.#page = new KernelBuffer(kernels.memory);
  }

  get count(): number {
    return this.#count;
  }

  get unencodedBytes(): number {
    return this.#byteLength - (this.#width > 0 ? 0 : this.#count * 4);
  }

  get maxByteLength(): number {
    return this.#byteLength;
  }

  get memoryBytes(): number {
    return this.#byteLength;
  }

  valuesUntil(byteLimit: number, values: LeafValues, from: number): number {
    const room = byteLimit - this.#byteLength;
    if (room <= 0) return 0;
    if (this.#width > 0) return Math.ceil(room / this.#width);
    return byteArraysUntil(room, this.#kernels.memory.i32, values, from);
  }

  append(values: LeafValues, from: number, count: number): number {
    const { memory } = this.#kernels;
    if (this.#width > 0) {
      const bytes = count * this.#width;
      const end = this.#reserve(bytes);
      const source = values.data + from * this.#width;
      memory.u8.copyWithin(end, source, source + bytes);
      this.#byteLength += bytes;
    } else {
      const offsets = values.offsets + from * 4;
      const bytes = byteArraysLength(memory.i32, offsets, count) + count * 4;
      this.#kernels.plainByteArrays(offsets, values.data, count, this.#reserve(bytes));
      this.#byteLength += bytes;
    }
    this.#count += count;
    return count;
  }

  appendEntries({ data, offsets }: LeafValues, ids: Pointer, count: number): void {
    const kernels = this.#kernels;
    const width = this.#width;
    const bytes = width > 0
      ? count * width
      : kernels.byteArraysLength(offsets, ids, count) + count * 4;
    const end = this.#reserve(bytes);
    if (width > 0) kernels.gather(data, width, ids, count, end);
    else kernels.plainEntries(offsets, data, ids, count, end);
    this.#byteLength += bytes;
    this.#count += count;
  }

  write(dst: Pointer): number {
    const { pointer, byteLength } = this.take();
    this.#kernels.memory.u8.copyWithin(dst, pointer, pointer + byteLength);
    return byteLength;
  }

  take(): EncodedValues {
    const taken = { pointer: this.#page.pointer + this.#headroom, byteLength: this.#byteLength };
    this.#byteLength = 0;
    this.#count = 0;
    return taken;
  }

  takeBehind({ pointer, byteLength }: EncodedValues): EncodedValues | null {
    if (byteLength > this.#headroom) return null;
    const values = this.take();
    const start = values.pointer - byteLength;
    this.#kernels.memory.u8.copyWithin(start, pointer, pointer + byteLength);
    return { pointer: start, byteLength: byteLength + values.byteLength };
  }

  /** Makes room for more bytes, and tells where they begin. */
  #reserve(byteLength: number): Pointer {
    if (this.#count === 0) this.#headroom = byteLength >= HEADROOM ? HEADROOM : 0;
    const used = this.#headroom + this.#byteLength;
    const page = this.#page.reserve(used + byteLength + OVERRUN_BYTES, this.#count > 0 ? used : 0);
    return page + used;
  }

  release(): void {
    this.#page.release();
  }
}

/** BOOLEAN values: PLAIN (bits), or RLE (the hybrid with a u32 length before it), as data pages v2 have it. */
export class BooleanEncoder implements ValueEncoder {
  readonly encoding: "PLAIN" | "RLE";
  readonly #kernels: Kernels;
  readonly #page: KernelBuffer;
  #count = 0;

  /** Creates the encoder. */
  constructor(kernels: Kernels, encoding: "PLAIN" | "RLE") {
    this.encoding = encoding;
    this.#kernels = kernels;
    this.#page = new KernelBuffer(kernels.memory);
  }

  get count(): number {
    return this.#count;
  }

  get unencodedBytes(): number {
    return this.#count;
  }

  get maxByteLength(): number {
    return 4 + maxHybridSize(this.#count, 1) + OVERRUN_BYTES;
  }

  get memoryBytes(): number {
    return this.#count;
  }

  valuesUntil(byteLimit: number): number {
    return Math.max(0, byteLimit * 8 - this.#count);
  }

  append(values: LeafValues, from: number, count: number): number {
    const page = this.#page.reserve(this.#count + count, this.#count);
    const source = values.data + from;
    this.#kernels.memory.u8.copyWithin(page + this.#count, source, source + count);
    this.#count += count;
    return count;
  }

  write(dst: Pointer): number {
    const count = this.#count;
    this.#count = 0;
    if (this.encoding === "PLAIN") {
      return this.#kernels.packBooleans(this.#page.pointer, count, dst);
    }
    const bytes = this.#kernels.hybrid8(this.#page.pointer, count, 1, dst + 4);
    putU32(this.#kernels.memory.u8, dst, bytes);
    return bytes + 4;
  }

  release(): void {
    this.#page.release();
  }
}

/** Stores a u32, little-endian, at any alignment. */
export function putU32(u8: Uint8Array, at: number, value: number): void {
  u8[at] = value;
  u8[at + 1] = value >>> 8;
  u8[at + 2] = value >>> 16;
  u8[at + 3] = value >>> 24;
}

/** Bytes of `count` byte arrays whose offsets are at `offsets`. */
export function byteArraysLength(i32: Int32Array, offsets: Pointer, count: number): number {
  const word = offsets >>> 2;
  return i32[word + count]! - i32[word]!;
}

/** Fewest byte arrays from `from` on that take at least `room` PLAIN bytes; `Infinity` when all that are left do not. */
export function byteArraysUntil(
  room: number,
  i32: Int32Array,
  values: LeafValues,
  from: number,
): number {
  const word = (values.offsets >>> 2) + from;
  const base = i32[word]!;
  const plainBytes = (count: number) => i32[word + count]! - base + count * 4;
  const left = values.count - from;
  if (plainBytes(left) < room) return Infinity;
  let low = 1;
  let high = left;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (plainBytes(middle) >= room) high = middle;
    else low = middle + 1;
  }
  return low;
}
