/**
 * The hash dictionary's inner loops and Arrow dictionary keys, in TypeScript.
 *
 * @module
 */

import type { KernelMemory, Pointer } from "../kernels.ts";
import {
  BYTE_LIMIT,
  COUNT,
  DATA,
  DATA_CAPACITY,
  DATA_LENGTH,
  ENTRY_CAPACITY,
  KEYS,
  LOW,
  MODE,
  MODE_DIRECT,
  OFFSETS,
  STOP,
  STOP_DATA,
  STOP_ENTRIES,
  STOP_LIMIT,
  STOP_OUTSIDE,
  TABLE,
  TABLE_SLOTS,
  WIDTH,
} from "../dictionary_control.ts";

/** Byte arrays up to this length are copied in a loop. */
const SHORT = 24;

function hash32(value: number): number {
  const product = Math.imul(value, 0x9e3779b1);
  return product ^ (product >>> 15);
}

function hash64(low: number, high: number): number {
  return hash32(low ^ Math.imul(high, 0x85ebca6b));
}

function hashBytes(u8: Uint8Array, from: Pointer, end: Pointer): number {
  let hash = end - from;
  for (let at = from; at < end; at++) hash = Math.imul(hash ^ u8[at]!, 0x01000193);
  return hash32(hash);
}

function equalBytes(u8: Uint8Array, from: Pointer, end: Pointer, other: Pointer): boolean {
  for (let at = from; at < end; at++) if (u8[at] !== u8[other++]) return false;
  return true;
}

/** See `Kernels.dictionaryAppendFixed`. */
export function dictionaryAppendFixed(
  memory: KernelMemory,
  dictionary: Pointer,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const control = dictionary >>> 2;
  const width = memory.u32[control + WIDTH]!;
  if (memory.u32[control + MODE] === MODE_DIRECT) {
    if (width === 8) return appendDirect8(memory, control, src, n, ids);
    return appendDirect(memory, control, width, src, n, ids);
  }
  if (width === 8) return append8(memory, control, src, n, ids);
  if (width === 4) return append4(memory, control, src, n, ids);
  return appendWide(memory, control, width, src, n, ids);
}

