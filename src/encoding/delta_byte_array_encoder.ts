/**
 * DELTA_BYTE_ARRAY: how many bytes each value shares with the one before it in its page, then the rests as
 * DELTA_LENGTH_BYTE_ARRAY.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-strings-delta_byte_array--7
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxDeltaBinaryPackedSize, type Pointer } from "../kernels/kernels.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import { byteArraysLength, byteArraysUntil } from "./plain_encoder.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** Kernels may write this much beyond what they report. */
const OVERRUN_BYTES = 16;

/** BYTE_ARRAY and FIXED_LEN_BYTE_ARRAY values. */
export class DeltaByteArrayEncoder implements ValueEncoder {
  readonly encoding = "DELTA_BYTE_ARRAY";
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #prefixes: KernelBuffer;
  readonly #restLengths: KernelBuffer;
  readonly #rests: KernelBuffer;
  /** The page's last value. */
  readonly #previous: KernelBuffer;
  #previousLength = 0;
  #count = 0;
  #restBytes = 0;
  #unencodedBytes = 0;

  /** Creates the encoder of values of one layout. */
  constructor(kernels: Kernels, layout: ValueLayout) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#width = layout.width;
    this.#prefixes = buffer();
    this.#restLengths = buffer();
    this.#rests = buffer();
    this.#previous = buffer();
  }

  get count(): number {
    return this.#count;
  }

  get unencodedBytes(): number {
    return this.#unencodedBytes;
  }

  get maxByteLength(): number {
    return 2 * maxDeltaBinaryPackedSize(this.#count, 4) + this.#restBytes;
  }

  get memoryBytes(): number {
    return this.#count * 8 + this.#restBytes + this.#previousLength;
  }

  /** A page ends by its PLAIN bytes: what values share depends on those to come. */
  valuesUntil(byteLimit: number, values: LeafValues, from: number): number {
    const room = byteLimit - this.#unencodedBytes;
    if (this.#width > 0) return Math.max(0, Math.ceil(room / this.#width));
    const left = room - this.#count * 4;
    return left <= 0 ? 0 : byteArraysUntil(left, this.#kernels.memory.i32, values, from);
  }

  append(values: LeafValues, from: number, count: number): number {
    if (count === 0) return 0;
    const { memory } = this.#kernels;
    const width = this.#width;
    const offsets = width > 0 ? 0 : values.offsets + from * 4;
    const data = width > 0 ? values.data + from * width : values.data;
    const bytes = width > 0 ? count * width : byteArraysLength(memory.i32, offsets, count);
    const used = this.#count * 4;
    const prefixes = this.#prefixes.reserve(used + count * 4, used);
    const restLengths = this.#restLengths.reserve(used + count * 4, used);
    const rests = this.#rests.reserve(this.#restBytes + bytes + OVERRUN_BYTES, this.#restBytes);
    this.#restBytes += this.#kernels.splitPrefixes(
      offsets,
      data,
      width,
      count,
      this.#previous.pointer,
      this.#previousLength,
      prefixes + used,
      restLengths + used,
      rests + this.#restBytes,
    );
    this.#count += count;
    this.#unencodedBytes += bytes;
    this.#keepLast(offsets, data, count);
    return count;
  }

  write(dst: Pointer): number {
    const kernels = this.#kernels;
    const count = this.#count;
    let end = dst + kernels.deltaBinaryPacked32(this.#prefixes.pointer, count, dst);
    end += kernels.deltaBinaryPacked32(this.#restLengths.pointer, count, end);
    const rests = this.#rests.pointer;
    kernels.memory.u8.copyWithin(end, rests, rests + this.#restBytes);
    end += this.#restBytes;
    this.#previousLength = 0;
    this.#count = 0;
    this.#restBytes = 0;
    this.#unencodedBytes = 0;
    return end - dst;
  }

  release(): void {
    this.#prefixes.release();
    this.#restLengths.release();
    this.#rests.release();
    this.#previous.release();
  }

  /** Copies the last of the values, with which the next ones are compared. */
  #keepLast(offsets: Pointer, data: Pointer, count: number): void {
    const { memory } = this.#kernels;
    const { i32 } = memory;
    const word = (offsets >>> 2) + count;
    const start = data + (offsets === 0 ? (count - 1) * this.#width : i32[word - 1]!);
    const length = offsets === 0 ? this.#width : i32[word]! - i32[word - 1]!;
    const previous = this.#previous.reserve(length);
    memory.u8.copyWithin(previous, start, start + length);
    this.#previousLength = length;
  }
}
