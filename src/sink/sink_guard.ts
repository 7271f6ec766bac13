/**
 * Calls of a sink, made safe: errors get their class, time is limited, there is one terminal call and nothing after it.
 *
 * @module
 */

import { clearTimer, setTimer, type Timer } from "../runtime/clock.ts";
import {
  messageOf,
  outcomeOf,
  SinkError,
  type SinkOutcome,
  SinkTimeoutError,
} from "../util/errors.ts";
import { ignore, promiseOf } from "../util/thenable.ts";
import type { Sink } from "./sink.ts";

/** Milliseconds that an end may take where `sinkTimeoutMs` is not given: an abort, and a commit after an abort. */
export const END_GRACE_MS = 3000;

type Call = "write" | "commit" | "abort";

/** A call that the sink has not answered yet. */
interface Pending {
  readonly call: Call;
  reject(error: unknown): void;
  timer: Timer | undefined;
}

/** Wraps a sink; its promises reject with `SinkError`s, or with what {@linkcode SinkGuard.giveUp} was given. */
export class SinkGuard {
  readonly #sink: Sink;
  readonly #timeoutMs: number | null;
  #bytesAccepted = 0;
  #ended = false;
  #aborted = false;
  #pending: Pending | null = null;

  /** Guards `sink`; `timeoutMs`: how long one call may take, `null`: for ever. */
  constructor(sink: Sink, timeoutMs: number | null) {
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
  }

  /** {@linkcode Sink.takesSmallWrites} */
  get takesSmallWrites(): boolean {
    return this.#sink.takesSmallWrites === true;
  }

  /** {@linkcode Sink.borrowsBytes} */
  get borrowsBytes(): boolean {
    return this.#sink.borrowsBytes === true;
  }

  /** {@linkcode Sink.awaitAbort} */
  get awaitAbort(): boolean {
    return this.#sink.awaitAbort === true;
  }

  /** {@linkcode Sink.heldBytes} */
  get heldBytes(): number {
    return this.#ended ? 0 : this.#sink.heldBytes ?? 0;
  }

  /** {@linkcode Sink.shareBudget} */
  shareBudget(memoryBudget: number, released: () => void): void {
    this.#sink.shareBudget?.(memoryBudget, released);
  }

  /** Bytes that the sink has accepted. */
  get bytesAccepted(): number {
    return this.#bytesAccepted;
  }

  /** Whether `close` or `abort` has been called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** {@linkcode Sink.write}; `undefined` where there is nothing to wait for. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void> | undefined {
    if (this.#ended) throw this.#refusal();
    const { length } = bytes;
    const pending = this.#call("write", () => this.#sink.write(bytes));
    if (pending === undefined) {
      this.#bytesAccepted += length;
      return undefined;
    }
    return pending.then(() => {
      this.#bytesAccepted += length;
    });
  }

  /** {@linkcode Sink.close}; `undefined` where there is nothing to wait for. */
  close(signal?: AbortSignal): Promise<void> | undefined {
    if (this.#ended) throw this.#refusal();
    this.#ended = true;
    return this.#call("commit", () => this.#sink.close(signal));
  }

  /** {@linkcode Sink.abort}; the write under way is not waited for. Does nothing after a terminal call. */
  abort(reason: unknown): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#ended = this.#aborted = true;
    this.#pending?.reject(this.#refusal());
    return this.#call("abort", () => this.#sink.abort(reason));
  }

  /**
   * Bounds the wait for the call under way, from now on, where `sinkTimeoutMs` does not: it rejects with `error`, or else a
   * `SinkTimeoutError`.
   */
  hurry(error?: unknown): void {
    const pending = this.#pending;
    if (pending === null || pending.timer !== undefined) return;
    pending.timer = setTimer(
      () => pending.reject(error ?? this.#silence(pending.call, END_GRACE_MS)),
      END_GRACE_MS,
    );
  }

  #call(what: Call, call: () => void | PromiseLike<void>): Promise<void> | undefined {
    let promise: Promise<void> | undefined;
    try {
      promise = promiseOf(call());
    } catch (error) {
      throw this.#error(what, error);
    }
    if (what === "write" && this.#aborted) {
      // The sink itself aborted the writer during this call.
      promise?.catch(ignore);
      throw this.#refusal();
    }
    if (promise === undefined) return undefined;
    return new Promise<void>((resolve, reject) => {
      const pending: Pending = {
        call: what,
        timer: undefined,
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      const settle = () => {
        clearTimer(pending.timer);
        if (this.#pending === pending) this.#pending = null;
      };
      this.#pending = pending;
      const limitMs = this.#timeoutMs;
      if (limitMs !== null) {
        pending.timer = setTimer(() => pending.reject(this.#silence(what, limitMs)), limitMs);
      }
      promise.then(
        () => {
          settle();
          resolve();
        },
        (error) => pending.reject(this.#error(what, error)),
      );
    });
  }

  #silence(what: Call, limitMs: number): SinkTimeoutError {
    return new SinkTimeoutError(
      `Cannot ${what}: the sink did not respond within ${limitMs} ms`,
      { bytesAccepted: this.#bytesAccepted, outcome: outcomeOfCall(what) },
    );
  }

  #error(what: Call, cause: unknown): SinkError {
    // A sink that knows more says more: a file says its path, and whether the target is what it was.
    if (cause instanceof SinkError) return cause;
    const text = messageOf(cause);
    const message = /^Cannot write /.test(text) ? text : `Cannot ${what}: the sink failed: ${text}`;
    return new SinkError(message, {
      bytesAccepted: this.#bytesAccepted,
      outcome: outcomeOf(cause) === "failed" ? "failed" : outcomeOfCall(what),
      cause,
    });
  }

  #refusal(): SinkError {
    const details = { bytesAccepted: this.#bytesAccepted };
    return new SinkError("Cannot write: the sink was closed or aborted before", details);
  }
}

/** What is known of the target when a call fails and the sink does not say more. */
function outcomeOfCall(call: Call): SinkOutcome {
  return call === "commit" ? "unknown" : "failed";
}
