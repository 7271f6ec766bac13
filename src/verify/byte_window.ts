/**
 * A file read front to back through a window, so that what lies in memory does not grow with it.
 *
 * @module
 */

import type { RandomAccess } from "../format/read_metadata.ts";
import { FormatError } from "../util/errors.ts";

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
  if (bytes.length !== length) {
    throw new FormatError(
      `Cannot read ${length} bytes at ${offset}: there are ${bytes.length}, the file has been cut`,
    );
  }
  return bytes;
}

/** A range of a file, through a window. */
export class ByteWindow {
  readonly #file: RandomAccess;
  readonly #end: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #offset = 0;

  /** Reads from `file`, nothing at or after `end`. */
  constructor(file: RandomAccess, end: number) {
    this.#file = file;
    this.#end = end;
  }

  /** Bytes from `offset` on, `least` or more of them, as far as they are in memory; `null` where they are not. */
  get(offset: number, least: number): Uint8Array | null {
    const at = offset - this.#offset;
    if (at < 0 || at + least > this.#bytes.length) return null;
    return this.#bytes.subarray(at);
  }

  /** Moves the window so that it begins at `offset` and has `least` bytes or more; they must lie in the range. */
  async moveTo(offset: number, least: number): Promise<Uint8Array> {
    const length = Math.max(least, Math.min(WINDOW_BYTES, this.#end - offset));
    // Let go of the old one first: there is never more than one.
    this.#bytes = new Uint8Array(0);
    this.#bytes = await readExactly(this.#file, offset, length);
    this.#offset = offset;
    return this.#bytes;
  }
}
