/**
 * The process around a command: its standard streams and its signals.
 *
 * @module
 */

import process from "node:process";
import type { Writable } from "node:stream";
import type { Sink } from "../sink/sink.ts";

/** What a command sees of the process. */
export interface Terminal {
  /** Cells of a line of standard output, `undefined` where it is not a terminal. */
  readonly columns: number | undefined;
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** Prints text on standard output. */
  writeOut(text: string): Promise<void>;
  /** Prints text on standard error. */
  writeErr(text: string): Promise<void>;
  /** The bytes of standard input. */
  input(): AsyncIterable<Uint8Array>;
  /** Standard output, for a file. */
  output(): StandardOutput;
  /** Calls back at the first Ctrl-C or request to end; the second one ends the process. Returns what ends this. */
  onInterrupt(callback: () => void): () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
/** The second Ctrl-C does not wait for anything. */
const EXIT_IMPATIENT = 130;

/** The process that this runs in. */
export const processTerminal: Terminal = {
  columns: process.stdout.isTTY ? process.stdout.columns : undefined,
  inputIsTerminal: process.stdin.isTTY === true,
  outputIsTerminal: process.stdout.isTTY === true,
  errorIsTerminal: process.stderr.isTTY === true,
  writeOut: (text) => written(process.stdout, text).catch(unlessReaderGone),
  writeErr: (text) => written(process.stderr, text),
  input: () => process.stdin,
  output: () => new StandardOutput(),
  onInterrupt(callback) {
    let calls = 0;
    const listener = () => {
      if (calls++ > 0) process.exit(EXIT_IMPATIENT);
      callback();
    };
    for (const signal of SIGNALS) process.on(signal, listener);
    return () => {
      for (const signal of SIGNALS) process.off(signal, listener);
    };
  },
};

/** Whoever pipes text into `head` has seen what they wanted to. */
function unlessReaderGone(error: unknown): void {
  if ((error as { code?: unknown }).code !== "EPIPE") throw error;
}

/** Resolves when the stream has taken the bytes. */
function written(stream: Writable, chunk: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A reader that goes away (`| head`) is an event, and an uncaught one ends the process with a stack.
    const failed = (error: unknown) => reject(error);
    stream.once("error", failed);
    stream.write(chunk, (error) => {
      stream.off("error", failed);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** Cannot take anything back: a conversion that fails leaves what was written, without a footer. */
export class StandardOutput implements Sink {
  /** Bytes written. */
  byteLength = 0;

  /** {@linkcode Sink.write} */
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    await written(process.stdout, bytes);
    this.byteLength += bytes.length;
  }

  /** {@linkcode Sink.close} */
  close(): void {}

  /** {@linkcode Sink.abort} */
  abort(): void {}
}
