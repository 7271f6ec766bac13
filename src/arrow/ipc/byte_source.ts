/**
 * Chunks of bytes, read in the sizes that are asked for.
 *
 * @module
 */

import { asBytes } from "../bytes.ts";

/** An asynchronous source of bytes. */
export type ByteChunks = AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>;

/** Bytes that are made room for at once, whatever number is announced. */
const FIRST_BYTES = 1024 * 1024;

/**
 * Reads exact sizes from chunks of any size.
 *
 * Nothing of a chunk is looked at any more once the next one was asked for: sources may fill the same memory again and again.
 */
export class ByteSource {
  readonly #chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  /** What has not been given out of the last chunk. */
  #rest: Uint8Array = NOTHING;
  #ended = false;

  /** Reads from `chunks`; `first` is a chunk that was taken from them before. */
  constructor(chunks: AsyncIterator<Uint8Array> | Iterator<Uint8Array>, first?: Uint8Array) {
    this.#chunks = chunks;
    if (first !== undefined) this.#rest = bytesOf(first);
  }

  /**
   * The next `length` bytes; fewer only at the end. Memory is taken for bytes that have come, not for those announced.
   * Starts at a multiple of 8 of its buffer, so that typed views need no copy. A view of a chunk, where that holds all of them: it
   * is good until the next call.
   */
  async read(length: number): Promise<Uint8Array> {
    const rest = this.#rest;
    if (rest.length >= length && rest.byteOffset % 8 === 0) {
      this.#rest = rest.subarray(length);
      return rest.subarray(0, length);
    }
    let bytes = new Uint8Array(Math.min(length, Math.max(rest.length, FIRST_BYTES)));
    let used = 0;
    for (;;) {
      const part = this.#rest.subarray(0, length - used);
      if (used + part.length > bytes.length) {
        const more = new Uint8Array(Math.min(length, Math.max(used + part.length, used * 2)));
        more.set(bytes.subarray(0, used));
        bytes = more;
      }
      bytes.set(part, used);
      used += part.length;
      this.#rest = this.#rest.subarray(part.length);
      if (used === length || this.#ended) return bytes.subarray(0, used);
      const { done, value } = await this.#chunks.next();
      if (done) this.#ended = true;
      else this.#rest = bytesOf(value);
    }
  }

  /** Gives the source back, read or not. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#chunks.return?.();
    this.#ended = true;
  }
}

const NOTHING = new Uint8Array(0);

function bytesOf(value: unknown): Uint8Array {
  const bytes = asBytes(value);
  if (bytes !== null) return bytes;
  throw new TypeError(
    `Cannot read Arrow bytes: the source yields ${
      typeof value === "string" ? "strings; read it without an encoding" : "something else"
    }`,
  );
}
