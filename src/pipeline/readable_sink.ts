/** @module A sink whose bytes are read from a `ReadableStream`. */

import type { Sink } from "../sink/sink.ts";

/** Hands bytes to whoever reads {@linkcode ReadableSink.readable}, as fast as they are asked for. */
export class ReadableSink implements Sink {
  /** The other end. */
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  /** Resolves when the reader asks for more. */
  #asked: Promise<void>;
  #ask!: () => void;

  readonly #aborted: (reason: unknown) => void;

  /**
   * `cancelled` is called when the reader gives up, `aborted` when the file will never be complete, `asked` each time that the reader
   * wants more.
   */
  constructor(
    cancelled: (reason: unknown) => void | Promise<void>,
    aborted: (reason: unknown) => void,
    asked: () => void = () => {},
  ) {
    this.#aborted = aborted;
    this.#asked = this.#nextAsk();
    this.readable = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => {
        asked();
        this.#ask();
      },
      cancel: (reason) => cancelled(reason),
    }, { highWaterMark: 0 });
  }

  /** {@linkcode Sink.write} */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await this.#asked;
    this.#asked = this.#nextAsk();
    this.#controller.enqueue(bytes);
  }

  /** {@linkcode Sink.close} */
  close(): void {
    this.#controller.close();
  }

  /** {@linkcode Sink.abort} */
  abort(reason: unknown): void {
    this.#controller.error(reason);
    this.#aborted(reason);
  }

  #nextAsk(): Promise<void> {
    return new Promise((resolve) => this.#ask = resolve);
  }
}
