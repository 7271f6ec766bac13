import { KEEP } from "./bits";
import {
  COUNT,
  DATA,
  ENTRY_CAPACITY,
  KEYS,
  LOW,
  MODE,
  MODE_DIRECT,
  STOP,
  STOP_ENTRIES,
  STOP_OUTSIDE,
  TABLE,
  TABLE_SLOTS,
  WIDTH,
} from "./dictionary_control";
import { equalLong, hashLong, hashMedium, hashPair, MULTIPLIER, shiftOf } from "./dictionary_hash";
import { warmUp } from "./dictionary_warmth";

export function dictionaryAppendFixed(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  warmUp(dictionary, n);
  const width = load<u32>(dictionary, WIDTH);
  if (load<u32>(dictionary, MODE) == MODE_DIRECT) {
    if (width == 8) return appendDirect<i64>(dictionary, src, n, ids);
    if (width == 4) return appendDirect<i32>(dictionary, src, n, ids);
    if (width == 2) return appendDirect<u16>(dictionary, src, n, ids);
    return appendDirect<u8>(dictionary, src, n, ids);
  }
  const large = load<u32>(dictionary, COUNT) >= BLOCKS_FROM;
  if (width == 8) {
    if (large) return appendBlocks<u64>(dictionary, src, n, ids);
    return appendHashed<u64>(dictionary, src, n, ids);
  }
  if (width == 4) {
    if (large) return appendBlocks<u32>(dictionary, src, n, ids);
    return appendHashed<u32>(dictionary, src, n, ids);
  }
  if (width <= 16) return appendShort(dictionary, width, src, n, ids);
  if (width <= 32) return appendMedium(dictionary, width, src, n, ids);
  return appendWide(dictionary, width, src, n, ids);
}

// @ts-ignore: decorator
@inline
function appendDirect<T>(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  const start = src;
  const end = src + n * sizeof<T>();
  const data = load<usize>(dictionary, DATA);
  const table = load<usize>(dictionary, TABLE);
  const slots = <u64>load<u32>(dictionary, TABLE_SLOTS);
  const low = load<u64>(dictionary, LOW);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  let count = load<u32>(dictionary, COUNT);
  for (; src < end; src += sizeof<T>()) {
    const value = load<T>(src);
    const distance = <u64>value - low;
    if (distance >= slots) {
      store<u32>(dictionary, STOP_OUTSIDE, STOP);
      break;
    }
    const slot = table + (<usize>distance << 2);
    let entry = load<u32>(slot);
    if (entry == 0) {
      if (count == capacity) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      store<T>(data + count * sizeof<T>(), value);
      entry = ++count;
      store<u32>(slot, entry);
    }
    store<u32>(ids, entry - 1);
    ids += 4;
  }
  store<u32>(dictionary, count, COUNT);
  return <u32>(src - start) / sizeof<T>();
}

