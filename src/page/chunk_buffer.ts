/**
 * The growing bytes of a column chunk.
 *
 * @module
 */

/** Bytes of a block, and how many of them a thread keeps. */
const BLOCK_BYTES = 64 * 1024;
const MOST_KEPT = 64;
/** From this many bytes on, what is appended ends a part: to gather it in blocks would copy it twice. */
const LARGE_BYTES = BLOCK_BYTES;
/** Blocks that are gathered in one buffer of their exact size: more would be too much to copy at once. */
const MOST_GATHERED = 16;

type Bytes = Uint8Array<ArrayBuffer>;

const NOTHING: Bytes = new Uint8Array(0);

const kept: Bytes[] = [];

/** Gathers bytes, so that nothing is copied when it grows. */
export class ChunkBuffer {
  readonly #parts: Bytes[] = [];
  /** Filled one after the other, as far as `#used` says of the last one; they are this thread's, to be used again. */
  #blocks: Bytes[] = [];
  #used = 0;
  #byteLength = 0;

  /** Bytes appended so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Copies bytes to the end. */
  append(bytes: Uint8Array): void {
    this.#byteLength += bytes.length;
    if (bytes.length >= LARGE_BYTES) return this.#gather(bytes);
    let from = 0;
    while (from < bytes.length) {
      if (this.#blocks.length === 0 || this.#used === BLOCK_BYTES) {
        if (this.#blocks.length === MOST_GATHERED) this.#gather();
        this.#blocks.push(kept.pop() ?? new Uint8Array(BLOCK_BYTES));
        this.#used = 0;
      }
      const to = Math.min(bytes.length, from + BLOCK_BYTES - this.#used);
      const some = from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to);
      this.#blocks.at(-1)!.set(some, this.#used);
      this.#used += to - from;
      from = to;
    }
  }

  /** What was appended, in order, each part in a buffer of its own. The buffer is empty afterwards. */
  takeParts(): Bytes[] {
    this.#gather();
    this.#byteLength = 0;
    return this.#parts.splice(0);
  }

  /** Gives up what was appended. */
  release(): void {
    this.#recycle();
    this.#parts.length = 0;
    this.#byteLength = 0;
  }

  /** Makes a part of what the blocks hold, and of `bytes` after that. */
  #gather(bytes: Uint8Array = NOTHING): void {
    const blocks = this.#blocks;
    const held = blocks.length === 0 ? 0 : (blocks.length - 1) * BLOCK_BYTES + this.#used;
    if (held + bytes.length === 0) return;
    const part = new Uint8Array(held + bytes.length);
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!;
      const isFull = i < blocks.length - 1;
      part.set(isFull ? block : block.subarray(0, this.#used), i * BLOCK_BYTES);
    }
    if (bytes.length > 0) part.set(bytes, held);
    this.#parts.push(part);
    this.#recycle();
  }

  /**
   * Keeps the blocks for the next chunk: a fresh allocation costs page faults, work for the garbage collector, and holes in the
   * memory of the process.
   */
  #recycle(): void {
    for (const block of this.#blocks) if (kept.length < MOST_KEPT) kept.push(block);
    if (this.#blocks.length > 0) this.#blocks = [];
    this.#used = 0;
  }
}
