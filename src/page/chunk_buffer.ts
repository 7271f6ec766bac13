/**
 * The growing bytes of a column chunk.
 *
 * @module
 */

/** Size of the first block; each further one doubles, up to the largest. */
const FIRST_BLOCK_BYTES = 16 * 1024;
const LARGEST_BLOCK_BYTES = 1024 * 1024;

/** Gathers bytes in blocks, so that nothing is copied when it grows. */
export class ChunkBuffer {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  #block: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #used = 0;
  #byteLength = 0;

  /** Bytes appended so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Copies bytes to the end. */
  append(bytes: Uint8Array): void {
    const { length } = bytes;
    if (this.#used + length > this.#block.length) this.#nextBlock(length);
    this.#block.set(bytes, this.#used);
    this.#used += length;
    this.#byteLength += length;
  }

  /** All bytes, in order, each part in a buffer of its own; the buffer must not be used afterwards. */
  takeParts(): Uint8Array<ArrayBuffer>[] {
    this.#close();
    return this.#full;
  }

  #nextBlock(atLeast: number): void {
    this.#close();
    const doubled = Math.min(LARGEST_BLOCK_BYTES, Math.max(FIRST_BLOCK_BYTES, this.#byteLength));
    this.#block = new Uint8Array(Math.max(atLeast, doubled));
    this.#used = 0;
  }

  #close(): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
  }
}
