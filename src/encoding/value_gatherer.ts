/**
 * Values of a page whose encoding is not chosen yet, as they came.
 *
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import { byteArraysLength, byteArraysUntil } from "./plain_encoder.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** Kernels may read and write this much beyond the last value. */
const OVERRUN_BYTES = 16;

/** Stands in for an encoder until one is chosen, which is then given the values. */
export class ValueGatherer implements ValueEncoder {
  /** Nothing is ever written in it. */
  readonly encoding = "PLAIN";
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #data: KernelBuffer;
  readonly #offsets: KernelBuffer;
  #count = 0;
  #byteLength = 0;

  /** Creates the gatherer of values of one layout. */
  constructor(kernels: Kernels, layout: ValueLayout) {
    this.#kernels = kernels;
    this.#width = layout.width;
    this.#data = new KernelBuffer(kernels.memory);
    this.#offsets = new KernelBuffer(kernels.memory);
  }

  get count(): number {
    return this.#count;
  }

  get unencodedBytes(): number {
    return this.#byteLength;
  }

  /** Bytes of the values as PLAIN has them. */
  get plainBytes(): number {
    return this.#byteLength + (this.#width > 0 ? 0 : this.#count * 4);
  }

  get maxByteLength(): number {
    return this.plainBytes;
  }

  get memoryBytes(): number {
    return this.plainBytes;
  }

  /** The values; valid until more are added. */
  get values(): LeafValues {
    return { count: this.#count, data: this.#data.pointer, offsets: this.#offsets.pointer };
  }

  valuesUntil(byteLimit: number, values: LeafValues, from: number): number {
    const room = byteLimit - this.plainBytes;
    if (room <= 0) return 0;
    if (this.#width > 0) return Math.ceil(room / this.#width);
    return byteArraysUntil(room, this.#kernels.memory.i32, values, from);
  }

  append(values: LeafValues, from: number, count: number): number {
    const { memory } = this.#kernels;
    const width = this.#width;
    const offsets = values.offsets + from * 4;
    const bytes = width > 0 ? count * width : byteArraysLength(memory.i32, offsets, count);
    const used = this.#byteLength;
    const data = this.#data.reserve(used + bytes + OVERRUN_BYTES, used);
    if (width === 0) this.#appendOffsets(offsets, count);
    const start = values.data + (width > 0 ? from * width : memory.i32[offsets >>> 2]!);
    memory.u8.copyWithin(data + used, start, start + bytes);
    this.#byteLength += bytes;
    this.#count += count;
    return count;
  }

  /** There is always an encoder that is given the values first. */
  write(_dst: Pointer): number {
    throw new Error("Cannot write values: no encoding is chosen yet");
  }

  release(): void {
    this.#data.release();
    this.#offsets.release();
  }

  #appendOffsets(from: Pointer, count: number): void {
    const used = this.#count;
    const offsets = this.#offsets.reserve((used + count + 1) * 4, used === 0 ? 0 : (used + 1) * 4);
    const { i32 } = this.#kernels.memory;
    const source = from >>> 2;
    const target = (offsets >>> 2) + used;
    const shift = this.#byteLength - i32[source]!;
    for (let i = 0; i <= count; i++) i32[target + i] = i32[source + i]! + shift;
  }
}
