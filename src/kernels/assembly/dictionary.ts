import { copyShort, KEEP, loadBytes } from "./bits";

// The control block: see ../dictionary_control.ts. Byte positions here.
const COUNT: usize = 0;
const WIDTH: usize = 4;
const MODE: usize = 8;
const STOP: usize = 12;
const ENTRY_CAPACITY: usize = 16;
const DATA: usize = 20;
const DATA_CAPACITY: usize = 24;
const DATA_LENGTH: usize = 28;
const BYTE_LIMIT: usize = 32;
const OFFSETS: usize = 36;
const KEYS: usize = 40;
const TABLE: usize = 44;
const TABLE_SLOTS: usize = 48;
const LOW: usize = 56;

const MODE_DIRECT: u32 = 1;
const STOP_ENTRIES: u32 = 1;
const STOP_DATA: u32 = 2;
const STOP_LIMIT: u32 = 3;
const STOP_OUTSIDE: u32 = 4;

const MULTIPLIER: u64 = 0x9e3779b97f4a7c15;
const MULTIPLIER_2: u64 = 0xc2b2ae3d27d4eb4f;

// Hashes are taken from a product's highest bits, which depend on all bits of the value.

// @ts-ignore: decorator
@inline
function shiftOf(slots: u32): u64 {
  return 64 - <u64>ctz<u32>(slots);
}

// @ts-ignore: decorator
@inline
function hash128(key: v128): u64 {
  const high = <u64>i64x2.extract_lane(key, 1) * MULTIPLIER_2;
  return (<u64>i64x2.extract_lane(key, 0) ^ rotl<u64>(high, 32)) * MULTIPLIER;
}

// @ts-ignore: decorator
@inline
function hashPair(low: u64, high: u64): u64 {
  return low * MULTIPLIER + high * MULTIPLIER_2;
}

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

/** A hash of at least 16 bytes, in two chains that the processor follows side by side. */
function hashBytes(at: usize, length: u32): u64 {
  let hash = <u64>length * MULTIPLIER;
  let hash2 = MULTIPLIER_2;
  const last = at + length - 16;
  for (; at < last; at += 16) {
    hash = rotl<u64>((hash ^ load<u64>(at)) * MULTIPLIER, 32);
    hash2 = rotl<u64>((hash2 ^ load<u64>(at, 8)) * MULTIPLIER_2, 32);
  }
  // The last 16 bytes, some of them perhaps again.
  hash = (hash ^ load<u64>(last)) * MULTIPLIER;
  hash2 = (hash2 ^ load<u64>(last, 8)) * MULTIPLIER_2;
  hash ^= rotl<u64>(hash2, 32);
  return hash ^ (hash >> 32);
}

/** Whether at least 16 bytes are equal. They mostly are, so nothing is gained by looking for a difference early. */
function equalBytes(left: usize, right: usize, length: u32): bool {
  const last = length - 16;
  let difference = v128.xor(v128.load(left + last), v128.load(right + last));
  for (let i: u32 = 0; i < last; i += 16) {
    difference = v128.or(
      difference,
      v128.xor(v128.load(left + i), v128.load(right + i)),
    );
  }
  return !v128.any_true(difference);
}

