/**
 * What a conversion reads, a piece at a time: Arrow IPC files where their footer says that batches are; streams and
 * standard input front to back.
 *
 * @module
 */

import { type FileHandle, open } from "node:fs/promises";
import type { SourceItem } from "../arrow/source.ts";
import type { SourcePart } from "../arrow/source_parts.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { systemErrorText } from "../runtime/system_error.ts";
import { isRemoteUrl } from "../store/object_url.ts";
import { AbortError } from "../util/errors.ts";
import { blocking } from "./blocking.ts";
import { namingInput, UsageError } from "./failure.ts";

/** Bytes of a piece: large enough to read at the disk's speed, small beside the memory budget. */
const PIECE_BYTES = 1024 * 1024;
/** Bytes of a piece that is asked for over a network, where each costs a round trip. */
const REMOTE_PIECE_BYTES = 8 * 1024 * 1024;
/** How Arrow IPC files begin; streams do not. */
const FILE_MAGIC = "ARROW1";

/** Where Arrow IPC comes from. */
export interface Input {
  /** For messages. */
  readonly name: string;
  /** Size, `null` where it is unknown. */
  readonly byteLength: number | null;
  /** Bytes handed out. */
  readonly bytesRead: number;
  /** What is to be converted; to be taken once. When `signal` fires, what is being waited for is so no longer. */
  source(signal: AbortSignal): SourcePart | AsyncIterable<Uint8Array>;
  /** Its bytes at any place, instead of {@linkcode Input.source}; `null`: it has none but in order. */
  randomAccess(): RandomAccess | null;
  /** Closes the input. */
  close(): Promise<void>;
}

/** What is read from: a file, a pipe, a device, or an object. */
interface InputHandle {
  read(
    target: Uint8Array,
    at: number,
    length: number,
    position: number | null,
  ): Promise<{ readonly bytesRead: number }>;
  close(): Promise<void>;
}

/**
 * Opens a file, a pipe, a device, or what a URL names.
 *
 * @throws {UsageError} When it cannot be opened, or is a directory.
 */
export async function openInput(path: string): Promise<Input> {
  if (isRemoteUrl(path)) return await openRemoteInput(path);
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, "r");
    const stat = await handle.stat();
    if (stat.isDirectory()) throw Object.assign(new Error("EISDIR"), { code: "EISDIR" });
    const isIpcFile = stat.isFile() && await startsWithMagic(handle);
    return new FileInput(path, handle, stat.isFile() ? stat.size : null, isIpcFile);
  } catch (error) {
    await handle?.close();
    throw unreadable(path, error);
  }
}

async function openRemoteInput(url: string): Promise<Input> {
  const { openObject } = await import("../store/open_object.ts");
  const object = await openObject(url);
  const handle: InputHandle = {
    read: async (target, at, length, position) => {
      const bytes = await object.read(position!, length);
      target.set(bytes, at);
      return { bytesRead: bytes.length };
    },
    close: () => object.close(),
  };
  const isIpcFile = await startsWithMagic(handle);
  return new FileInput(url, handle, object.byteLength, isIpcFile, REMOTE_PIECE_BYTES);
}

async function startsWithMagic(handle: InputHandle): Promise<boolean> {
  const start = new Uint8Array(FILE_MAGIC.length);
  await handle.read(start, 0, start.length, 0);
  return new TextDecoder().decode(start) === FILE_MAGIC;
}

class FileInput implements Input {
  readonly name: string;
  readonly byteLength: number | null;
  readonly #handle: InputHandle;
  readonly #isIpcFile: boolean;
  readonly #pieceBytes: number;
  #position: number | null;
  #closed: Promise<void> | null = null;
  bytesRead = 0;

  constructor(
    name: string,
    handle: InputHandle,
    byteLength: number | null,
    isIpcFile: boolean,
    pieceBytes = PIECE_BYTES,
  ) {
    this.#pieceBytes = pieceBytes;
    this.name = name;
    this.#handle = handle;
    this.byteLength = byteLength;
    this.#isIpcFile = isIpcFile;
    // Pipes have no positions: they are read from wherever they are.
    this.#position = byteLength === null ? null : 0;
  }

