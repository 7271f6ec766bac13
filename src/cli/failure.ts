/**
 * What a command says when it fails, and the exit code that goes with it.
 *
 * @module
 */

import { printableLine } from "../file/printable_text.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import {
  AbortError,
  FormatError,
  InvalidBatchError,
  LimitError,
  SchemaError,
  SinkError,
  StoreError,
} from "../util/errors.ts";

/** The command did what it was asked to. */
export const EXIT_SUCCESS = 0;
/** Something failed that is neither the caller's nor the input's fault. */
export const EXIT_FAILURE = 1;
/** Wrong use, or input that cannot be read. */
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C: 128 and the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;
/** The reader of the output has closed the pipe: 128 and the number of SIGPIPE. */
export const EXIT_READER_GONE = 141;

/** The command was called in a way that cannot work. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** Standard output is a pipe whose reader has closed it (`| head`). */
export class ReaderGoneError extends Error {
  override readonly name = "ReaderGoneError";
}

/** A failure as it is shown. */
export interface Failure {
  /** One line, fit for a terminal, without the program's name; `null`: nothing is to be said. */
  readonly message: string | null;
  readonly exitCode: number;
}

/** What is known of a file whose commit did not answer. */
const IN_DOUBT = "the file may or may not be complete";

/** Errors that say what is wrong with the input. */
const ABOUT_THE_INPUT = [
  UsageError,
  FormatError,
  SchemaError,
  InvalidBatchError,
  LimitError,
  // Those of the output are causes of a `SinkError`.
  StoreError,
];

/** An error of reading, with the name of what was read: an error of the system in words, or what is wrong with the input. */
export function namingInput(name: string, error: unknown): unknown {
  if (error instanceof UsageError || error instanceof SinkError) return error;
  const reason = systemErrorText(error);
  if (reason !== null) return new UsageError(`Cannot read ${name}: ${reason}`, { cause: error });
  if (!ABOUT_THE_INPUT.some((kind) => error instanceof kind)) return error;
  const { message } = error as Error;
  const isNamed = message.startsWith(`Cannot read ${name}:`);
  return new UsageError(isNamed ? message : `${name}: ${message}`, { cause: error });
}

/** An error of writing, with the name of what was written: an error of the system in words. Others as they are. */
export function namingOutput(name: string, error: unknown): unknown {
  const reason = systemErrorText(error);
  if (reason === null || error instanceof SinkError) return error;
  return new Error(`Cannot write ${name}: ${reason}`, { cause: error });
}

/** The first error of a kind among an error and what led to it. */
export function causeOfKind<T>(
  error: unknown,
  kind: abstract new (...args: never[]) => T,
): T | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth++) {
    if (at instanceof kind) return at;
  }
  return null;
}

/** Sorts an error into a message and an exit code. */
export function describeFailure(error: unknown): Failure {
  if (causeOfKind(error, ReaderGoneError) !== null) {
    return { message: null, exitCode: EXIT_READER_GONE };
  }
  if (error instanceof AbortError) {
    const doubt = error.outcome === "unknown" ? `; ${IN_DOUBT}` : "";
    return { message: `interrupted${doubt}`, exitCode: EXIT_INTERRUPTED };
  }
  const usage = ABOUT_THE_INPUT.some((kind) => error instanceof kind);
  return { message: oneLine(textOf(error)), exitCode: usage ? EXIT_USAGE : EXIT_FAILURE };
}

/** What happened: for errors of the operating system, in words. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof SinkError && error.outcome === "unknown") {
    return `${error.message}; ${IN_DOUBT}`;
  }
  // Errors of this library say what the system's error means.
  return error instanceof SinkError ? error.message : systemErrorText(error) ?? error.message;
}

function oneLine(text: string): string {
  return printableLine(text.trim().replace(/\s*[\r\n]+\s*/g, " "));
}
