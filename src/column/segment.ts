/**
 * The segment record: a row range of one leaf column and of the Arrow nodes above it, as it travels to an encoder.
 *
 * A record is a run of bytes that means the same in any buffer: a header of i32 words, then the buffers, each aligned to
 * 16 bytes. Positions inside a record count from its first byte; 0 stands for "none". After the last buffer at least 16
 * bytes belong to the record, since kernels may read beyond a buffer's end.
 *
 * ```text
 * word 0  byte length of the record, a multiple of 16
 *      1  chunk id
 *      2  rows
 *      3… NODE_WORDS words for every node of the plan, root first
 *       … LEAF_WORDS words for the leaf
 * ```
 *
 * @module
 */

/** Words before the first node. */
export const HEADER_WORDS = 3;
/** Word of the record that holds its byte length. */
export const RECORD_BYTE_LENGTH = 0;
/** Word of the record that names the column chunk. */
export const RECORD_CHUNK_ID = 1;
/** Word of the record that holds the number of rows. */
export const RECORD_ROWS = 2;

/** Words of a node. */
export const NODE_WORDS = 4;
/** Number of slots of the node in this record. */
export const NODE_SLOTS = 0;
/** Position of the validity bitmap. */
export const NODE_VALIDITY = 1;
/** Bit of the bitmap's first byte at which it starts. */
export const NODE_BIT_OFFSET = 2;
/** Position of `slots + 1` i32 list offsets, which need not start at 0. */
export const NODE_OFFSETS = 3;

/** Words of the leaf. */
export const LEAF_WORDS = 8;
/** Number of slots of the leaf. */
export const LEAF_SLOTS = 0;
/** Position of the validity bitmap. */
export const LEAF_VALIDITY = 1;
/** Bit of the bitmap's first byte at which it starts. */
export const LEAF_BIT_OFFSET = 2;
/** One of {@linkcode LEAF_SHAPES}. */
export const LEAF_SHAPE = 3;
/** Position of the values: bits, fixed-width slots, the bytes of byte arrays, or dictionary keys. */
export const LEAF_VALUES = 4;
/** First bit of boolean values; bytes of a dictionary key. */
export const LEAF_VALUES_DETAIL = 5;
/** Position of `slots + 1` i32 offsets into byte-array values, which need not start at 0. */
export const LEAF_OFFSETS = 6;
/** Position of the Arrow dictionary's words, when this record brings one (see `DICTIONARY_WORDS`). */
export const LEAF_DICTIONARY = 7;

/** Words of an Arrow dictionary, at the position that `LEAF_DICTIONARY` names. */
export const DICTIONARY_WORDS = 5;
/** Number of entries. */
export const DICTIONARY_ENTRIES = 0;
/** One of {@linkcode LEAF_SHAPES}. */
export const DICTIONARY_SHAPE = 1;
/** Position of the values. */
export const DICTIONARY_VALUES = 2;
/** First bit of boolean values. */
export const DICTIONARY_VALUES_DETAIL = 3;
/** Position of the offsets of byte arrays. */
export const DICTIONARY_OFFSETS = 4;

/** Shapes of a leaf; a record holds the ordinal. */
export const LEAF_SHAPES = ["null", "boolean", "fixed", "bytes", "dictionary"] as const;

/** Rounds up to the alignment of a record's buffers. */
export function align16(byteLength: number): number {
  return Math.ceil(byteLength / 16) * 16;
}

/** Bytes that a record's header takes with `nodes` nodes above the leaf. */
export function headerByteLength(nodes: number): number {
  return align16((HEADER_WORDS + nodes * NODE_WORDS + LEAF_WORDS) * 4);
}
