/**
 * Calls of a sink, made safe: errors get their class, time is limited, the terminal call is made once.
 *
 * @module
 */

import { clearTimer, setTimer, type Timer } from "../runtime/clock.ts";
import { SinkError, type SinkOutcome, SinkTimeoutError } from "../util/errors.ts";
import type { Sink } from "./sink.ts";

/** Wraps a sink; its promises reject with `SinkError`s alone. */
export class SinkGuard implements Sink {
  readonly #sink: Sink;
  readonly #timeoutMs: number | null;
  #timer: Timer | undefined;
  #bytesAccepted = 0;
  #ended = false;

  /** Guards `sink`; `timeoutMs`: how long one call may take, `null`: for ever. */
  constructor(sink: Sink, timeoutMs: number | null) {
    this.#sink = sink;
    this.#timeoutMs = timeoutMs;
  }

  /** Bytes that the sink has accepted. */
  get bytesAccepted(): number {
    return this.#bytesAccepted;
  }

  /** Whether `close` or `abort` has been called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** {@linkcode Sink.write} */
  write(bytes: Uint8Array<ArrayBuffer>): void | Promise<void> {
    const length = bytes.length;
    const pending = this.#call("write", "failed", () => this.#sink.write(bytes));
    if (pending === undefined) {
      this.#bytesAccepted += length;
      return;
    }
    return pending.then(() => {
      this.#bytesAccepted += length;
    });
  }

  /** {@linkcode Sink.close} */
  close(): void | Promise<void> {
    this.#ended = true;
    return this.#call("commit", "unknown", () => this.#sink.close());
  }

  /** {@linkcode Sink.abort}. Does nothing after a terminal call. */
  abort(reason: unknown): void | Promise<void> {
    this.release();
    if (this.#ended) return;
    this.#ended = true;
    return this.#call("abort", "failed", () => this.#sink.abort(reason));
  }

  /** Stops waiting for the call under way, if any: no timer is left. */
  release(): void {
    clearTimer(this.#timer);
    this.#timer = undefined;
  }

  #call(
    what: string,
    outcome: SinkOutcome,
    call: () => void | Promise<void>,
  ): Promise<void> | undefined {
    let pending: void | Promise<void>;
    try {
      pending = call();
    } catch (error) {
      throw this.#error(what, outcome, error);
    }
    if (pending === undefined || typeof pending.then !== "function") return undefined;
    if (this.#timeoutMs === null) {
      return pending.then(undefined, (error) => {
        throw this.#error(what, outcome, error);
      });
    }
    return this.#timed(what, outcome, pending, this.#timeoutMs);
  }

  #timed(
    what: string,
    outcome: SinkOutcome,
    pending: Promise<void>,
    timeoutMs: number,
  ): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const timer = setTimer(() => {
        const details = { bytesAccepted: this.#bytesAccepted, outcome };
        reject(
          new SinkTimeoutError(`Cannot ${what}: the sink is silent for ${timeoutMs} ms`, details),
        );
      }, timeoutMs);
      this.#timer = timer;
      pending.then(
        () => {
          clearTimer(timer);
          resolve();
        },
        (error) => {
          clearTimer(timer);
          reject(this.#error(what, outcome, error));
        },
      );
    });
  }

  #error(what: string, outcome: SinkOutcome, cause: unknown): SinkError {
    // A sink that knows more says more: a file says its path, and whether the target is what it was.
    if (cause instanceof SinkError) return cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const details = { bytesAccepted: this.#bytesAccepted, outcome, cause };
    return new SinkError(`Cannot ${what}: the sink failed: ${message}`, details);
  }
}
