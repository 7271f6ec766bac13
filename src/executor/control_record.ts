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

/** Writes a control record at `at` (a multiple of 16) of a memory that `words` is a view of. */
export function writeControlRecord(
  words: Int32Array,
  at: number,
  kind: typeof OPEN_CHUNK | typeof FINISH_CHUNK,
  chunkId: number,
  column: number,
  rowGroup: number,
): void {
  const word = at >>> 2;
  words.fill(0, word, word + (CONTROL_RECORD_BYTES >> 2));
  words[word + RECORD_BYTE_LENGTH] = CONTROL_RECORD_BYTES;
  words[word + RECORD_CHUNK_ID] = chunkId;
  words[word + RECORD_ROWS] = kind;
  words[word + CONTROL_COLUMN] = column;
  words[word + CONTROL_ROW_GROUP] = rowGroup;
}
