/**
 * The growing bytes of a column chunk.
 *
 * @module
 */

import { returnBlock, SMALL_BLOCK_BYTES, takeBlock } from "../util/byte_blocks.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Gathers bytes in blocks, so that nothing is copied when it grows. */
export class ChunkBuffer {
  /** Full ones; this thread's, to be used again. */
  #full: Bytes[] = [];
  #block: Bytes | null = null;
  /** Bytes of `#block`. */
  #used = 0;
  #byteLength = 0;

  /** Bytes appended so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Copies bytes to the end. */
  append(bytes: Uint8Array): void {
    const { length } = bytes;
    let from = 0;
    while (from < length) {
      const block = this.#block ??= takeBlock(this.#byteLength + length);
      const to = Math.min(length, from + block.length - this.#used);
      block.set(from === 0 && to === length ? bytes : bytes.subarray(from, to), this.#used);
      this.#used += to - from;
      from = to;
      if (this.#used === block.length) {
        this.#full.push(block);
        this.#block = null;
        this.#used = 0;
      }
    }
    this.#byteLength += length;
  }

  /**
   * What was appended, in order, each part in a buffer of its own, which is no more than twice as long, or 4 KiB. The buffer is empty
   * afterwards.
   */
  takeParts(): Bytes[] {
    const parts = this.#full;
    const block = this.#block;
    if (block !== null) {
      const last = block.subarray(0, this.#used);
      if (block.length === SMALL_BLOCK_BYTES || this.#used * 2 >= block.length) {
        parts.push(last);
      } else {
        parts.push(last.slice());
        returnBlock(block);
      }
    }
    this.#reset();
    return parts;
  }

  /** Gives up what was appended. */
  release(): void {
    for (const block of this.#full) returnBlock(block);
    if (this.#block !== null) returnBlock(this.#block);
    this.#reset();
  }

  #reset(): void {
    this.#full = [];
    this.#block = null;
    this.#used = 0;
    this.#byteLength = 0;
  }
}