  source(signal: AbortSignal): SourcePart | AsyncIterable<Uint8Array> {
    if (!this.#isIpcFile) return piecesUntil(this.name, this.#pieces(), signal);
    return {
      byteLength: this.byteLength!,
      read: async (offset, length) => {
        if (signal.aborted) throw interruption(this.name);
        return await this.#readAt(offset, length);
      },
    };
  }

  /** {@linkcode Input.randomAccess} */
  randomAccess(): RandomAccess | null {
    const { byteLength } = this;
    if (byteLength === null) return null;
    return {
      byteLength,
      read: async (offset, length) => {
        const bytes = await this.#readAt(offset, length);
        // What is read twice counts once: pieces overlap, {@linkcode Input.source} may have read the start, and
        // nobody reads more than there is.
        this.bytesRead = Math.min(this.bytesRead, byteLength);
        return bytes;
      },
    };
  }

  close(): Promise<void> {
    return this.#closed ??= this.#handle.close();
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    // One piece is read ahead while the one before it is worked on.
    let next = this.#readPiece();
    try {
      for (;;) {
        const piece = await next;
        if (piece.length === 0) break;
        next = this.#readPiece();
        // A consumer that stops has no use for the error of this one.
        next.catch(() => {});
        this.bytesRead += piece.length;
        yield piece;
      }
    } catch (error) {
      throw unreadable(this.name, error);
    } finally {
      await next.catch(() => {});
    }
    if (this.bytesRead === 0) throw new UsageError(`Cannot read ${this.name}: it is empty`);
  }

  async #readPiece(): Promise<Uint8Array> {
    const piece = new Uint8Array(this.#pieceBytes);
    const reading = this.#handle.read(piece, 0, piece.length, this.#position);
    // A file answers; a pipe may be silent for ever.
    const { bytesRead } = await (this.byteLength === null ? blocking(reading) : reading);
    if (this.#position !== null) this.#position += bytesRead;
    return piece.subarray(0, bytesRead);
  }

  async #readAt(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let have = 0;
    while (have < length) {
      const { bytesRead } = await this.#handle.read(bytes, have, length - have, offset + have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    this.bytesRead += have;
    return bytes.subarray(0, have);
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

  /** {@linkcode Input.source} */
  source(signal: AbortSignal): AsyncIterable<Uint8Array> {
    return piecesUntil(this.name, this.#pieces(), signal);
  }

  /** {@linkcode Input.randomAccess} */
  randomAccess(): null {
    return null;
  }

  /** {@linkcode Input.close} */
  close(): Promise<void> {
    return Promise.resolve();
  }

  async *#pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for await (const chunk of this.#chunks) {
        this.bytesRead += chunk.length;
        yield chunk;
      }
    } catch (error) {
      throw unreadable(this.name, error);
    }
    if (this.bytesRead === 0) throw new UsageError("Cannot read standard input: it is empty");
  }
}

/** Several inputs, one after the other: an Arrow IPC file or stream may follow another. */
export class InputSequence {
  /** The inputs. */
  readonly inputs: readonly Input[];
  /** The input that is being read: what is wrong is wrong with it. */
  current: Input;

  /** Reads `inputs`, at least one. */
  constructor(inputs: readonly Input[]) {
    this.inputs = inputs;
    this.current = inputs[0]!;
  }

  /** {@linkcode Input.name} */
  get name(): string {
    return this.current.name;
  }

  /** {@linkcode Input.byteLength} */
  get byteLength(): number | null {
    return this.inputs.reduce<number | null>(
      (sum, { byteLength }) => sum === null || byteLength === null ? null : sum + byteLength,
      0,
    );
  }

  /** {@linkcode Input.bytesRead} */
  get bytesRead(): number {
    return this.inputs.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  /** Each as a whole, the first of them opened already: what one lacks at its end is not taken from the next. */
  *sources(first: SourceItem, signal: AbortSignal): Generator<SourceItem, void, undefined> {
    yield first;
    for (const input of this.inputs.slice(1)) {
      this.current = input;
      yield input.source(signal);
    }
  }

  /** {@linkcode Input.close} */
  async close(): Promise<void> {
    await Promise.all(this.inputs.map((input) => input.close()));
  }
}

/** Pieces until `signal` fires: then the piece being waited for is not waited for any longer. */
async function* piecesUntil(
  name: string,
  pieces: AsyncGenerator<Uint8Array, void, undefined>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let interrupt: (() => void) | null = null;
  const listener = () => interrupt?.();
  signal.addEventListener("abort", listener, { once: true });
  try {
    for (;;) {
      // Not `Promise.race` against one promise: that promise would hold every piece for as long as it lives.
      const { done, value } = await new Promise<IteratorResult<Uint8Array, void>>(
        (resolve, reject) => {
          interrupt = () => reject(interruption(name));
          if (signal.aborted) interrupt();
          else pieces.next().then(resolve, reject);
        },
      );
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

function interruption(name: string): AbortError {
  return new AbortError(`Cannot read ${name}: interrupted`);
}

function unreadable(name: string, error: unknown): unknown {
  return systemErrorText(error) === null ? error : namingInput(name, error);
}
