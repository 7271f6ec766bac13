/**
 * What a command says when it fails, and the exit code that goes with it.
 *
 * @module
 */

import { printableText } from "../file/printable_text.ts";
import {
  AbortError,
  FormatError,
  InvalidBatchError,
  LimitError,
  SchemaError,
} from "../util/errors.ts";

/** The command did what it was asked to. */
export const EXIT_SUCCESS = 0;
/** Something failed that is neither the caller's nor the input's fault. */
export const EXIT_FAILURE = 1;
/** Wrong use, or input that cannot be read. */
export const EXIT_USAGE = 2;
/** Ended by Ctrl-C: 128 and the number of SIGINT. */
export const EXIT_INTERRUPTED = 130;

/** The command was called in a way that cannot work. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** A failure as it is shown. */
export interface Failure {
  /** One line, fit for a terminal, without the program's name. */
  readonly message: string;
  readonly exitCode: number;
}

/** Errors that say what is wrong with the input. */
const ABOUT_THE_INPUT = [UsageError, FormatError, SchemaError, InvalidBatchError, LimitError];

/** Errors of the operating system, in words. */
const SYSTEM_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is not a directory",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
  EMFILE: "too many open files",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many symbolic links",
  EPIPE: "the reader has gone",
};

/** The operating system's error in words, `null` when `error` is not one. */
export function systemErrorText(error: unknown): string | null {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" && Object.hasOwn(SYSTEM_ERRORS, code)
    ? SYSTEM_ERRORS[code]!
    : null;
}

/** The error with the name of the file that it is about, when it is about the input. */
export function namingInput(name: string, error: unknown): unknown {
  if (error instanceof UsageError || !ABOUT_THE_INPUT.some((kind) => error instanceof kind)) {
    return error;
  }
  return new UsageError(`${name}: ${(error as Error).message}`, { cause: error });
}

/** Sorts an error into a message and an exit code. */
export function describeFailure(error: unknown): Failure {
  if (error instanceof AbortError) {
    return { message: "interrupted", exitCode: EXIT_INTERRUPTED };
  }
  const usage = ABOUT_THE_INPUT.some((kind) => error instanceof kind);
  return { message: oneLine(textOf(error)), exitCode: usage ? EXIT_USAGE : EXIT_FAILURE };
}

/** What happened: for errors of the operating system, in words. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return systemErrorText(error) ?? error.message;
}

function oneLine(text: string): string {
  const line = text.trim().replace(/\s*[\r\n]+\s*/g, " ");
  // Backslashes are harmless on a line of one's own, and belong to paths.
  return line.split("\\").map(printableText).join("\\");
}
