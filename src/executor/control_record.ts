/**
 * Records that steer the encoder host, between the segment records of a slab: a column chunk begins or ends.
 *
 * They stand in the slab itself so that any number of small row groups travel in one message. A control record looks like a
 * segment record with a negative number of rows:
 *
 * ```text
 * word 0  byte length of the record, 32
 *      1  chunk id
 *      2  OPEN_CHUNK or FINISH_CHUNK
 *      3  ordinal of the leaf column   (OPEN_CHUNK)
 *      4  ordinal of the row group     (OPEN_CHUNK)
 * ```
 *
 * @module
 */

import { RECORD_BYTE_LENGTH, RECORD_CHUNK_ID, RECORD_ROWS } from "../column/segment.ts";

/** Bytes of a control record. */
export const CONTROL_RECORD_BYTES = 32;
/** In the place of the number of rows: a column chunk begins. */
export const OPEN_CHUNK = -1;
/** In the place of the number of rows: a column chunk is complete. */
export const FINISH_CHUNK = -2;
/** Word that holds the ordinal of the leaf column. */
export const CONTROL_COLUMN = 3;
/** Word that holds the ordinal of the row group. */
export const CONTROL_ROW_GROUP = 4;

/** Writes a control record at `at` (a multiple of 16) of `target`. */
export function writeControlRecord(
  target: Uint8Array,
  at: number,
  kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK,
  chunkId: number,
  column: number,
  rowGroup: number,
): void {
  const words = new Int32Array(target.buffer, target.byteOffset + at, CONTROL_RECORD_BYTES >> 2);
  words.fill(0);
  words[RECORD_BYTE_LENGTH] = CONTROL_RECORD_BYTES;
  words[RECORD_CHUNK_ID] = chunkId;
  words[RECORD_ROWS] = kind;
  words[CONTROL_COLUMN] = column;
  words[CONTROL_ROW_GROUP] = rowGroup;
}
