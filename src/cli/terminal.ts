/**
 * The process around a command: its standard streams and its signals.
 *
 * @module
 */

import process from "node:process";
import type { Writable } from "node:stream";
import { printableLines } from "../file/printable_text.ts";
import { removeNow } from "../runtime/file_system.ts";
import { pendingTemporaries } from "../sink/file_replacement.ts";
import type { Sink } from "../sink/sink.ts";
import { SinkError } from "../util/errors.ts";
import { isBlocked } from "./blocking.ts";
import { EXIT_INTERRUPTED, namingOutput, ReaderGoneError } from "./failure.ts";

/** What a command sees of the process. */
export interface Terminal {
  /** Cells of a line of standard output, `undefined` where it is not a terminal. */
  readonly columns: number | undefined;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** Prints text on standard output. Nothing in it but line feeds moves the cursor. */
  writeOut(text: string): Promise<void>;
  /** Prints text on standard error, if that can be. Nothing in it but line feeds moves the cursor. */
  writeErr(text: string): Promise<void>;
  /** The bytes of standard input. */
  input(): AsyncIterable<Uint8Array>;
  /** Standard output, for a file. */
  output(): StandardOutput;
  /**
   * Calls back at the first Ctrl-C, request to end, or end of the terminal.
   *
   * @param callback What ends the command.
   * @param tidyUp What is waited for, a moment only, when a second one comes; then the process ends, unless it says `false`: the
   * command has succeeded, and is about to say so. The third one ends it at once.
   * @returns What ends this.
   */
  onInterrupt(callback: () => void, tidyUp?: () => Promise<boolean>): () => void;
}

/** Signals that ask a process to end, by their numbers: a shell expects 128 more as exit code. */
const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;
type Signal = keyof typeof SIGNALS;
/** Milliseconds that tidying up may take after a second signal. */
const TIDY_UP_MS = 2000;

/** The signal that interrupted the command. */
let interruptedBy: Signal | null = null;

/** The process that this runs in. */
export const processTerminal: Terminal = {
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  inputIsTerminal: process.stdin.isTTY === true,
  outputIsTerminal: process.stdout.isTTY === true,
  errorIsTerminal: process.stderr.isTTY === true,
  writeOut: (text) =>
    written(process.stdout, printableLines(text)).catch((error) => {
      // A reader such as `head` has what it wanted.
      if (!isReaderGone(error)) throw namingOutput("standard output", error);
    }),
  // There is nowhere to say that this failed.
  writeErr: (text) => written(process.stderr, printableLines(text)).catch(() => {}),
  input: () => process.stdin,
  output: () => new StandardOutput(),
  onInterrupt(callback, tidyUp = () => Promise.resolve(true)) {
    const before = interruption;
    interruption = { callback, tidyUp, signals: 0 };
    return () => {
      interruption = before;
    };
  },
};

/** What is done at a signal, and how many of them came. */
let interruption: {
  readonly callback: () => void;
  readonly tidyUp: () => Promise<boolean>;
  signals: number;
} = { callback: endInterrupted, tidyUp: () => Promise.resolve(true), signals: 0 };

/** Takes the signals that ask a process to end, from now on. */
export function listenToSignals(): void {
  for (const signal of signals()) process.on(signal, onSignal);
}

function onSignal(signal: Signal): void {
  interruptedBy ??= signal;
  const { callback, tidyUp } = interruption;
  const count = ++interruption.signals;
  if (count === 1) return callback();
  const exit = () => endProcess(EXIT_INTERRUPTED);
  if (count > 2) return exit();
  setTimeout(exit, TIDY_UP_MS);
  tidyUp().then((mayEnd) => mayEnd && exit(), exit);
}

/** Where there is nothing to be tidied up. */
function endInterrupted(): void {
  const exit = () => endProcess(EXIT_INTERRUPTED);
  processTerminal.writeErr("parquet-ext: interrupted\n").then(exit);
}

function signals(): Signal[] {
  return Object.keys(SIGNALS) as Signal[];
}

/** Ends the process. {@linkcode EXIT_INTERRUPTED} becomes the code of the signal that came. */
export function endProcess(exitCode: number): never | void {
  removeTemporaries();
  if (exitCode !== EXIT_INTERRUPTED || interruptedBy === null) process.exit(exitCode);
  if (!isBlocked()) process.exit(128 + SIGNALS[interruptedBy]);
  // Node's `exit` waits for calls of the system that are under way. A signal does not, and a shell sees the same code.
  for (const signal of signals()) process.off(signal, onSignal);
  process.kill(process.pid, interruptedBy);
}

/** Removes temporary files that are left, whatever ends the process, such as an uncaught error. */
export function removeTemporaries(): void {
  removeNow(pendingTemporaries());
}

/** Streams that have failed, with their error: what is written to them after that may never be answered. */
const failed = new Map<Writable, Error>();
for (const stream of [process.stdout, process.stderr] as Writable[]) {
  // An error event without a listener ends the process with a stack, even long after its write.
  stream.on("error", (error: Error) => void failed.set(stream, failed.get(stream) ?? error));
}

/** Resolves when the stream has taken the bytes. */
function written(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      stream.off("error", fail);
      failed.set(stream, failed.get(stream) ?? error);
      reject(error);
    };
    const before = failed.get(stream);
    if (before !== undefined) return reject(before);
    stream.once("error", fail);
    try {
      stream.write(chunk, (error) => {
        if (error) return fail(error);
        stream.off("error", fail);
        resolve();
      });
    } catch (error) {
      // Deno throws where standard error is a full device, and never answers again.
      fail(error as Error);
    }
  });
}

function isReaderGone(error: unknown): boolean {
  return (error as { code?: unknown }).code === "EPIPE";
}

/** Cannot take anything back: a conversion that fails leaves what was written, without a footer. */
export class StandardOutput implements Sink {
  /** Bytes written. */
  byteLength = 0;

  /**
   * {@linkcode Sink.write}
   *
   * @throws {ReaderGoneError} When standard output is a pipe whose reader has closed it.
   */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      await written(process.stdout, bytes);
    } catch (error) {
      if (isReaderGone(error)) throw new ReaderGoneError("The reader has closed standard output");
      const { message } = namingOutput("standard output", error) as Error;
      throw new SinkError(message, { bytesAccepted: this.byteLength, cause: error });
    }
    this.byteLength += bytes.length;
  }

  /** {@linkcode Sink.close} */
  close(): void {}

  /** {@linkcode Sink.abort} */
  abort(): void {}
}
