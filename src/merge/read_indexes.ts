/** @module The page indexes of a row group, as they are read. */

import type { ColumnChunk, ColumnIndex, OffsetIndex } from "../format/metadata.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { decodeColumnIndex, decodeOffsetIndex } from "../format/structures.ts";
import { FormatError } from "../util/errors.ts";

/** Bytes that are read at once: large enough for the disk's speed, and for stores that answer range requests. */
export const WINDOW_BYTES: number = 4 * 1024 * 1024;

/** The page index of a chunk. */
export interface PageIndexes {
  readonly columnIndex: ColumnIndex | null;
  readonly offsetIndex: OffsetIndex | null;
}

/** Of a chunk that has no page index. */
export const NO_INDEXES: PageIndexes = { columnIndex: null, offsetIndex: null };

/** Reads the page indexes of a row group: in one go where they lie together, as writers have it. */
export async function readIndexes(
  file: RandomAccess,
  columns: readonly ColumnChunk[],
): Promise<(chunk: ColumnChunk) => PageIndexes> {
  const ranges = columns.flatMap((chunk) =>
    [
      [chunk.columnIndexOffset, chunk.columnIndexLength],
      [chunk.offsetIndexOffset, chunk.offsetIndexLength],
    ].filter((range): range is [number, number] => range.every((part) => part !== undefined))
  );
  const bytesAt = await readRanges(file, ranges);
  return (chunk: ColumnChunk) => {
    const { columnIndexOffset, columnIndexLength, offsetIndexOffset, offsetIndexLength } = chunk;
    if (offsetIndexOffset === undefined || offsetIndexLength === undefined) return NO_INDEXES;
    const offsetIndex = decoded(() =>
      decodeOffsetIndex(bytesAt(offsetIndexOffset, offsetIndexLength))
    );
    if (columnIndexOffset === undefined || columnIndexLength === undefined) {
      return { columnIndex: null, offsetIndex };
    }
    return {
      columnIndex: decoded(() => decodeColumnIndex(bytesAt(columnIndexOffset, columnIndexLength))),
      offsetIndex,
    };
  };
}

/** A structure, or `null` where there is none: it is left out then. */
function decoded<T>(decode: () => { readonly value: T }): T | null {
  try {
    return decode().value;
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Reads ranges, and gives a function that has their bytes. */
async function readRanges(
  file: RandomAccess,
  ranges: readonly (readonly [offset: number, length: number])[],
): Promise<(offset: number, length: number) => Uint8Array> {
  const parts: { readonly offset: number; readonly bytes: Uint8Array }[] = [];
  let start = 0, end = -1;
  const read = async () => {
    if (end > start) parts.push({ offset: start, bytes: await file.read(start, end - start) });
  };
  for (const [offset, length] of [...ranges].sort(([a], [b]) => a - b)) {
    if (end >= 0 && offset <= end && offset + length - start <= WINDOW_BYTES) {
      end = Math.max(end, offset + length);
      continue;
    }
    await read();
    start = offset;
    end = offset + length;
  }
  await read();
  return (offset, length) => {
    const part = parts.findLast((part) => part.offset <= offset)!;
    return part.bytes.subarray(offset - part.offset, offset - part.offset + length);
  };
}
