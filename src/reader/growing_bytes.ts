/** @module A byte buffer that grows. */

/** Bytes in one contiguous buffer, which grows as needed. */
export class GrowingBytes {
  #memory = new Uint8Array(0);
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Forgets all bytes; with `fresh`, continues in new memory: the old one is still in use. */
  clear(fresh: boolean): void {
    // About as many bytes will follow.
    if (fresh) this.#memory = new Uint8Array(this.#length);
    this.#length = 0;
  }

  /** Appends `byteLength` bytes of unknown content, and returns them. */
  grow(byteLength: number): Uint8Array {
    const from = this.#length, to = from + byteLength;
    if (to > this.#memory.length) {
      const before = this.#memory;
      this.#memory = new Uint8Array((Math.max(to, from * 2) + 63) & ~7);
      this.#memory.set(before.subarray(0, from));
    }
    this.#length = to;
    return this.#memory.subarray(from, to);
  }

  /** The bytes. They begin where their memory does. */
  bytes(): Uint8Array {
    return this.#memory.subarray(0, this.#length);
  }

  /** The bytes as numbers. */
  int32s(): Int32Array {
    return new Int32Array(this.#memory.buffer, 0, this.#length >>> 2);
  }
}
