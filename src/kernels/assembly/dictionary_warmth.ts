import {
  COUNT,
  DATA,
  DATA_LENGTH,
  KEYS,
  OFFSETS,
  TABLE,
  TABLE_SLOTS,
  WIDTH,
} from "./dictionary_control";

/** The dictionary that was used last, and a place for what is read for nothing. */
const LAST = memory.data(8, 8);
const NOTHING: usize = 4;

/** Bytes of a line of the cache. */
const LINE: usize = 64;

/** A line that is read in order costs this part of one that is met at random. */
const ORDERLY: usize = 4;

/**
 * Brings a dictionary back into the cache that n values are to be looked up in, where others came in between: to read it from end to end
 * takes far less time than to wait for one line after the other as values happen to need it (34 columns of 22,000 distinct integers in
 * turns of 50,000 values: 9 → 4 ns a value).
 */
export function warmUp(dictionary: usize, n: u32): void {
  if (load<u32>(LAST) == <u32>dictionary) return;
  store<u32>(LAST, <u32>dictionary);
  const count = <usize>load<u32>(dictionary, COUNT);
  const width = <usize>load<u32>(dictionary, WIDTH);
  const tableBytes = <usize>load<u32>(dictionary, TABLE_SLOTS) << 2;
  const keyBytes = width == 0 ? count << 4 : 0;
  let dataBytes = count * width;
  let offsetBytes: usize = 0;
  if (width == 0) {
    // Of short byte arrays the keys say it all.
    const length = <usize>load<u32>(dictionary, DATA_LENGTH);
    if (length > keyBytes) {
      dataBytes = length;
      offsetBytes = count << 2;
    }
  }
  const bytes = tableBytes + keyBytes + dataBytes + offsetBytes;
  if (<usize>n * ORDERLY < bytes / LINE) return;
  const read = readThrough(load<usize>(dictionary, TABLE), tableBytes) |
    readThrough(load<usize>(dictionary, KEYS), keyBytes) |
    readThrough(load<usize>(dictionary, DATA), dataBytes) |
    readThrough(load<usize>(dictionary, OFFSETS), offsetBytes);
  store<u32>(LAST, read, NOTHING);
}

/** Reads a word of each line. */
function readThrough(from: usize, bytes: usize): u32 {
  let read: u32 = 0;
  for (const end = from + bytes; from < end; from += LINE) read |= load<u32>(from);
  return read;
}
