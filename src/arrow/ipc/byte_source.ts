/**
 * Chunks of bytes, read in the sizes that are asked for.
 *
 * @module
 */

import { asBytes } from "../bytes.ts";

/** An asynchronous source of bytes. */
export type ByteChunks = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Reads exact sizes from chunks of any size. */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** Chunks not yet given out; the first may be begun. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #ended = false;

  /** Reads from `chunks`; `first` is a chunk that was taken from them before. */
  constructor(chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>, first?: Uint8Array) {
    this.#chunks = chunks;
    if (first !== undefined) this.#hold(first);
  }

  #hold(value: unknown): void {
    const chunk = asBytes(value);
    if (chunk === null) {
      throw new TypeError(
        `Cannot read Arrow bytes: the source yields ${
          typeof value === "string" ? "strings; read it without an encoding" : "something else"
        }`,
      );
    }
    if (chunk.length === 0) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  /**
   * The next `length` bytes; fewer only at the end. Memory is taken for bytes that have come, not for those announced.
   * Starts at a multiple of 8 of its buffer, so that typed views need no copy, except where it is a view of one chunk.
   */
  async read(length: number): Promise<Uint8Array> {
    while (this.#heldBytes < length && !this.#ended) {
      const { done, value } = await this.#chunks.next();
      if (done) this.#ended = true;
      else this.#hold(value);
    }
    return this.#take(Math.min(length, this.#heldBytes));
  }

  #take(length: number): Uint8Array {
    const [first] = this.#held;
    if (first !== undefined && first.length >= length && first.byteOffset % 8 === 0) {
      if (first.length === length) this.#held.shift();
      else this.#held[0] = first.subarray(length);
      this.#heldBytes -= length;
      return first.subarray(0, length);
    }
    const bytes = new Uint8Array(length);
    let at = 0, used = 0;
    while (at < length) {
      const chunk = this.#held[used]!;
      const part = chunk.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
      if (part.length === chunk.length) used++;
      else this.#held[used] = chunk.subarray(part.length);
    }
    this.#held.splice(0, used);
    this.#heldBytes -= length;
    return bytes;
  }

  /** Gives the source back, read or not. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }
}
