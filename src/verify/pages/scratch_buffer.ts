/** @module Memory that is used again from page to page. */

/** A buffer that grows to the largest size asked for. What was handed out before is overwritten by the next. */
export class ScratchBuffer {
  #buffer = new ArrayBuffer(0);

  /** Bytes that it has. */
  get byteLength(): number {
    return this.#buffer.byteLength;
  }

  /** Lets go of its memory. */
  release(): void {
    this.#buffer = new ArrayBuffer(0);
  }

  /** `length` bytes of unknown content, at the start of their buffer. */
  bytes(length: number): Uint8Array {
    return new Uint8Array(this.#room(length), 0, length);
  }

  /** `length` numbers of unknown content. */
  words(length: number): Uint32Array {
    return new Uint32Array(this.#room(length * 4), 0, length);
  }

  #room(byteLength: number): ArrayBuffer {
    if (this.#buffer.byteLength < byteLength) {
      // A little more than needed: pages of one chunk are about as large as each other, but not quite.
      this.#buffer = new ArrayBuffer((byteLength + (byteLength >>> 3) + 64) & ~7);
    }
    return this.#buffer;
  }
}
