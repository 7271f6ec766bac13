/** What has gone wrong in a simulation, and which errors that explains. */

import {
  AbortError,
  InvalidBatchError,
  LimitError,
  SchemaError,
  SinkError,
  SinkTimeoutError,
  WorkerError,
  WriterStateError,
} from "../../src/util/errors.ts";

/** Something that has gone wrong. */
export interface Cause {
  readonly name: string;
  /** Whether an error is what is to be expected then. */
  explains(error: unknown): boolean;
}

/** Whether `what` is the error, or somewhere in what led to it. */
export function comesFrom(error: unknown, what: unknown): boolean {
  for (let at = error, depth = 0; at !== undefined && at !== null && depth < 10; depth++) {
    if (at === what) return true;
    at = (at as { cause?: unknown }).cause;
  }
  return false;
}

/** The writer was aborted for this reason, by a call or by a signal. */
export function aborted(reason: unknown): Cause {
  return {
    name: `aborted: ${reason}`,
    explains: (error) =>
      error === reason || (comesFrom(error, reason) && hasClass(error, AbortError)),
  };
}

/** The sink has failed. */
export function sinkFailed(cause: unknown): Cause {
  return {
    name: `the sink failed: ${cause}`,
    explains: (error) =>
      error instanceof SinkError && !(error instanceof SinkTimeoutError) &&
      comesFrom(error, cause),
  };
}

/** The sink was silent for too long. */
export const sinkSilent: Cause = {
  name: "the sink was silent",
  explains: (error) => error instanceof SinkTimeoutError,
};

/** A thread has failed; every writer that uses it fails with it. */
export function threadFailed(name: string, byLibrary: boolean): Cause {
  return {
    name: `thread: ${name}`,
    explains: (error) => error instanceof WorkerError || (byLibrary && error instanceof LimitError),
  };
}

/** There was no memory for a buffer: what needed it says so, in its own words or, from another thread, in a copy of them. */
export function noMemory(what: RangeError): Cause {
  return {
    name: "no memory for a buffer",
    explains: (error) => {
      for (let at = error; at instanceof Error; at = at.cause) {
        if (at.message.includes(what.message)) return true;
      }
      return false;
    },
  };
}

/** A batch was refused that the caller did not wait for. */
export function refused(): Cause {
  return {
    name: "a batch was refused",
    explains: (error) => error instanceof SchemaError || error instanceof InvalidBatchError,
  };
}

/** Something was thrown that is passed on as it is. */
export function thrown(what: unknown): Cause {
  return { name: `thrown: ${what}`, explains: (error) => comesFrom(error, what) };
}

/** Whether a `WriterStateError` says that the writer is over: because it was closed, or by what `explained` says of its cause. */
export function isStateError(error: unknown, explained: (cause: unknown) => boolean): boolean {
  return error instanceof WriterStateError &&
    (error.cause === undefined || explained(error.cause));
}

function hasClass(error: unknown, type: typeof AbortError): boolean {
  for (let at = error, depth = 0; at instanceof Error && depth < 10; depth++) {
    if (at instanceof type || at instanceof SinkError) return true;
    at = at.cause;
  }
  return false;
}
