/** @module A sink that keeps the file in memory. */

import type { Sink } from "./sink.ts";

/** Keeps the file in memory; {@linkcode MemorySink.bytes} returns it when it is complete. */
export class MemorySink implements Sink {
  /** {@linkcode Sink.takesSmallWrites} */
  readonly takesSmallWrites = true;
  #parts: Uint8Array<ArrayBuffer>[] = [];
  #byteLength = 0;
  #state: "open" | "closed" | "aborted" = "open";

  /** Bytes taken so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#parts.push(bytes);
    this.#byteLength += bytes.length;
  }

  /** {@linkcode Sink.close} */
  close(): void {
    this.#state = "closed";
  }

  /** {@linkcode Sink.abort} */
  abort(): void {
    this.#state = "aborted";
    this.#parts = [];
  }

  /**
   * The complete file.
   *
   * @throws {TypeError} If the file was not completed.
   */
  bytes(): Uint8Array<ArrayBuffer> {
    if (this.#state !== "closed") {
      throw new TypeError(`Cannot take the bytes of a file: it is ${this.#state}, not closed`);
    }
    if (this.#parts.length === 1) return this.#parts[0]!;
    const bytes = new Uint8Array(this.#byteLength);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [bytes];
    return bytes;
  }
}
