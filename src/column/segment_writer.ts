/** @module Interface only for now: being written. */

import type { ColumnArray } from "../arrow/column_array.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";

/**
 * Copies row ranges of one top-level column into segment records, for one leaf column of one row group.
 *
 * A record starts with i32 words: its byte length (a multiple of 16), the chunk id given, its number of rows; the rest is
 * between SegmentWriter and ColumnChunkEncoder. A dictionary travels inside the first record that needs it.
 */
export declare class SegmentWriter {
  constructor(plan: ColumnPlan, chunkId: number);
  /** Most rows of [from, to) whose record fits into `capacity` bytes; at least 1 (then its record may be larger). */
  rowsWithin(array: ColumnArray, from: number, to: number, capacity: number): number;
  /** Bytes that the record of rows [from, to) takes. */
  byteLength(array: ColumnArray, from: number, to: number): number;
  /** Writes the record at `at` (a multiple of 16) of `target`, returns its byte length. */
  write(array: ColumnArray, from: number, to: number, target: Uint8Array, at: number): number;
}
