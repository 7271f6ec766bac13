/**
 * The footer of an Arrow IPC file.
 *
 * @see https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format
 * @module
 */

import { FormatError } from "../../util/errors.ts";
import { type FlatStructs, FlatTable, readingFlatBuffer } from "../../util/flat_buffer.ts";
import { type Cursor, MAGIC, type Reading } from "./decoder.ts";
import type { Decompressors } from "./decompressors.ts";
import { MessageReader } from "./message.ts";

/** What a footer says. */
export interface Footer {
  readonly reader: MessageReader;
  readonly dictionaries: FlatStructs;
  readonly batches: FlatStructs;
}

/** Bytes that follow a footer: its length, and the magic. */
export const TAIL = 4 + MAGIC.length;
/** Zeros that may stand before a footer: files are aligned to 64 bytes at most. */
const MAX_PADDING = 64;
/** Bytes that a footer may always have. Beyond them it has about as many as the messages of the file. */
const FREE_BYTES = 64 * 1024 * 1024;
/** Bytes that are read at first, and at most at once: files may be small, and follow each other. */
const FIRST_PIECE = 2048, LARGEST_PIECE = 1024 * 1024;
const MAGIC_BYTES = new TextEncoder().encode(MAGIC);

/**
 * Reads a footer.
 *
 * @throws {FormatError} When it is corrupt.
 */
export function readFooter(bytes: Uint8Array, decompressors: Decompressors): Footer {
  return readingFlatBuffer(() => {
    const table = FlatTable.root(bytes);
    const schema = table.table(1);
    if (schema === null) {
      throw new FormatError("Cannot read an Arrow file: its footer has no schema");
    }
    return {
      reader: MessageReader.of(schema, decompressors),
      dictionaries: table.structs(2, 3),
      batches: table.structs(3, 3),
    };
  });
}

/**
 * Reads the footer that comes next, its length and the magic. Nothing before it says where it ends: that is where the magic
 * follows the right length.
 *
 * @param fileBytes Bytes of the file before it.
 * @throws {FormatError} When there is none: the file was cut.
 */
export function* nextFooter(
  cursor: Cursor,
  fileBytes: number,
  decompressors: Decompressors,
): Reading<Footer> {
  const most = Math.max(FREE_BYTES, 2 * fileBytes);
  let bytes: Uint8Array = new Uint8Array(FIRST_PIECE), length = 0, searched = 0;
  for (let wanted = FIRST_PIECE;; wanted = Math.min(2 * wanted, LARGEST_PIECE)) {
    const piece = yield* cursor.some(wanted);
    if (length + piece.length > bytes.length) {
      const larger = new Uint8Array(2 * (length + piece.length));
      larger.set(bytes);
      bytes = larger;
    }
    bytes.set(piece, length);
    length += piece.length;
    const all = bytes.subarray(0, length);
    const end = findEnd(all, searched);
    if (end !== null) {
      cursor.unread(all.slice(end.end));
      return readFooter(all.subarray(end.start, end.end - TAIL), decompressors);
    }
    searched = Math.max(0, length - TAIL);
    if (piece.length < wanted || length > most) break;
  }
  throw new FormatError("Cannot read an Arrow file: it is truncated: the footer is missing");
}

function findEnd(bytes: Uint8Array, from: number): { start: number; end: number } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = MAGIC_BYTES[0]!;
  for (
    let at = bytes.indexOf(first, Math.max(4, from));
    at >= 0;
    at = bytes.indexOf(first, at + 1)
  ) {
    if (at + MAGIC.length > bytes.length) return null;
    if (!MAGIC_BYTES.every((byte, i) => bytes[at + i] === byte)) continue;
    const start = at - 4 - view.getInt32(at - 4, true);
    if (start < 0 || start > MAX_PADDING || start >= at - 4) continue;
    if (bytes.subarray(0, start).every((byte) => byte === 0)) {
      return { start, end: at + MAGIC.length };
    }
  }
  return null;
}
