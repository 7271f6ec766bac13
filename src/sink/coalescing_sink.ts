/**
 * Gathers small writes: pages are a few kilobytes to a megabyte, and every call of a stream or a file costs a turn of the
 * event loop.
 *
 * @module
 */

import type { Sink } from "./sink.ts";

/** Bytes of a gathered chunk. */
const CHUNK_BYTES = 1024 * 1024;
/** Bytes of the first buffer; it doubles, so that a small file does not pay for a large one. */
const FIRST_BYTES = 64 * 1024;
/** From here on bytes are passed on as they are, rather than copied. */
const PASS_ON = 512 * 1024;

/** Passes bytes on in chunks of about 1 MiB; larger ones as they are, without a copy. */
export class CoalescingSink implements Sink {
  readonly #sink: Sink;
  #chunk: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  #nextBytes = FIRST_BYTES;

  /** Gathers for `sink`. */
  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void> {
    if (bytes.length < PASS_ON && this.#used + bytes.length <= CHUNK_BYTES) {
      this.#gather(bytes);
      return;
    }
    const before = this.flush();
    return before instanceof Promise ? before.then(() => this.#next(bytes)) : this.#next(bytes);
  }

  /** Passes on what was gathered. */
  flush(): void | Promise<void> {
    const chunk = this.#chunk;
    if (chunk === null) return;
    const used = this.#used;
    this.#chunk = null;
    this.#used = 0;
    return this.#sink.write(chunk.subarray(0, used));
  }

  /** {@linkcode Sink.close} */
  close(): void | Promise<void> {
    const before = this.flush();
    return before instanceof Promise ? before.then(() => this.#sink.close()) : this.#sink.close();
  }

  /** {@linkcode Sink.abort} */
  abort(reason: unknown): void | Promise<void> {
    this.#chunk = null;
    return this.#sink.abort(reason);
  }

  #next(bytes: Uint8Array<ArrayBuffer>): void | Promise<void> {
    if (bytes.length >= PASS_ON) return this.#sink.write(bytes);
    this.#gather(bytes);
  }

  #gather(bytes: Uint8Array): void {
    let chunk = this.#chunk;
    if (chunk === null) {
      chunk = new Uint8Array(Math.max(this.#nextBytes, bytes.length));
      this.#used = 0;
    }
    const used = this.#used + bytes.length;
    if (used > chunk.length) {
      this.#nextBytes = Math.min(CHUNK_BYTES, Math.max(used, 2 * chunk.length));
      const larger = new Uint8Array(this.#nextBytes);
      larger.set(chunk.subarray(0, this.#used));
      chunk = larger;
    }
    chunk.set(bytes, this.#used);
    this.#chunk = chunk;
    this.#used = used;
  }
}