/** Values of 1, 2 or 4 bytes, by direct addressing. */
function appendDirect(
  memory: KernelMemory,
  control: number,
  width: number,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { u32 } = memory;
  const view = width === 4 ? memory.i32 : width === 2 ? memory.u16 : memory.u8;
  const shift = width === 4 ? 2 : width === 2 ? 1 : 0;
  const from = src >>> shift;
  const to = ids >>> 2;
  const data = u32[control + DATA]! >>> shift;
  const table = u32[control + TABLE]! >>> 2;
  const slots = u32[control + TABLE_SLOTS]!;
  const low = u32[control + LOW]! | 0;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  let count = u32[control + COUNT]!;
  let i = 0;
  for (; i < n; i++) {
    const value = view[from + i]!;
    const slot = (value - low) >>> 0;
    if (slot >= slots) {
      u32[control + STOP] = STOP_OUTSIDE;
      break;
    }
    let entry = u32[table + slot]!;
    if (entry === 0) {
      if (count === capacity) {
        u32[control + STOP] = STOP_ENTRIES;
        break;
      }
      view[data + count] = value;
      entry = ++count;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  return i;
}

function appendDirect8(
  memory: KernelMemory,
  control: number,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { u32 } = memory;
  const from = src >>> 2;
  const to = ids >>> 2;
  const data = u32[control + DATA]! >>> 2;
  const table = u32[control + TABLE]! >>> 2;
  const slots = u32[control + TABLE_SLOTS]!;
  const low = u32[control + LOW]!;
  const high = u32[control + LOW + 1]!;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  let count = u32[control + COUNT]!;
  let i = 0;
  for (; i < n; i++) {
    const valueLow = u32[from + i * 2]!;
    const valueHigh = u32[from + i * 2 + 1]!;
    const slot = (valueLow - low) >>> 0;
    // The high word of the difference, which has to be 0.
    const beyond = (valueHigh - high - (valueLow < low ? 1 : 0)) | 0;
    if (slot >= slots || beyond !== 0) {
      u32[control + STOP] = STOP_OUTSIDE;
      break;
    }
    let entry = u32[table + slot]!;
    if (entry === 0) {
      if (count === capacity) {
        u32[control + STOP] = STOP_ENTRIES;
        break;
      }
      u32[data + count * 2] = valueLow;
      u32[data + count * 2 + 1] = valueHigh;
      entry = ++count;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  return i;
}

function append4(
  memory: KernelMemory,
  control: number,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { i32, u32 } = memory;
  const from = src >>> 2;
  const to = ids >>> 2;
  const data = u32[control + DATA]! >>> 2;
  const table = u32[control + TABLE]! >>> 2;
  const mask = u32[control + TABLE_SLOTS]! - 1;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  let count = u32[control + COUNT]!;
  let i = 0;
  for (; i < n; i++) {
    const value = i32[from + i]!;
    let slot = hash32(value) & mask;
    let entry: number;
    while ((entry = u32[table + slot]!) !== 0 && i32[data + entry - 1] !== value) {
      slot = (slot + 1) & mask;
    }
    if (entry === 0) {
      if (count === capacity) {
        u32[control + STOP] = STOP_ENTRIES;
        break;
      }
      i32[data + count] = value;
      entry = ++count;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  return i;
}

function append8(
  memory: KernelMemory,
  control: number,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { i32, u32 } = memory;
  const from = src >>> 2;
  const to = ids >>> 2;
  const data = u32[control + DATA]! >>> 2;
  const table = u32[control + TABLE]! >>> 2;
  const mask = u32[control + TABLE_SLOTS]! - 1;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  let count = u32[control + COUNT]!;
  let i = 0;
  for (; i < n; i++) {
    const low = i32[from + i * 2]!;
    const high = i32[from + i * 2 + 1]!;
    let slot = hash64(low, high) & mask;
    let entry: number;
    while ((entry = u32[table + slot]!) !== 0) {
      const at = data + entry * 2;
      if (i32[at - 2] === low && i32[at - 1] === high) break;
      slot = (slot + 1) & mask;
    }
    if (entry === 0) {
      if (count === capacity) {
        u32[control + STOP] = STOP_ENTRIES;
        break;
      }
      i32[data + count * 2] = low;
      i32[data + count * 2 + 1] = high;
      entry = ++count;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  return i;
}

/** Values of any width, byte by byte. */
function appendWide(
  memory: KernelMemory,
  control: number,
  width: number,
  src: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { u8, u32 } = memory;
  const to = ids >>> 2;
  const data = u32[control + DATA]!;
  const table = u32[control + TABLE]! >>> 2;
  const mask = u32[control + TABLE_SLOTS]! - 1;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  let count = u32[control + COUNT]!;
  let i = 0;
  for (; i < n; i++) {
    const at = src + i * width;
    let slot = hashBytes(u8, at, at + width) & mask;
    let entry: number;
    while ((entry = u32[table + slot]!) !== 0) {
      if (equalBytes(u8, at, at + width, data + (entry - 1) * width)) break;
      slot = (slot + 1) & mask;
    }
    if (entry === 0) {
      if (count === capacity) {
        u32[control + STOP] = STOP_ENTRIES;
        break;
      }
      for (let byte = 0; byte < width; byte++) u8[data + count * width + byte] = u8[at + byte]!;
      entry = ++count;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  return i;
}

/** See `Kernels.dictionaryAppendBytes`. */
export function dictionaryAppendBytes(
  memory: KernelMemory,
  dictionary: Pointer,
  offsets: Pointer,
  data: Pointer,
  n: number,
  ids: Pointer,
): number {
  const { u8, i32, u32 } = memory;
  const control = dictionary >>> 2;
  const offsetsAt = offsets >>> 2;
  const to = ids >>> 2;
  const entryData = u32[control + DATA]!;
  const dataCapacity = u32[control + DATA_CAPACITY]!;
  const entryOffsets = u32[control + OFFSETS]! >>> 2;
  const keys = u32[control + KEYS]! >>> 2;
  const table = u32[control + TABLE]! >>> 2;
  const mask = u32[control + TABLE_SLOTS]! - 1;
  const capacity = u32[control + ENTRY_CAPACITY]!;
  const byteLimit = u32[control + BYTE_LIMIT]!;
  let count = u32[control + COUNT]!;
  let dataLength = u32[control + DATA_LENGTH]!;
  let end = data + i32[offsetsAt]!;
  let i = 0;
  for (; i < n; i++) {
    const from = end;
    end = data + i32[offsetsAt + i + 1]!;
    const hash = hashBytes(u8, from, end);
    let slot = hash & mask;
    let entry: number;
    while ((entry = u32[table + slot]!) !== 0) {
      if (i32[keys + entry - 1] === hash) {
        const start = i32[entryOffsets + entry - 1]!;
        if (
          i32[entryOffsets + entry]! - start === end - from &&
          equalBytes(u8, from, end, entryData + start)
        ) break;
      }
      slot = (slot + 1) & mask;
    }
    if (entry === 0) {
      const length = end - from;
      const stop = dataLength + length + 4 * count + 4 > byteLimit
        ? STOP_LIMIT
        : count === capacity
        ? STOP_ENTRIES
        : dataLength + length > dataCapacity
        ? STOP_DATA
        : 0;
      if (stop !== 0) {
        u32[control + STOP] = stop;
        break;
      }
      if (length > SHORT) u8.copyWithin(entryData + dataLength, from, end);
      else for (let k = 0; k < length; k++) u8[entryData + dataLength + k] = u8[from + k]!;
      dataLength += length;
      i32[keys + count] = hash;
      entry = ++count;
      i32[entryOffsets + count] = dataLength;
      u32[table + slot] = entry;
    }
    u32[to + i] = entry - 1;
  }
  u32[control + COUNT] = count;
  u32[control + DATA_LENGTH] = dataLength;
  return i;
}

/** See `Kernels.dictionaryRehash`. */
export function dictionaryRehash(memory: KernelMemory, dictionary: Pointer): void {
  const { u8, u16, i32, u32 } = memory;
  const control = dictionary >>> 2;
  const width = u32[control + WIDTH]!;
  const count = u32[control + COUNT]!;
  const data = u32[control + DATA]!;
  const table = u32[control + TABLE]! >>> 2;
  const slots = u32[control + TABLE_SLOTS]!;
  u32.fill(0, table, table + slots);
  if (u32[control + MODE] === MODE_DIRECT) {
    const low = u32[control + LOW]!;
    for (let entry = 0; entry < count; entry++) {
      const value = width === 8
        ? u32[(data >>> 2) + entry * 2]!
        : width === 4
        ? u32[(data >>> 2) + entry]!
        : width === 2
        ? u16[(data >>> 1) + entry]!
        : u8[data + entry]!;
      u32[table + ((value - low) >>> 0)] = entry + 1;
    }
    return;
  }
  const keys = u32[control + KEYS]! >>> 2;
  for (let entry = 0; entry < count; entry++) {
    const at = data + entry * width;
    const hash = width === 0
      ? i32[keys + entry]!
      : width === 8
      ? hash64(i32[at >>> 2]!, i32[(at >>> 2) + 1]!)
      : width === 4
      ? hash32(i32[at >>> 2]!)
      : hashBytes(u8, at, at + width);
    let slot = hash & (slots - 1);
    while (u32[table + slot] !== 0) slot = (slot + 1) & (slots - 1);
    u32[table + slot] = entry + 1;
  }
}

type KeyView = Uint8Array | Uint16Array | Uint32Array;

function keyView(memory: KernelMemory, keyWidth: number): KeyView {
  return keyWidth === 1 ? memory.u8 : keyWidth === 2 ? memory.u16 : memory.u32;
}

/** See `Kernels.unmappedKeys`. */
export function unmappedKeys(
  memory: KernelMemory,
  keys: Pointer,
  keyWidth: number,
  n: number,
  remap: Pointer,
  dst: Pointer,
): number {
  const { i32, u32 } = memory;
  const view = keyView(memory, keyWidth);
  // Of keys of 8 bytes the low word says all: a dictionary has fewer than 2^31 entries.
  const step = keyWidth === 8 ? 2 : 1;
  const remapAt = remap >>> 2;
  let at = Math.floor(keys / Math.min(keyWidth, 4));
  let to = dst >>> 2;
  for (let i = 0; i < n; i++, at += step) {
    const key = view[at]!;
    if (i32[remapAt + key] === -1) {
      i32[remapAt + key] = -2;
      u32[to++] = key;
    }
  }
  return to - (dst >>> 2);
}

/** See `Kernels.mapKeys`. */
export function mapKeys(
  memory: KernelMemory,
  keys: Pointer,
  keyWidth: number,
  n: number,
  remap: Pointer,
  ids: Pointer,
): void {
  const { u32 } = memory;
  const view = keyView(memory, keyWidth);
  const step = keyWidth === 8 ? 2 : 1;
  const remapAt = remap >>> 2;
  let at = Math.floor(keys / Math.min(keyWidth, 4));
  const to = ids >>> 2;
  for (let i = 0; i < n; i++, at += step) u32[to + i] = u32[remapAt + view[at]!]!;
}
