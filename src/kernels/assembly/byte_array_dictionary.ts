import { copyShort, KEEP } from "./bits";
import {
  BYTE_LIMIT,
  COUNT,
  DATA,
  DATA_CAPACITY,
  DATA_LENGTH,
  ENTRY_CAPACITY,
  KEYS,
  OFFSETS,
  STOP,
  STOP_DATA,
  STOP_ENTRIES,
  STOP_LIMIT,
  TABLE,
  TABLE_SLOTS,
} from "./dictionary_control";
import { equalLong, hashLong, hashPair, shiftOf } from "./dictionary_hash";
import { warmUp } from "./dictionary_warmth";

// The key of a byte array: see ../dictionary_control.ts.

// @ts-ignore: decorator
@inline
function shortLow(at: usize, length: u32): u64 {
  return load<u64>(at) & load<u64>(KEEP + 16 - length);
}

// @ts-ignore: decorator
@inline
function shortHigh(at: usize, length: u32): u64 {
  return (load<u64>(at, 8) & load<u64>(KEEP + 24 - length)) | (<u64>length << 56);
}

// @ts-ignore: decorator
@inline
function longHigh(length: u32): u64 {
  return <u64>length | <u64>0xff << 56;
}

export function dictionaryAppendBytes(
  dictionary: usize,
  offsets: usize,
  data: usize,
  n: u32,
  ids: usize,
): u32 {
  warmUp(dictionary, n);
  const start = offsets;
  const stop = offsets + (<usize>n << 2);
  const toIds = ids - offsets;
  let short = true;
  store<u32>(dictionary, 0, STOP);
  while (offsets < stop) {
    if (short) {
      offsets = passShort(dictionary, offsets, stop, data, toIds);
      // Where one is long so are others.
      short = offsets == stop || load<u32>(offsets, 4) - load<u32>(offsets) < 16;
    }
    if (!short) offsets = passKnown(dictionary, offsets, stop, data, toIds);
    if (offsets == stop) break;
    offsets = passNew(dictionary, offsets, stop, data, toIds);
    if (load<u32>(dictionary, STOP) != 0) break;
  }
  return <u32>(offsets - start) >> 2;
}

// The loops that most values go through are functions of their own, without calls: all that they need stays in registers.

/** Writes the ids of byte arrays of up to 15 bytes, to the first that is longer or new. */
function passShort(
  dictionary: usize,
  offsets: usize,
  stop: usize,
  data: usize,
  toIds: usize,
): usize {
  const keys = load<usize>(dictionary, KEYS) - 16;
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  let next = load<u32>(offsets);
  while (offsets < stop) {
    const from = data + next;
    const end = load<u32>(offsets, 4);
    const length = end - next;
    if (length > 15) break;
    next = end;
    const low = shortLow(from, length);
    const high = shortHigh(from, length);
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      // Up to 15 bytes the key says it all.
      const at = keys + (entry << 4);
      if (((load<u64>(at) ^ low) | (load<u64>(at, 8) ^ high)) == 0) break;
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) break;
    store<u32>(offsets + toIds, entry - 1);
    offsets += 4;
  }
  return offsets;
}

/** The same for those of any length, to the first that is new. */
function passKnown(
  dictionary: usize,
  offsets: usize,
  stop: usize,
  data: usize,
  toIds: usize,
): usize {
  const keys = load<usize>(dictionary, KEYS) - 16;
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  const entryData = load<usize>(dictionary, DATA);
  const entryOffsets = load<usize>(dictionary, OFFSETS) - 4;
  let next = load<u32>(offsets);
  while (offsets < stop) {
    const from = data + next;
    const end = load<u32>(offsets, 4);
    const length = end - next;
    next = end;
    let low: u64;
    let high: u64;
    if (length < 16) {
      low = shortLow(from, length);
      high = shortHigh(from, length);
    } else {
      low = hashLong(from, length);
      high = longHigh(length);
    }
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = keys + (entry << 4);
      if (((load<u64>(at) ^ low) | (load<u64>(at, 8) ^ high)) == 0) {
        if (length < 16) break;
        const at = entryData + load<u32>(entryOffsets + (entry << 2));
        if (equalLong(from, at, length)) break;
      }
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) break;
    store<u32>(offsets + toIds, entry - 1);
    offsets += 4;
  }
  return offsets;
}

/** Adds byte arrays, to the first that is known; it is passed too. */
function passNew(
  dictionary: usize,
  offsets: usize,
  stop: usize,
  data: usize,
  toIds: usize,
): usize {
  const entryData = load<usize>(dictionary, DATA);
  const dataCapacity = load<u32>(dictionary, DATA_CAPACITY);
  const entryOffsets = load<usize>(dictionary, OFFSETS);
  const keys = load<usize>(dictionary, KEYS);
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const mask = (slots << 2) - 1;
  const shift = shiftOf(slots);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  const byteLimit = load<u32>(dictionary, BYTE_LIMIT);
  let count = load<u32>(dictionary, COUNT);
  let dataLength = load<u32>(dictionary, DATA_LENGTH);
  let next = load<u32>(offsets);
  while (offsets < stop) {
    const from = data + next;
    const end = load<u32>(offsets, 4);
    const length = end - next;
    next = end;
    let low: u64;
    let high: u64;
    if (length < 16) {
      low = shortLow(from, length);
      high = shortHigh(from, length);
    } else {
      low = hashLong(from, length);
      high = longHigh(length);
    }
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = keys + ((entry - 1) << 4);
      if (((load<u64>(at) ^ low) | (load<u64>(at, 8) ^ high)) == 0) {
        if (length < 16) break;
        const start = load<u32>(entryOffsets + ((entry - 1) << 2));
        const at = entryData + start;
        if (equalLong(from, at, length)) break;
      }
      slot = (slot + 4) & mask;
    }
    if (entry != 0) {
      store<u32>(offsets + toIds, entry - 1);
      offsets += 4;
      break;
    }
    const full = <u64>dataLength + length + 4 * <u64>count + 4 > byteLimit
      ? STOP_LIMIT
      : count == capacity
      ? STOP_ENTRIES
      : dataLength + length > dataCapacity
      ? STOP_DATA
      : 0;
    if (full != 0) {
      store<u32>(dictionary, full, STOP);
      break;
    }
    copyShort(entryData + dataLength, from, length);
    dataLength += length;
    store<u64>(keys + (count << 4), low);
    store<u64>(keys + (count << 4), high, 8);
    store<u32>(offsets + toIds, count++);
    store<u32>(entryOffsets + (count << 2), dataLength);
    store<u32>(table + slot, count);
    offsets += 4;
  }
  store<u32>(dictionary, count, COUNT);
  store<u32>(dictionary, dataLength, DATA_LENGTH);
  return offsets;
}
