/**
 * Output space in kernel memory that all compressors of a thread share: a file of ten thousand columns has as many
 * compressors, and one of them works at a time.
 *
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { KernelMemory, Pointer } from "../kernels/kernels.ts";

interface Shared {
  readonly buffer: KernelBuffer;
  users: number;
}

const shared = new WeakMap<KernelMemory, Shared>();

/** One user's claim to the space. */
export class Scratch {
  readonly memory: KernelMemory;
  readonly #shared: Shared;
  #released = false;

  /** Use {@linkcode reserveScratch}. */
  constructor(memory: KernelMemory, from: Shared) {
    this.memory = memory;
    this.#shared = from;
    from.users++;
  }

  /** Makes room for `byteLength` bytes; what was there before is lost. */
  reserve(byteLength: number): Pointer {
    return this.#shared.buffer.reserve(byteLength);
  }

  /** Ends the claim; the last one to go frees the memory. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (--this.#shared.users === 0) this.#shared.buffer.release();
  }
}

/** Claims the space shared in `memory`. */
export function reserveScratch(memory: KernelMemory): Scratch {
  let entry = shared.get(memory);
  if (entry === undefined) {
    entry = { buffer: new KernelBuffer(memory), users: 0 };
    shared.set(memory, entry);
  }
  return new Scratch(memory, entry);
}
