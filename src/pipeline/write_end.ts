/**
 * How a write ends. Success, failure, abort and time-out meet here, and nowhere else:
 *
 * ```text
 * open ──commit──► committing ──the sink has committed──► committed
 *   │                  └──it has not, or gives no answer──► failed
 *   └──error, abort, signal──► failed, the sink is aborted
 * ```
 *
 * An abort while the sink commits comes too late to be more than a wish: the sink is told by a signal, and what becomes of the commit
 * is what becomes of the write. So what is reported is what happened to the target, or `outcome: "unknown"`.
 *
 * @module
 */

import type { Sink } from "../sink/sink.ts";
import { SinkGuard } from "../sink/sink_guard.ts";
import {
  AbortError,
  messageOf,
  outcomeOf,
  ParquetError,
  SinkError,
  SinkTimeoutError,
} from "../util/errors.ts";
import { ignore } from "../util/thenable.ts";

/** What may end a write from outside. */
export interface EndOptions {
  readonly signal: AbortSignal | null;
  /** How long one call of the sink may take; `null`: for ever, but for calls that end a write. */
  readonly sinkTimeoutMs: number | null;
}

const DONE: Promise<void> = Promise.resolve();

/** The end of one write. */
export class WriteEnd {
  /** The sink, which has its terminal call from here alone. */
  readonly sink: SinkGuard;
  readonly #signal: AbortSignal | null;
  readonly #onAbort: () => void;
  #state: "open" | "committing" | "committed" | "failed" = "open";
  #failure: unknown = undefined;
  #told: Set<unknown> | null = null;
  /** Few at a time. */
  readonly #onFailure: ((error: unknown) => void)[] = [];
  /** Settles with the terminal call. */
  #termination: Promise<void> = DONE;
  /** Tells the sink that its commit is not wanted any more. */
  #stopCommit: AbortController | null = null;
  /** What the write fails with, should the sink stop its commit. */
  #wish: { readonly error: AbortError } | null = null;

  /** Begins; a signal that has fired aborts the sink at once. */
  constructor(sink: Sink, { signal, sinkTimeoutMs }: EndOptions) {
    this.sink = new SinkGuard(sink, sinkTimeoutMs);
    this.#signal = signal;
    this.#onAbort = () => this.#abort(signal?.reason);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Where the write stands. */
  get state(): "open" | "committing" | "committed" | "failed" {
    return this.#state;
  }

  /** Whether the write has failed. */
  get failed(): boolean {
    return this.#state === "failed";
  }

  /** What the write failed with. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Calls back when the write fails, at once if it has. */
  onFailure(callback: (error: unknown) => void): void {
    if (this.failed) callback(this.#failure);
    else this.#onFailure.push(callback);
  }

  /** Ends the write with an error, unless it has ended; a commit that is under way has all it needs. */
  fail(error: unknown): void {
    if (this.#state === "open") this.#fail(error, () => this.#abortSink(reasonOf(error)));
  }

  /**
   * Gives the write up.
   *
   * @returns A promise that resolves when the terminal call of the sink has settled, and rejects with a `SinkError` when an abort
   * failed or gave no answer, and with what the write fails with when nobody knows what became of a commit.
   */
  abort(reason: unknown): Promise<void> {
    this.#abort(reason);
    this.sink.hurry();
    return this.#termination;
  }

  /**
   * Has the sink commit the file.
   *
   * @returns A promise that rejects with what the write fails with; `undefined` where there is nothing to wait for.
   * @throws What the write fails with.
   */
  commit(): Promise<void> | undefined {
    this.#state = "committing";
    this.#stopCommit = new AbortController();
    let committing: Promise<void> | undefined;
    try {
      committing = this.sink.close(this.#stopCommit.signal);
    } catch (error) {
      throw this.#notCommitted(error);
    }
    if (committing === undefined) {
      this.#committed();
      return undefined;
    }
    // The sink itself may have asked for an abort.
    if (this.#wish !== null) this.sink.hurry(undecided(this.#wish.error));
    const commit = committing.then(() => this.#committed(), (error) => {
      throw this.#notCommitted(error);
    });
    this.#termination = commit.catch((error) => {
      if (outcomeOf(error) === "unknown") throw error;
    });
    this.#termination.catch(ignore);
    return commit;
  }

  /**
   * Settles, always well, when an error may be reported; `null`: at once. Sinks that want it are waited for, so that nothing is left
   * when the caller hears of the error.
   */
  get reportable(): Promise<void> | null {
    if (!this.failed || !this.sink.awaitAbort) return null;
    this.sink.hurry();
    return this.#termination.catch((error) => this.#tellOf(error));
  }

  /** Says what the sink could not take back: whoever hears of the failure may have to tidy up. */
  #tellOf(error: unknown): void {
    const isTold = error instanceof SinkError && !(error instanceof SinkTimeoutError);
    const failure = this.#failure;
    const told = this.#told ??= new Set();
    if (!isTold || !(failure instanceof ParquetError) || told.has(error)) return;
    told.add(error);
    if (!failure.message.includes(error.message)) {
      failure.message = `${failure.message}; the sink could not be aborted: ${error.message}`;
    }
  }

  /** `promise`, or the failure of the write if that comes first. Whatever `promise` does later is of no concern. */
  orFailure<T>(promise: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.onFailure(reject);
      promise.then((value) => {
        this.#forget(reject);
        resolve(value);
      }, (error) => {
        this.#forget(reject);
        reject(error);
      });
    });
  }

  #forget(callback: (error: unknown) => void): void {
    const at = this.#onFailure.indexOf(callback);
    if (at >= 0) this.#onFailure.splice(at, 1);
  }

  #abort(reason: unknown): void {
    const error = abortError(reason);
    this.fail(error);
    if (this.#state !== "committing" || this.#wish !== null) return;
    this.#wish = { error };
    this.sink.hurry(undecided(error));
    this.#stopCommit!.abort(reasonOf(error));
  }

  #committed(): void {
    this.#state = "committed";
    this.release();
  }

  /** Fails; returns what the write fails with. */
  #notCommitted(error: unknown): unknown {
    const stopped = this.#wish !== null && outcomeOf(error) === "failed";
    this.#fail(stopped ? this.#wish!.error : error, () => DONE);
    return this.#failure;
  }

  #fail(error: unknown, terminate: () => Promise<void>): void {
    this.#state = "failed";
    this.#failure = error;
    const callbacks = [...this.#onFailure];
    this.release();
    this.#termination = terminate();
    this.#termination.catch(ignore);
    for (const callback of callbacks) callback(error);
  }

  async #abortSink(reason: unknown): Promise<void> {
    await this.sink.abort(reason);
  }

  /** Lets go of everything that outlives the write: it is over, or its writer could not be made. */
  release(): void {
    this.#onFailure.length = 0;
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }
}

/** Why a write failed, for sinks and sources: the other end of a stream sees the reason as the caller gave it. */
export function reasonOf(error: unknown): unknown {
  return error instanceof AbortError && error.cause !== undefined ? error.cause : error;
}

function abortError(reason: unknown): AbortError {
  if (reason instanceof AbortError) return reason;
  const says = typeof reason === "string" || (typeof reason === "object" && reason !== null);
  const detail = says ? `: ${messageOf(reason)}` : "";
  return new AbortError(`The writer was aborted${detail}`, { cause: reason });
}

/** The error of an abort where nobody knows what became of the commit. */
function undecided({ message, cause }: AbortError): AbortError {
  return new AbortError(
    `${message}; the sink was committing and did not respond: the file may or may not be complete`,
    { cause, outcome: "unknown" },
  );
}
