/** @module A sink over a `WritableStream`. */

import type { Sink } from "./sink.ts";

/**
 * Writes to a `WritableStream`, whose lock it takes at once.
 *
 * A raw stream cannot take bytes back: after a failure it is aborted, and never gets a footer.
 */
export class StreamSink implements Sink {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  /**
   * Takes the stream's lock.
   *
   * @throws {TypeError} When the stream is locked already.
   */
  constructor(stream: WritableStream<Uint8Array>) {
    this.#writer = stream.getWriter();
    // Failures arrive through `write` and `close`; this promise would report them a second time, to nobody.
    this.#writer.closed.catch(() => {});
    this.#writer.ready.catch(() => {});
  }

  /**
   * {@linkcode Sink.write}. Waits until the stream has taken the bytes: `ready` and `desiredSize` count chunks, or whatever
   * the stream's author thought of, and bound nothing.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    return this.#writer.write(bytes);
  }

  /** {@linkcode Sink.close} */
  async close(): Promise<void> {
    await this.#writer.close();
    this.#writer.releaseLock();
  }

  /** {@linkcode Sink.abort} */
  async abort(reason: unknown): Promise<void> {
    try {
      await this.#writer.abort(reason);
    } finally {
      this.#writer.releaseLock();
    }
  }
}
