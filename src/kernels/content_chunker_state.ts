/**
 * Layout of the state through which `ContentChunker` and the kernel `contentBoundary` talk.
 *
 * ```text
 * byte  0  HASH     u32, of the last 32 entries
 *       4  DUE      u32, 1: the chunk ends with the record that has begun
 *       8  BYTES    f64, of the chunk so far
 *      16  MIN      f64, bytes below which no hash ends a chunk
 *      24  MIDDLE   f64, bytes from which on LIKELY holds instead of RARE
 *      32  MAX      f64, bytes at which a chunk ends whatever its hash
 *      40  RARE     f64, a hash (u32) less than this times the bytes of its entry ends the chunk
 *      48  LIKELY   f64, the same from MIDDLE on
 *      56  ROW      f64, bytes that the first entry of a row counts at the least
 * ```
 *
 * @module
 */

export const HASH = 0;
export const DUE = 4;
export const BYTES = 8;
export const MIN = 16;
export const MIDDLE = 24;
export const MAX = 32;
export const RARE = 40;
export const LIKELY = 48;
export const ROW = 56;
/** Bytes of the state. */
export const STATE_BYTES = 64;
