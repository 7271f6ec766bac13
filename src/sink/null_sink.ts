/** @module A sink that counts bytes and forgets them: for measurements, and to learn how large a file would be. */

import type { Sink } from "./sink.ts";

/** Counts the bytes of the file. */
export class NullSink implements Sink {
  /** {@linkcode Sink.takesSmallWrites} */
  readonly takesSmallWrites = true;
  /** {@linkcode Sink.borrowsBytes} */
  readonly borrowsBytes = true;
  #byteLength = 0;

  /** Bytes taken so far. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void {
    this.#byteLength += bytes.length;
  }

  /** {@linkcode Sink.close} */
  close(): void {}

  /** {@linkcode Sink.abort} */
  abort(): void {}
}
