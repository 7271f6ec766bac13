/**
 * The growing bytes of a column chunk.
 *
 * @module
 */

/** Size of a block. Blocks of small chunks are used again; those of large ones leave with them. */
const BLOCK_BYTES = 64 * 1024;
/** Blocks of larger chunks, so that they are few. */
const LARGE_BLOCK_BYTES = 1024 * 1024;
/** A chunk of up to this many bytes is copied into one buffer of its exact size. */
const SMALL_CHUNK_BYTES = 512 * 1024;
/** Most blocks that a thread keeps. */
const MAX_KEPT = 64;

const kept: Uint8Array<ArrayBuffer>[] = [];

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

  /** All bytes, in order, each part in a buffer of its own; the buffer is empty afterwards. */
  takeParts(): Uint8Array<ArrayBuffer>[] {
    this.#close();
    const parts = this.#full.splice(0);
    const byteLength = this.#byteLength;
    this.#byteLength = 0;
    if (byteLength === 0 || byteLength > SMALL_CHUNK_BYTES) return parts;
    const whole = new Uint8Array(byteLength);
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
      recycle(part);
    }
    return [whole];
  }

  /** Gives up what was appended. */
  release(): void {
    this.#close();
    for (const part of this.#full.splice(0)) recycle(part);
    this.#byteLength = 0;
  }

  #nextBlock(atLeast: number): void {
    this.#close();
    const usual = this.#byteLength < SMALL_CHUNK_BYTES ? BLOCK_BYTES : LARGE_BLOCK_BYTES;
    this.#block = atLeast <= usual && usual === BLOCK_BYTES
      ? kept.pop() ?? new Uint8Array(BLOCK_BYTES)
      : new Uint8Array(Math.max(atLeast, usual));
  }

  #close(): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block = new Uint8Array(0);
    this.#used = 0;
  }
}

/** Keeps a block for the next chunk: a fresh allocation costs page faults, and work for the garbage collector. */
function recycle(part: Uint8Array<ArrayBuffer>): void {
  const { buffer } = part;
  if (buffer.byteLength === BLOCK_BYTES && kept.length < MAX_KEPT) {
    kept.push(new Uint8Array(buffer));
  }
}
