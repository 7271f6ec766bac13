/**
 * Where the bytes of a file go.
 *
 * @module
 */

/**
 * A target for the bytes of one file.
 *
 * Each call may return at once or give a promise: anything with a callable `then`. Writes and `close` never overlap, and bytes count
 * as accepted when their call has resolved. There is exactly one terminal call: `close` after the last write, or `abort`. An `abort`
 * comes while a write is still pending only when the writer gave up waiting for it (a signal, a timeout). Nothing follows a terminal
 * call: a sink whose `close` fails tidies up by itself.
 *
 * A call may call the writer, but must not wait for it: `flush` and `close` wait for the sink, so a `write` that waits for them waits
 * for itself.
 */
export interface Sink {
  /**
   * Whether small writes are cheap. If so, bytes come in pieces of up to 64 KiB; if not (the default), in chunks of about 1 MiB.
   */
  readonly takesSmallWrites?: boolean;
  /**
   * Whether `write` only borrows bytes: nobody looks at them any more once it has returned, or its promise is resolved, so that the
   * writer may use their buffer for what comes next. Default `false`: they belong to the sink.
   */
  readonly borrowsBytes?: boolean;
  /**
   * Whether the writer waits for `abort` (for `sinkTimeoutMs`, else three seconds) before it reports an error, so that nothing is left
   * when the caller hears of it. Default `false`: the error is reported at once.
   */
  readonly awaitAbort?: boolean;
  /**
   * Bytes that the sink holds although their `write` has resolved, such as parts on their way to a store: they count in the writer's
   * `memoryBudget`. Default 0.
   */
  readonly heldBytes?: number;
  /**
   * Called once, before anything else, of a sink that has `heldBytes`.
   *
   * @param memoryBudget The writer's budget: the sink should hold half of it at most.
   * @param released To be called whenever `heldBytes` has become less.
   */
  shareBudget?(memoryBudget: number, released: () => void): void;
  /**
   * Takes the next bytes of the file. They belong to the sink from now on, as does their whole buffer, unless it borrows them.
   *
   * @param bytes A view of a plain `ArrayBuffer`; never empty.
   */
  write(bytes: Uint8Array<ArrayBuffer>): void | PromiseLike<void>;
  /**
   * All bytes have come, and the commit may be long in coming: hands on what is held, so that only the commit is left. Called at most
   * once, after the last write and before `close`. Optional: a sink without it holds what it holds.
   */
  seal?(): PromiseLike<void>;
  /**
   * The file is complete: commits it.
   *
   * When this fails, the writer reports `outcome: "unknown"`, unless the error has a property `outcome` that is `"failed"`: then the
   * target is certain to be what it was.
   *
   * @param signal Fires when the writer is aborted while the commit is under way. A sink that can still stop leaves the target as it
   * was and fails with an `outcome` of `"failed"`; any other goes on. It may be ignored: the writer waits for the commit, for
   * `sinkTimeoutMs` or else three seconds, and reports what came of it.
   */
  close(signal?: AbortSignal): void | PromiseLike<void>;
  /** The file will never be complete: drops what can be dropped. */
  abort(reason: unknown): void | PromiseLike<void>;
}
