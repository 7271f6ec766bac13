/**
 * Where the bytes of a file go.
 *
 * @module
 */

/**
 * A target for the bytes of one file.
 *
 * Each call may return at once or return a promise: anything with a callable `then`. Writes and `close` never overlap, and bytes count as
 * accepted when their call has resolved. There is exactly one final call: `close` after the last write, or `abort`. An `abort` comes during
 * a pending write only if the writer gave up waiting for it (a signal, a timeout). Nothing follows a final call: a sink whose `close` fails
 * cleans up by itself.
 *
 * A call may call the writer, but must not wait for it: `flush` and `close` wait for the sink, so a `write` that waits for them waits for
 * itself.
 */
export interface Sink {
  /** Whether small writes are cheap. If so, bytes come in pieces of up to 64 KiB; if not (the default), in chunks of about 1 MiB. */
  readonly takesSmallWrites?: boolean;
  /**
   * Whether `write` only borrows bytes: the sink does not read them after it has returned, or its promise has resolved, so the writer may
   * reuse their buffer. Default `false`: they belong to the sink.
   */
  readonly borrowsBytes?: boolean;
  /**
   * Whether the writer waits for `abort` (for `sinkTimeoutMs`, or three seconds) before it reports an error, so that nothing is left when
   * the caller sees the error. Default `false`: the error is reported at once.
   */
  readonly awaitAbort?: boolean;
  /**
   * Bytes that the sink still holds after their `write` has resolved, such as parts being uploaded; they count towards `memoryBudget`.
   * Default 0.
   */
  readonly heldBytes?: number;
  /**
   * Called once, before any other call, if the sink has `heldBytes`.
   *
   * @param memoryBudget The budget of the writer; the sink should hold at most half of it.
   * @param released Function to call whenever `heldBytes` has decreased.
   */
  shareBudget?(memoryBudget: number, released: () => void): void;
  /**
   * Takes the next bytes of the file. They belong to the sink from now on, including their whole buffer, unless it borrows them.
   *
   * @param bytes A view of a plain `ArrayBuffer`; never empty.
   */
  write(bytes: Uint8Array<ArrayBuffer>): void | PromiseLike<void>;
  /**
   * Called at most once, after the last write and before `close`, if the commit may be some time off: passes on all bytes that the sink
   * holds, so that only the commit is left. Optional.
   */
  seal?(): PromiseLike<void>;
  /**
   * Commits the complete file.
   *
   * If this fails, the writer reports `outcome: "unknown"`, unless the error has a property `outcome` that is `"failed"`: then the target
   * is certainly unchanged.
   *
   * @param signal Fires if the writer is aborted during the commit. A sink that can still stop leaves the target unchanged and fails with
   * an `outcome` of `"failed"`. Others may ignore it: the writer waits for the commit, for `sinkTimeoutMs` or three seconds, and
   * reports the outcome.
   */
  close(signal?: AbortSignal): void | PromiseLike<void>;
  /** Called if the file will never be complete: drops what can be dropped. */
  abort(reason: unknown): void | PromiseLike<void>;
}
