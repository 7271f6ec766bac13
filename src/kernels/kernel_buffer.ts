/**
 * A reusable, growing piece of kernel memory.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "./kernels.ts";

/** Grows geometrically, so that a buffer reused for segment after segment settles at once. */
export class KernelBuffer {
  readonly #memory: KernelMemory;
  #pointer: Pointer = 0;
  #capacity = 0;

  /** Creates a buffer that holds no memory yet. */
  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  /** Where the buffer is; 0 before its first use. */
  get pointer(): Pointer {
    return this.#pointer;
  }

  /** Makes room for `byteLength` bytes, keeping the first `used`, and returns the pointer. */
  reserve(byteLength: number, used = 0): Pointer {
    if (byteLength > this.#capacity || this.#pointer === 0) this.#grow(byteLength, used);
    return this.#pointer;
  }

  /** Gives the memory back; the buffer may be used again. */
  release(): void {
    this.#memory.free(this.#pointer);
    this.#pointer = 0;
    this.#capacity = 0;
  }

  #grow(byteLength: number, used: number): void {
    const wanted = used > 0 ? Math.max(byteLength, this.#capacity * 2) : byteLength;
    if (used === 0) this.release();
    const memory = this.#memory;
    if (used === 0 || this.#pointer === 0 || !memory.extend(this.#pointer, wanted)) {
      const pointer = memory.allocate(Math.max(wanted, 64));
      if (used > 0) {
        memory.u8.copyWithin(pointer, this.#pointer, this.#pointer + used);
        memory.free(this.#pointer);
      }
      this.#pointer = pointer;
    }
    this.#capacity = memory.capacity(this.#pointer);
  }
}