function appendHashed<T>(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  const start = src;
  const end = src + n * sizeof<T>();
  const data = load<usize>(dictionary, DATA);
  const before = data - sizeof<T>();
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  for (; src < end; src += sizeof<T>()) {
    const value = load<T>(src);
    let slot = <u32>((<u64>value * MULTIPLIER) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      if (load<T>(before + entry * sizeof<T>()) == value) break;
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) {
      entry = load<u32>(dictionary, COUNT);
      if (entry == load<u32>(dictionary, ENTRY_CAPACITY)) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      store<T>(data + entry * sizeof<T>(), value);
      store<u32>(dictionary, ++entry, COUNT);
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    ids += 4;
  }
  return <u32>(src - start) / sizeof<T>();
}

/** Values that are looked up side by side, and the positions of those of them that are new or not where they would be at best. */
const BLOCK: usize = 64;
const MISSED = memory.data(256, 16);

/** Fewer entries are in a near cache: there is little to wait for. */
const BLOCKS_FROM: u32 = 16384;

/** Values that are looked up one after the other once nearly all of a block are not where they would be at best, as in runs of new ones. */
const SERIAL: usize = 15 * BLOCK;

/**
 * The same for large tables. A block of values is first looked up without any branch that could be guessed wrong, so that the processor
 * waits for many of them at once; what was not found follows one by one, when the cache has what is needed for it.
 */
// @ts-ignore: decorator
@inline
function appendBlocks<T>(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  const start = ids;
  const stop = ids + (<usize>n << 2);
  const before = load<usize>(dictionary, DATA) - sizeof<T>();
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  while (ids < stop) {
    const block = min<usize>((stop - ids) >> 2, BLOCK);
    let missed = MISSED;
    for (let i: usize = 0; i < block; i++) {
      const value = load<T>(src + i * sizeof<T>());
      const entry = load<u32>(table + (<usize>((<u64>value * MULTIPLIER) >> shift) << 2));
      store<u32>(ids + (i << 2), entry - 1);
      store<u32>(missed, <u32>i);
      const found = <u32>(load<T>(before + entry * sizeof<T>()) == value) & <u32>(entry != 0);
      missed += (found ^ 1) << 2;
    }
    let count = load<u32>(dictionary, COUNT);
    for (let at = MISSED; at < missed; at += 4) {
      const i = <usize>load<u32>(at);
      const value = load<T>(src + i * sizeof<T>());
      let slot = <u32>((<u64>value * MULTIPLIER) >> shift) << 2;
      let entry: u32;
      while ((entry = load<u32>(table + slot)) != 0) {
        if (load<T>(before + entry * sizeof<T>()) == value) break;
        slot = (slot + 4) & ((slots << 2) - 1);
      }
      if (entry == 0) {
        if (count == capacity) {
          store<u32>(dictionary, count, COUNT);
          store<u32>(dictionary, STOP_ENTRIES, STOP);
          return <u32>((ids - start) >> 2) + <u32>i;
        }
        entry = ++count;
        store<T>(before + entry * sizeof<T>(), value);
        store<u32>(table + slot, entry);
      }
      store<u32>(ids + (i << 2), entry - 1);
    }
    store<u32>(dictionary, count, COUNT);
    src += block * sizeof<T>();
    ids += block << 2;
    if ((missed - MISSED) >> 2 > block - block / 8) {
      const most = min<usize>((stop - ids) >> 2, SERIAL);
      const done = appendHashed<T>(dictionary, src, <u32>most, ids);
      src += done * sizeof<T>();
      ids += <usize>done << 2;
      if (done < <u32>most) break;
    }
  }
  return <u32>((ids - start) >> 2);
}

/** Values of at most 16 bytes, as pairs of words. */
function appendShort(dictionary: usize, width: u32, src: usize, n: u32, ids: usize): u32 {
  const start = ids;
  const stop = ids + (<usize>n << 2);
  const data = load<usize>(dictionary, DATA);
  const before = data - width;
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  const keepLow = load<u64>(KEEP + 16 - width);
  const keepHigh = load<u64>(KEEP + 24 - width);
  for (; ids < stop; ids += 4) {
    const low = load<u64>(src) & keepLow;
    const high = load<u64>(src, 8) & keepHigh;
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = before + entry * width;
      if ((((load<u64>(at) ^ low) & keepLow) | ((load<u64>(at, 8) ^ high) & keepHigh)) == 0) break;
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) {
      entry = load<u32>(dictionary, COUNT);
      if (entry == load<u32>(dictionary, ENTRY_CAPACITY)) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      // What is written beyond the value is where the next one goes, or slack.
      v128.store(data + entry * width, v128.load(src));
      store<u32>(dictionary, ++entry, COUNT);
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    src += width;
  }
  return <u32>(ids - start) >> 2;
}

/** Values of 17 to 32 bytes: the first 16 and the last 16. */
function appendMedium(dictionary: usize, width: u32, src: usize, n: u32, ids: usize): u32 {
  const start = ids;
  const stop = ids + (<usize>n << 2);
  const last = width - 16;
  const data = load<usize>(dictionary, DATA);
  const before = data - width;
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  for (; ids < stop; ids += 4) {
    const first16 = v128.load(src);
    const last16 = v128.load(src + last);
    let slot = <u32>(hashMedium(src, src + last) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = before + entry * width;
      const difference = v128.or(
        v128.xor(v128.load(at), first16),
        v128.xor(v128.load(at + last), last16),
      );
      if (!v128.any_true(difference)) break;
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) {
      entry = load<u32>(dictionary, COUNT);
      if (entry == load<u32>(dictionary, ENTRY_CAPACITY)) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      const to = data + entry * width;
      v128.store(to, first16);
      v128.store(to + last, last16);
      store<u32>(dictionary, ++entry, COUNT);
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    src += width;
  }
  return <u32>(ids - start) >> 2;
}

function appendWide(dictionary: usize, width: u32, src: usize, n: u32, ids: usize): u32 {
  const start = ids;
  const stop = ids + (<usize>n << 2);
  const data = load<usize>(dictionary, DATA);
  const before = data - width;
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const shift = shiftOf(slots);
  for (; ids < stop; ids += 4) {
    let slot = <u32>((hashLong(src, width) * MULTIPLIER) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      if (equalLong(src, before + entry * width, width)) break;
      slot = (slot + 4) & ((slots << 2) - 1);
    }
    if (entry == 0) {
      entry = load<u32>(dictionary, COUNT);
      if (entry == load<u32>(dictionary, ENTRY_CAPACITY)) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      memory.copy(data + entry * width, src, width);
      store<u32>(dictionary, ++entry, COUNT);
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    src += width;
  }
  return <u32>(ids - start) >> 2;
}

export function dictionaryRehash(dictionary: usize): void {
  const width = load<u32>(dictionary, WIDTH);
  const count = load<u32>(dictionary, COUNT);
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  memory.fill(table, 0, slots << 2);
  let at = load<usize>(dictionary, DATA);
  if (load<u32>(dictionary, MODE) == MODE_DIRECT) {
    const low = load<u32>(dictionary, LOW);
    for (let entry: u32 = 1; entry <= count; entry++) {
      const value = width >= 4
        ? load<u32>(at)
        : width == 2
        ? <u32>load<u16>(at)
        : <u32>load<u8>(at);
      store<u32>(table + ((value - low) << 2), entry);
      at += width;
    }
    return;
  }
  const shift = shiftOf(slots);
  const last = (slots << 2) - 1;
  if (width == 8) {
    for (let entry: u32 = 1; entry <= count; entry++) {
      put(table, <u32>((load<u64>(at) * MULTIPLIER) >> shift) << 2, last, entry);
      at += 8;
    }
  } else if (width == 4) {
    for (let entry: u32 = 1; entry <= count; entry++) {
      put(table, <u32>((<u64>load<u32>(at) * MULTIPLIER) >> shift) << 2, last, entry);
      at += 4;
    }
  } else if (width <= 16) {
    // Byte arrays have keys of 16 bytes.
    const step = width == 0 ? 16 : width;
    if (width == 0) at = load<usize>(dictionary, KEYS);
    const keepLow = load<u64>(KEEP + 16 - step);
    const keepHigh = load<u64>(KEEP + 24 - step);
    for (let entry: u32 = 1; entry <= count; entry++) {
      const hash = hashPair(load<u64>(at) & keepLow, load<u64>(at, 8) & keepHigh);
      put(table, <u32>(hash >> shift) << 2, last, entry);
      at += step;
    }
  } else {
    for (let entry: u32 = 1; entry <= count; entry++) {
      const hash = width <= 32
        ? hashMedium(at, at + width - 16)
        : hashLong(at, width) * MULTIPLIER;
      put(table, <u32>(hash >> shift) << 2, last, entry);
      at += width;
    }
  }
}

/** Puts an entry into the first empty slot. */
// @ts-ignore: decorator
@inline
function put(table: usize, slot: u32, last: u32, entry: u32): void {
  while (load<u32>(table + slot) != 0) slot = (slot + 4) & last;
  store<u32>(table + slot, entry);
}
