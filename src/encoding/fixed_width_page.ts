/**
 * The values of one data page, as they are, for encodings that need all of them at once.
 *
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { KernelMemory, Pointer } from "../kernels/kernels.ts";
import type { LeafValues } from "./leaf_values.ts";

/** Gathers values of one width, one after another. */
export class FixedWidthPage {
  readonly #memory: KernelMemory;
  readonly #width: number;
  readonly #values: KernelBuffer;
  #count = 0;

  /** Creates the page; `width`: bytes of a value. */
  constructor(memory: KernelMemory, width: number) {
    this.#memory = memory;
    this.#width = width;
    this.#values = new KernelBuffer(memory);
  }

  /** Number of values. */
  get count(): number {
    return this.#count;
  }

  /** Bytes of the values. */
  get byteLength(): number {
    return this.#count * this.#width;
  }

  /** Where the values are. */
  get pointer(): Pointer {
    return this.#values.pointer;
  }

  /** See `ValueEncoder.valuesUntil`: a page ends by the bytes that its values take as they are. */
  valuesUntil(byteLimit: number): number {
    return Math.max(0, Math.ceil((byteLimit - this.byteLength) / this.#width));
  }

  /** Adds values. Returns how many these are. */
  append(values: LeafValues, from: number, count: number): number {
    const used = this.byteLength;
    const bytes = count * this.#width;
    const page = this.#values.reserve(used + bytes, used);
    const source = values.data + from * this.#width;
    this.#memory.u8.copyWithin(page + used, source, source + bytes);
    this.#count += count;
    return count;
  }

  /** Starts the next page. */
  clear(): void {
    this.#count = 0;
  }

  /** Gives all memory back. */
  release(): void {
    this.#values.release();
  }
}
