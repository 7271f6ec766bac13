/**
 * What zstd chooses for a page of so many bytes, for contexts that are not told how many come; and the size in the header of their frames.
 *
 * @see https://github.com/facebook/zstd/blob/v1.5.7/lib/compress/clevels.h
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1.1
 * @module
 */

/** Logarithms of window, chains and hashes, of searches; least match; strategy (1: fast, 2: double fast). Levels 1 to 3. */
type Row = readonly [number, number, number, number, number, number];

/** By the logarithm of how many bytes come, at the most. */
const TABLES: readonly { readonly log: number; readonly levels: readonly Row[] }[] = [
  { log: 14, levels: [[14, 14, 15, 1, 5, 1], [14, 14, 15, 1, 4, 1], [14, 14, 15, 2, 4, 2]] },
  { log: 17, levels: [[17, 12, 13, 1, 6, 1], [17, 13, 15, 1, 5, 1], [17, 15, 16, 2, 5, 2]] },
  { log: 18, levels: [[18, 13, 14, 1, 6, 1], [18, 14, 14, 1, 5, 2], [18, 16, 16, 1, 4, 2]] },
];

/** Pages beyond take so long that a new context for each does not matter. */
export const MOST_SIZED_BYTES: number = 256 * 1024;

const WINDOW_LOG = 101, HASH_LOG = 102, CHAIN_LOG = 103, SEARCH_LOG = 104, MIN_MATCH = 105;
const STRATEGY = 107;
const SMALLEST_WINDOW_LOG = 10, SMALLEST_HASH_LOG = 6;

/** Logarithm of the bytes that pages of `byteLength` bytes have room in: those with the same one have the same parameters. */
export function sizeLog(byteLength: number): number {
  return Math.max(SMALLEST_HASH_LOG, 32 - Math.clz32(byteLength - 1));
}

/**
 * The parameters, by the numbers of zstd.h, for bytes whose {@linkcode sizeLog} is `log`; `null`: not known for that level.
 */
export function matchParameters(level: number, log: number): Record<number, number> | null {
  const row = TABLES.find((table) => log <= table.log)?.levels[level - 1];
  if (row === undefined) return null;
  const [windowLog, chainLog, hashLog, searchLog, minMatch, strategy] = row;
  // As ZSTD_adjustCParams has it: no more than the bytes need.
  const window = Math.min(windowLog, log);
  return {
    [WINDOW_LOG]: Math.max(window, SMALLEST_WINDOW_LOG),
    [HASH_LOG]: Math.min(hashLog, window + 1),
    [CHAIN_LOG]: Math.min(chainLog, window),
    [SEARCH_LOG]: searchLog,
    [MIN_MATCH]: minMatch,
    [STRATEGY]: strategy,
  };
}

/** Bytes in front of a frame, for the size: its header becomes longer by up to three. */
export const SIZE_ROOM = 8;

/** Magic, and what the header says: no size, no checksum, no dictionary; then the window in a byte. */
const MAGIC = [0x28, 0xb5, 0x2f, 0xfd], WITHOUT_SIZE = 0;
/** What the header says of a frame in one segment, by the bytes of its size: 1, 2 or 4. */
const SIZE_IN_ONE = 0x20, SIZE_IN_TWO = 0x60, SIZE_IN_FOUR = 0xa0;
/** A size in two bytes has so much less. */
const TWO_BYTES_FROM = 256;

/**
 * Puts the size of its content into a frame of `byteLength` bytes that is {@linkcode SIZE_ROOM} bytes into `out`, in the place of the window.
 *
 * @returns The frame. One that has a header of another kind is left as it is.
 */
export function stateSize(out: Uint8Array, byteLength: number, content: number): Uint8Array {
  const end = SIZE_ROOM + byteLength;
  if (out[SIZE_ROOM + MAGIC.length] !== WITHOUT_SIZE) return out.subarray(SIZE_ROOM, end);
  const inOne = content < TWO_BYTES_FROM, inTwo = content < TWO_BYTES_FROM + 0x10000;
  const sizeBytes = inOne ? 1 : inTwo ? 2 : 4;
  const size = inOne || !inTwo ? content : content - TWO_BYTES_FROM;
  const start = SIZE_ROOM + 1 - sizeBytes;
  out.set(MAGIC, start);
  let at = start + MAGIC.length;
  out[at++] = inOne ? SIZE_IN_ONE : inTwo ? SIZE_IN_TWO : SIZE_IN_FOUR;
  for (let i = 0; i < sizeBytes; i++) out[at++] = size >>> (8 * i);
  return out.subarray(start, end);
}
