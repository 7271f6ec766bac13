/**
 * A file read front to back through a window, so that what lies in memory does not grow with it.
 *
 * @module
 */

import type { RandomAccess } from "../../format/read_metadata.ts";
import { FormatError } from "../../util/errors.ts";

/** Bytes that are read at once: large enough for the disk's speed, small beside everything else. */
const WINDOW_BYTES = 2 ** 20;

/**
 * Reads `length` bytes, all of which the file had when it was opened.
 *
 * @throws {FormatError} where the file has been cut since.
 */
export async function readExactly(
  file: RandomAccess,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = await file.read(offset, length);
  if (bytes.length !== length) throw cutShort(offset, length, bytes.length);
  return bytes;
}

function cutShort(offset: number, length: number, have: number): FormatError {
  return new FormatError(
    `Cannot read ${length} bytes at ${offset}: there are only ${have}: the file has been truncated`,
  );
}

/** A range of a file, through a window. What it gives is valid until the window is moved. */
export class ByteWindow {
  readonly #file: RandomAccess;
  readonly #end: number;
  readonly #windowBytes: number;
  /** Kept from move to move: fresh memory would wait for the collector. */
  #buffer: Uint8Array = new Uint8Array(0);
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Reads from `file`, nothing at or after `end`. */
  constructor(file: RandomAccess, end: number, windowBytes = WINDOW_BYTES) {
    this.#file = file;
    this.#end = end;
    this.#windowBytes = windowBytes;
  }

  /** Bytes from `offset` on, `least` or more of them, as far as they are in memory; `null` where they are not. */
  get(offset: number, least: number): Uint8Array | null {
    const at = offset - this.#offset;
    if (at < 0 || at + least > this.#bytes.length) return null;
    return this.#bytes.subarray(at);
  }

  /** Moves the window so that it begins at `offset` and has `least` bytes or more; they must lie in the range. */
  async moveTo(offset: number, least: number): Promise<Uint8Array> {
    const length = Math.max(least, Math.min(this.#windowBytes, this.#end - offset));
    this.#bytes = this.#file.readInto === undefined
      ? await readExactly(this.#file, offset, length)
      : await this.#fill(offset, length);
    this.#offset = offset;
    return this.#bytes;
  }

  async #fill(offset: number, length: number): Promise<Uint8Array> {
    if (length > this.#buffer.length) {
      // Let go of the old one first: there is never more than one.
      this.#buffer = this.#bytes = new Uint8Array(0);
      this.#buffer = new Uint8Array(length);
    }
    const target = this.#buffer.subarray(0, length);
    const have = await this.#file.readInto!(offset, target);
    if (have < length) throw cutShort(offset, length, have);
    return target;
  }
}
