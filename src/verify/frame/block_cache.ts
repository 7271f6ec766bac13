/**
 * Few reads of a file instead of many small ones: the pages, indexes and Bloom filters of narrow column chunks lie side by side.
 *
 * @module
 */

import type { RandomAccess } from "../../format/read_metadata.ts";

const BLOCK_BYTES = 2 ** 17;
/** One for each kind of structure that is read in turn, and some. */
const BLOCKS = 8;
/** Larger reads gain nothing. */
const MAX_CACHED_BYTES = 2 ** 16;

/** A file with the blocks around its last small reads in memory. */
export class BlockCache implements RandomAccess {
  readonly byteLength: number;
  readonly #file: RandomAccess;
  /** By their ordinals, the one that was used last comes last. */
  readonly #blocks = new Map<number, Uint8Array>();

  /** Reads from `file`. */
  constructor(file: RandomAccess) {
    this.#file = file;
    this.byteLength = file.byteLength;
  }

  /** {@linkcode RandomAccess.read} */
  async read(offset: number, length: number): Promise<Uint8Array> {
    if (length > MAX_CACHED_BYTES) return await this.#file.read(offset, length);
    const first = Math.floor(offset / BLOCK_BYTES);
    const at = offset - first * BLOCK_BYTES;
    const block = await this.#block(first);
    if (at + length <= BLOCK_BYTES) return block.subarray(at, at + length);
    const next = await this.#block(first + 1);
    const bytes = new Uint8Array(length);
    const head = block.subarray(at);
    const tail = next.subarray(0, length - head.length);
    bytes.set(head);
    bytes.set(tail, head.length);
    return bytes.subarray(0, head.length + tail.length);
  }

  /** {@linkcode RandomAccess.readInto} */
  async readInto(offset: number, target: Uint8Array): Promise<number> {
    if (target.length > MAX_CACHED_BYTES && this.#file.readInto !== undefined) {
      return await this.#file.readInto(offset, target);
    }
    const bytes = await this.read(offset, target.length);
    target.set(bytes);
    return bytes.length;
  }

  async #block(ordinal: number): Promise<Uint8Array> {
    let block = this.#blocks.get(ordinal);
    if (block === undefined) {
      block = await this.#file.read(ordinal * BLOCK_BYTES, BLOCK_BYTES);
      const [oldest] = this.#blocks.keys();
      if (this.#blocks.size === BLOCKS) this.#blocks.delete(oldest!);
    } else this.#blocks.delete(ordinal);
    this.#blocks.set(ordinal, block);
    return block;
  }
}
