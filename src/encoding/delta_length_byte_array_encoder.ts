/**
 * DELTA_LENGTH_BYTE_ARRAY: all lengths of a page as DELTA_BINARY_PACKED, then all bytes.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#delta-length-byte-array-delta_length_byte_array--6
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxDeltaBinaryPackedSize, type Pointer } from "../kernels/kernels.ts";
import type { LeafValues } from "./leaf_values.ts";
import { byteArraysLength, byteArraysUntil } from "./plain_encoder.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** Kernels may write this much beyond the last length. */
const OVERRUN_BYTES = 16;

/** BYTE_ARRAY values. */
export class DeltaLengthByteArrayEncoder implements ValueEncoder {
  readonly encoding = "DELTA_LENGTH_BYTE_ARRAY";
  readonly #kernels: Kernels;
  readonly #lengths: KernelBuffer;
  readonly #bytes: KernelBuffer;
  #count = 0;
  #byteLength = 0;

  /** Creates the encoder. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.#lengths = new KernelBuffer(kernels.memory);
    this.#bytes = new KernelBuffer(kernels.memory);
  }

  get count(): number {
    return this.#count;
  }

  get unencodedBytes(): number {
    return this.#byteLength;
  }

  get maxByteLength(): number {
    return maxDeltaBinaryPackedSize(this.#count, 4) + this.#byteLength;
  }

  get memoryBytes(): number {
    return this.#count * 4 + this.#byteLength;
  }

  /** A page ends by its PLAIN bytes, lengths included: how many bits these will take is not known yet. */
  valuesUntil(byteLimit: number, values: LeafValues, from: number): number {
    const room = byteLimit - this.#byteLength - this.#count * 4;
    return room <= 0 ? 0 : byteArraysUntil(room, this.#kernels.memory.i32, values, from);
  }

  append(values: LeafValues, from: number, count: number): number {
    const { memory } = this.#kernels;
    const offsets = values.offsets + from * 4;
    const bytes = byteArraysLength(memory.i32, offsets, count);
    const start = values.data + memory.i32[offsets >>> 2]!;
    const used = this.#count * 4;
    const lengths = this.#lengths.reserve(used + count * 4 + OVERRUN_BYTES, used);
    this.#kernels.byteArrayLengths(offsets, count, lengths + used);
    const page = this.#bytes.reserve(this.#byteLength + bytes, this.#byteLength);
    memory.u8.copyWithin(page + this.#byteLength, start, start + bytes);
    this.#count += count;
    this.#byteLength += bytes;
    return count;
  }

  write(dst: Pointer): number {
    const packed = this.#kernels.deltaBinaryPacked32(this.#lengths.pointer, this.#count, dst);
    const page = this.#bytes.pointer;
    const bytes = this.#byteLength;
    this.#kernels.memory.u8.copyWithin(dst + packed, page, page + bytes);
    this.#count = 0;
    this.#byteLength = 0;
    return packed + bytes;
  }

  release(): void {
    this.#lengths.release();
    this.#bytes.release();
  }
}
