/**
 * Where the bytes of a file go.
 *
 * @module
 */

/**
 * A target for the bytes of one file.
 *
 * Each call may return at once or give a promise. Writes and `close` never overlap, and bytes count as accepted when their
 * call has resolved. There is exactly one terminal call: `close` after the last write, or `abort`. An `abort` comes while a
 * write is still pending only when the writer gave up waiting for it (a signal, a timeout). Nothing follows a terminal call:
 * a sink whose `close` fails tidies up by itself.
 */
export interface Sink {
  /**
   * Takes the next bytes of the file. They belong to the sink from now on, as does their whole buffer.
   *
   * @param bytes A view of a plain `ArrayBuffer`; never empty.
   */
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** The file is complete: commits it. */
  close(): void | Promise<void>;
  /** The file will never be complete: drops what can be dropped. */
  abort(reason: unknown): void | Promise<void>;
}