export function dictionaryAppendFixed(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  const width = load<u32>(dictionary, WIDTH);
  if (load<u32>(dictionary, MODE) == MODE_DIRECT) {
    if (width == 8) return appendDirect<i64>(dictionary, src, n, ids);
    if (width == 4) return appendDirect<i32>(dictionary, src, n, ids);
    if (width == 2) return appendDirect<u16>(dictionary, src, n, ids);
    return appendDirect<u8>(dictionary, src, n, ids);
  }
  if (width == 8) return appendHashed<u64>(dictionary, src, n, ids);
  if (width == 4) return appendHashed<u32>(dictionary, src, n, ids);
  if (width <= 16) return appendShort(dictionary, width, src, n, ids);
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

// @ts-ignore: decorator
@inline
function appendHashed<T>(dictionary: usize, src: usize, n: u32, ids: usize): u32 {
  const start = src;
  const end = src + n * sizeof<T>();
  const data = load<usize>(dictionary, DATA);
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const mask = (slots << 2) - 1;
  const shift = shiftOf(slots);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  let count = load<u32>(dictionary, COUNT);
  for (; src < end; src += sizeof<T>()) {
    const value = load<T>(src);
    let slot = <u32>((<u64>value * MULTIPLIER) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      if (load<T>(data + (entry - 1) * sizeof<T>()) == value) break;
      slot = (slot + 4) & mask;
    }
    if (entry == 0) {
      if (count == capacity) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      store<T>(data + count * sizeof<T>(), value);
      entry = ++count;
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    ids += 4;
  }
  store<u32>(dictionary, count, COUNT);
  return <u32>(src - start) / sizeof<T>();
}

/** Values of at most 16 bytes, as vectors. */
function appendShort(dictionary: usize, width: u32, src: usize, n: u32, ids: usize): u32 {
  const data = load<usize>(dictionary, DATA);
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const mask = (slots << 2) - 1;
  const shift = shiftOf(slots);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  let count = load<u32>(dictionary, COUNT);
  let i: u32 = 0;
  for (; i < n; i++) {
    const value = loadBytes(src, width);
    let slot = <u32>(hash128(value) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      if (i64x2.all_true(i64x2.eq(loadBytes(data + (entry - 1) * width, width), value))) break;
      slot = (slot + 4) & mask;
    }
    if (entry == 0) {
      if (count == capacity) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      memory.copy(data + count * width, src, width);
      entry = ++count;
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    ids += 4;
    src += width;
  }
  store<u32>(dictionary, count, COUNT);
  return i;
}

function appendWide(dictionary: usize, width: u32, src: usize, n: u32, ids: usize): u32 {
  const data = load<usize>(dictionary, DATA);
  const table = load<usize>(dictionary, TABLE);
  const slots = load<u32>(dictionary, TABLE_SLOTS);
  const mask = (slots << 2) - 1;
  const shift = shiftOf(slots);
  const capacity = load<u32>(dictionary, ENTRY_CAPACITY);
  let count = load<u32>(dictionary, COUNT);
  let i: u32 = 0;
  for (; i < n; i++) {
    let slot = <u32>((hashBytes(src, width) * MULTIPLIER) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      if (equalBytes(src, data + (entry - 1) * width, width)) break;
      slot = (slot + 4) & mask;
    }
    if (entry == 0) {
      if (count == capacity) {
        store<u32>(dictionary, STOP_ENTRIES, STOP);
        break;
      }
      memory.copy(data + count * width, src, width);
      entry = ++count;
      store<u32>(table + slot, entry);
    }
    store<u32>(ids, entry - 1);
    ids += 4;
    src += width;
  }
  store<u32>(dictionary, count, COUNT);
  return i;
}

export function dictionaryAppendBytes(
  dictionary: usize,
  offsets: usize,
  data: usize,
  n: u32,
  ids: usize,
): u32 {
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
      low = hashBytes(from, length);
      high = longHigh(length);
    }
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = keys + (entry << 4);
      if (((load<u64>(at) ^ low) | (load<u64>(at, 8) ^ high)) == 0) {
        if (length < 16) break;
        if (equalBytes(from, entryData + load<u32>(entryOffsets + (entry << 2)), length)) break;
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
      low = hashBytes(from, length);
      high = longHigh(length);
    }
    let slot = <u32>(hashPair(low, high) >> shift) << 2;
    let entry: u32;
    while ((entry = load<u32>(table + slot)) != 0) {
      const at = keys + ((entry - 1) << 4);
      if (((load<u64>(at) ^ low) | (load<u64>(at, 8) ^ high)) == 0) {
        if (length < 16) break;
        const start = load<u32>(entryOffsets + ((entry - 1) << 2));
        if (equalBytes(from, entryData + start, length)) break;
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
  const mask = (slots << 2) - 1;
  const shift = shiftOf(slots);
  if (width == 0) at = load<usize>(dictionary, KEYS);
  const step = width == 0 ? 16 : width;
  for (let entry: u32 = 1; entry <= count; entry++) {
    const hash = width == 0
      ? hashPair(load<u64>(at), load<u64>(at, 8))
      : width == 8
      ? load<u64>(at) * MULTIPLIER
      : width == 4
      ? <u64>load<u32>(at) * MULTIPLIER
      : width <= 16
      ? hash128(loadBytes(at, width))
      : hashBytes(at, width) * MULTIPLIER;
    let slot = <u32>(hash >> shift) << 2;
    while (load<u32>(table + slot) != 0) slot = (slot + 4) & mask;
    store<u32>(table + slot, entry);
    at += step;
  }
}

// @ts-ignore: decorator
@inline
function unmapped<T>(keys: usize, n: u32, remap: usize, dst: usize): u32 {
  let to = dst;
  for (const end = keys + n * sizeof<T>(); keys < end; keys += sizeof<T>()) {
    const key = <u32>load<T>(keys);
    const at = remap + (key << 2);
    if (load<i32>(at) == -1) {
      store<i32>(at, -2);
      store<u32>(to, key);
      to += 4;
    }
  }
  return <u32>((to - dst) >> 2);
}

export function unmappedKeys(keys: usize, keyWidth: u32, n: u32, remap: usize, dst: usize): u32 {
  if (keyWidth == 1) return unmapped<u8>(keys, n, remap, dst);
  if (keyWidth == 2) return unmapped<u16>(keys, n, remap, dst);
  if (keyWidth == 4) return unmapped<u32>(keys, n, remap, dst);
  return unmapped<u64>(keys, n, remap, dst);
}

// @ts-ignore: decorator
@inline
function mapTo<T>(keys: usize, n: u32, remap: usize, ids: usize): void {
  for (const end = keys + n * sizeof<T>(); keys < end; keys += sizeof<T>()) {
    store<u32>(ids, load<u32>(remap + (<u32>load<T>(keys) << 2)));
    ids += 4;
  }
}

export function mapKeys(keys: usize, keyWidth: u32, n: u32, remap: usize, ids: usize): void {
  if (keyWidth == 1) mapTo<u8>(keys, n, remap, ids);
  else if (keyWidth == 2) mapTo<u16>(keys, n, remap, ids);
  else if (keyWidth == 4) mapTo<u32>(keys, n, remap, ids);
  else mapTo<u64>(keys, n, remap, ids);
}
