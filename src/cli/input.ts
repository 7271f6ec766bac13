/**
 * What a conversion reads: a file or standard input, front to back, a piece at a time.
 *
 * @module
 */

import { type FileHandle, open } from "node:fs/promises";
import { AbortError } from "../util/errors.ts";
import { systemErrorText, UsageError } from "./failure.ts";

/** Bytes of a piece: large enough to read at the disk's speed, small beside the memory budget. */
const PIECE_BYTES = 1024 * 1024;

/** Pieces of bytes, counted. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** Size, `null` where nobody knows. */
  readonly byteLength: number | null;
  /** Bytes handed out. */
  readonly bytesRead: number;
  /** The pieces; to be taken once. The input is closed when they end, and when whoever takes them stops. */
  pieces(): AsyncGenerator<Uint8Array, void, undefined>;
  /** Closes an input whose pieces are not taken. */
  close(): Promise<void>;
}

/**
 * Opens a file, a pipe or a device.
 *
 * @throws {UsageError} When it cannot be opened, or is a directory.
 */
export async function openInput(path: string): Promise<Input> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (stat.isDirectory()) throw Object.assign(new Error("EISDIR"), { code: "EISDIR" });
    return new FileInput(path, handle, stat.isFile() ? stat.size : null);
  } catch (error) {
    await handle?.close();
    throw unreadable(path, error);
  }
}

class FileInput implements Input {
  readonly name: string;
  readonly byteLength: number | null;
  readonly #handle: FileHandle;
  bytesRead = 0;

  constructor(name: string, handle: FileHandle, byteLength: number | null) {
    this.name = name;
    this.#handle = handle;
    this.byteLength = byteLength;
  }

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    // One piece is read ahead while the one before it is worked on.
    let next = this.#read();
    try {
      for (;;) {
        const piece = await next;
        if (piece.length === 0) return;
        next = this.#read();
        // Whoever stops taking pieces does not want to hear of this one.
        next.catch(() => {});
        this.bytesRead += piece.length;
        yield piece;
      }
    } catch (error) {
      throw unreadable(this.name, error);
    } finally {
      await next.catch(() => {});
      await this.close();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(): Promise<Uint8Array> {
    const piece = new Uint8Array(PIECE_BYTES);
    // Position null: front to back, which pipes can do too.
    const { bytesRead } = await this.#handle.read(piece, 0, PIECE_BYTES, null);
    return piece.subarray(0, bytesRead);
  }
}

/** Standard input. */
export class StandardInput implements Input {
  readonly name = "standard input";
  readonly byteLength = null;
  readonly #chunks: AsyncIterable<Uint8Array>;
  bytesRead = 0;

  /** Takes the bytes from `chunks`. */
  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks;
  }

  async *pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of this.#chunks) {
      this.bytesRead += chunk.length;
      yield chunk;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/**
 * The pieces of `input` until `signal` fires: then the piece being waited for is not waited for any longer.
 *
 * @throws {AbortError} (as a rejection) When the signal fires.
 */
export async function* piecesUntil(
  input: Input,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = input.pieces();
  let interrupt = (_error: unknown): void => {};
  const interrupted = new Promise<never>((_resolve, reject) => interrupt = reject);
  interrupted.catch(() => {});
  const listener = () => interrupt(new AbortError(`Cannot read ${input.name}: interrupted`));
  signal.addEventListener("abort", listener, { once: true });
  if (signal.aborted) listener();
  try {
    for (;;) {
      const { done, value } = await Promise.race([pieces.next(), interrupted]);
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener("abort", listener);
    // Not waited for after an interruption: a pipe that is silent stays so.
    const ended = pieces.return();
    ended.catch(() => {});
    if (!signal.aborted) await ended;
  }
}

function unreadable(name: string, error: unknown): unknown {
  const reason = systemErrorText(error);
  return reason === null
    ? error
    : new UsageError(`Cannot read ${name}: ${reason}`, { cause: error });
}
