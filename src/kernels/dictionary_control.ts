/**
 * Layout of the control block through which `HashDictionary` and the dictionary kernels talk.
 *
 * ```text
 * word  0  COUNT           entries
 *       1  WIDTH           bytes of a value; 0 = byte arrays
 *       2  MODE            MODE_HASH or MODE_DIRECT
 *       3  STOP            why the last call consumed less than asked: one of the STOP_ values
 *       4  ENTRY_CAPACITY  entries that table, data, keys and offsets have room for
 *       5  DATA            pointer: the entries, one after another
 *       6  DATA_CAPACITY   byte arrays: bytes there
 *       7  DATA_LENGTH     byte arrays: bytes used
 *       8  BYTE_LIMIT      byte arrays: most bytes of the PLAIN-encoded entries
 *       9  OFFSETS         pointer, byte arrays: COUNT + 1 i32 offsets into DATA
 *      10  KEYS            pointer, byte arrays: what an implementation compares first, KEY_BYTES an entry
 *      11  TABLE           pointer: u32 a slot: id + 1 of the entry there, 0 = none
 *      12  TABLE_SLOTS     hash: a power of two, at least twice ENTRY_CAPACITY, linear probing;
 *                          direct: slot k stands for the value LOW + k
 *      14  LOW             i64 (direct mode)
 *      16  SCRATCH         16 bytes for minimum and maximum
 * ```
 *
 * Keys of the TypeScript kernels are 4 bytes: the hash. Keys of the WASM kernels are 16 bytes: a byte array of at most 15
 * bytes, padded with zeros, and its length in the last byte; or of a longer one a 64-bit hash, its length (u32), zeros,
 * and 0xFF in the last byte.
 *
 * @module
 */

export const COUNT = 0;
export const WIDTH = 1;
export const MODE = 2;
export const STOP = 3;
export const ENTRY_CAPACITY = 4;
export const DATA = 5;
export const DATA_CAPACITY = 6;
export const DATA_LENGTH = 7;
export const BYTE_LIMIT = 8;
export const OFFSETS = 9;
export const KEYS = 10;
export const TABLE = 11;
export const TABLE_SLOTS = 12;
export const LOW = 14;
export const SCRATCH = 16;
/** Words of the block. */
export const CONTROL_WORDS = 20;

export const MODE_HASH = 0;
export const MODE_DIRECT = 1;

/** There is no room for another entry. */
export const STOP_ENTRIES = 1;
/** There is no room for the next entry's bytes. */
export const STOP_DATA = 2;
/** The next entry would exceed BYTE_LIMIT. */
export const STOP_LIMIT = 3;
/** The next value is outside of what the direct table covers. */
export const STOP_OUTSIDE = 4;
