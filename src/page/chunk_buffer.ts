/**
 * The growing bytes of a column chunk.
 *
 * @module
 */

/** Sizes of blocks, of the first ones of a chunk and of the others, and how many of each a thread keeps. */
const SMALL = { byteLength: 64 * 1024, most: 64 };
const LARGE = { byteLength: 1024 * 1024, most: 8 };
/** Bytes of a chunk from which on its blocks are large. */
const LARGE_FROM = 512 * 1024;
/** A chunk of up to this many bytes is copied into one buffer of its exact size, and its blocks are used again. */
const MAX_COPIED = 16 * 1024 * 1024;

type BlockSize = typeof SMALL;

/** Of a buffer that holds no block. Making one takes as long as filling a small page. */
const NO_BLOCK = new Uint8Array(0);

const kept = new Map<BlockSize, Uint8Array<ArrayBuffer>[]>([[SMALL, []], [LARGE, []]]);

/** Gathers bytes in blocks, so that nothing is copied when it grows. */
export class ChunkBuffer {
  readonly #full: Uint8Array<ArrayBuffer>[] = [];
  #block: Uint8Array<ArrayBuffer> = NO_BLOCK;
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

  /** The blocks, as far as they are filled; the buffer is empty afterwards. */
  takeBlocks(): Uint8Array<ArrayBuffer>[] {
    this.#close();
    this.#byteLength = 0;
    return this.#full.splice(0);
  }

  /** Gives up what was appended. */
  release(): void {
    for (const block of this.takeBlocks()) recycle(block);
  }

  #nextBlock(atLeast: number): void {
    this.#close();
    const size = this.#byteLength < LARGE_FROM ? SMALL : LARGE;
    this.#block = atLeast <= size.byteLength
      ? kept.get(size)!.pop() ?? new Uint8Array(size.byteLength)
      : new Uint8Array(atLeast);
  }

  #close(): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    this.#block = NO_BLOCK;
    this.#used = 0;
  }
}

/**
 * The bytes of several buffers, in order, each part in a buffer of its own. The buffers are empty afterwards.
 */
export function takeParts(buffers: readonly ChunkBuffer[]): Uint8Array<ArrayBuffer>[] {
  const byteLength = buffers.reduce((sum, buffer) => sum + buffer.byteLength, 0);
  const parts = buffers.flatMap((buffer) => buffer.takeBlocks());
  if (byteLength === 0 || byteLength > MAX_COPIED) return parts;
  const whole = new Uint8Array(byteLength);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
    recycle(part);
  }
  return [whole];
}

/**
 * Keeps a block for the next chunk: a fresh allocation costs page faults, work for the garbage collector, and holes in the
 * memory of the process.
 */
function recycle({ buffer }: Uint8Array<ArrayBuffer>): void {
  for (const [{ byteLength, most }, blocks] of kept) {
    if (buffer.byteLength === byteLength && blocks.length < most) {
      blocks.push(new Uint8Array(buffer));
    }
  }
}
