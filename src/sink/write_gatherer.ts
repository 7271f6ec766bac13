/**
 * Gathers small writes: pages are a few kilobytes to a megabyte, and every call of a stream or a file costs a turn of the
 * event loop.
 *
 * @module
 */

/** Bytes of a gathered chunk. */
const CHUNK_BYTES = 1024 * 1024;
/** Bytes of the first buffer; it doubles, so that a small file does not pay for a large one. */
const FIRST_BYTES = 64 * 1024;
/** From here on bytes are passed on as they are, rather than copied. */
const PASS_ON = 512 * 1024;

/** Passes bytes on in chunks of about 1 MiB; larger ones as they are, without a copy. */
export class WriteGatherer {
  readonly #write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined;
  readonly #borrowed: boolean;
  /** A chunk that was written and may be filled again. */
  #spare: Uint8Array<ArrayBuffer> | null = null;
  #chunk: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  #nextBytes = FIRST_BYTES;

  /**
   * Gathers for `write`, which returns a promise where there is something to wait for. `borrowed`: it does not keep what it is given.
   */
  constructor(
    write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void> | undefined,
    borrowed: boolean,
  ) {
    this.#write = write;
    this.#borrowed = borrowed;
  }

  /** Takes the next bytes, after what came before was taken. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    if (bytes.length < PASS_ON && this.#used + bytes.length <= CHUNK_BYTES) {
      this.#gather(bytes);
      return undefined;
    }
    const before = this.flush();
    return before === undefined ? this.#next(bytes) : before.then(() => this.#next(bytes));
  }

  /** Passes on what was gathered. */
  flush(): Promise<void> | undefined {
    const chunk = this.#chunk;
    if (chunk === null) return undefined;
    const used = this.#used;
    this.#chunk = null;
    this.#used = 0;
    const written = this.#write(chunk.subarray(0, used));
    if (!this.#borrowed) return written;
    if (written !== undefined) {
      return written.then(() => {
        this.#spare = chunk;
      });
    }
    this.#spare = chunk;
    return undefined;
  }

  /** Lets go of what was gathered. */
  clear(): void {
    this.#chunk = this.#spare = null;
    this.#used = 0;
  }

  #next(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    if (bytes.length >= PASS_ON) return this.#write(bytes);
    this.#gather(bytes);
    return undefined;
  }

  #gather(bytes: Uint8Array): void {
    let chunk = this.#chunk;
    if (chunk === null) {
      chunk = this.#spare;
      this.#spare = null;
      if (chunk === null || chunk.length < bytes.length) {
        chunk = new Uint8Array(Math.max(this.#nextBytes, bytes.length));
      }
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
