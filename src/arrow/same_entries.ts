/**
 * Whether slots of an array are the same as in a copy of it, byte for byte, before anything is known of what it has become.
 *
 * A copy has its buffers as the array had them, so that whatever is the same stands at the same place. One that has moved within
 * its buffer counts as another: it would have to be looked for.
 *
 * @module
 */

import { isSameBytes, NATIVE_FROM } from "../runtime/bytes.ts";
import { bitmapBytes } from "./bitmap.ts";
import { int32View, int64View } from "./buffers.ts";
import { fixedWidth } from "./convert_leaf.ts";
import type { RawArray } from "./raw_array.ts";
import type { ArrowType } from "./types.ts";

/** Whether arrays of a type can be compared here: those that have all their memory themselves. */
export function isComparable(type: ArrowType): boolean {
  switch (type.kind) {
    case "dictionary":
    case "runEndEncoded":
    case "utf8View":
    case "binaryView":
    case "listView":
    case "largeListView":
    case "union":
      return false;
    case "list":
    case "largeList":
    case "map":
    case "fixedSizeList":
      return isComparable(type.child.type);
    case "struct":
      return type.children.every((child) => isComparable(child.type));
    default:
      return true;
  }
}

/** Whether all buffers of an array are as they were. False says nothing of its slots. */
export function isSameAtOnce(now: RawArray, before: RawArray): boolean {
  return isAlike(now, before) && startsWith(now.validity, before.validity) &&
    startsWith(now.offsets, before.offsets) && startsWith(now.values, before.values) &&
    before.children.every((child, i) => isSameAtOnce(now.children[i]!, child));
}

/** Whether two arrays have slots and buffers for the same, whatever is in them. */
function isAlike(now: RawArray, before: RawArray): boolean {
  return now.length === before.length && now.bitOffset === before.bitOffset &&
    now.children.length === before.children.length && claimsAlike(now, before);
}

/** Whether null counts mean the same. Arrow JS sets them when it is asked; those of bitmaps are checked for each batch. */
function claimsAlike({ nullCount, validity }: RawArray, before: RawArray): boolean {
  return nullCount === before.nullCount || (nullCount <= 0 && before.nullCount <= 0) ||
    (validity !== null && validity.length > 0);
}

function startsWith(bytes: Uint8Array | null, start: Uint8Array | null): boolean {
  if (bytes === null || start === null) return bytes === start;
  return isSameBytes(bytes.subarray(0, start.length), start);
}

/**
 * Whether slots of an array are as they were.
 *
 * @param type Of both arrays; comparable.
 * @param now Not checked.
 * @param before Its copy, well-formed.
 * @param slots Within the length of both.
 * @returns False too where `now` is not well-formed.
 */
export function isSameSlots(
  type: ArrowType,
  now: RawArray,
  before: RawArray,
  slots: Int32Array,
): boolean {
  if (!isAlike(now, before) || !sameValidity(now, before, slots)) return false;
  switch (type.kind) {
    case "null":
      return true;
    case "bool":
      return sameBits(now.values, before.values, now, slots);
    case "utf8":
    case "binary":
      return sameShortByteArrays(now, before, slots) ||
        sameOffsets(now, before, slots, 1) && sameByteArrays(now, before, slots);
    case "largeUtf8":
    case "largeBinary":
      return sameOffsets(now, before, slots, 2) && sameLargeByteArrays(now, before, slots);
    case "list":
    case "map":
      return sameOffsets(now, before, slots, 1) &&
        sameChild(type.child.type, now, before, 0, elementsOf(before, slots, false));
    case "largeList":
      return sameOffsets(now, before, slots, 2) &&
        sameChild(type.child.type, now, before, 0, elementsOf(before, slots, true));
    case "fixedSizeList": {
      const { listSize, child: { type: child } } = type;
      const elements = new Int32Array(slots.length * listSize);
      for (let i = 0, at = 0; i < slots.length; i++) {
        for (let k = 0; k < listSize; k++) elements[at++] = slots[i]! * listSize + k;
      }
      return sameChild(child, now, before, 0, elements);
    }
    case "struct":
      return type.children.every((child, i) => sameChild(child.type, now, before, i, slots));
    default:
      return sameFixed(now, before, slots, fixedWidth(type));
  }
}

function sameChild(
  type: ArrowType,
  now: RawArray,
  before: RawArray,
  index: number,
  slots: Int32Array,
): boolean {
  const child = now.children[index], was = before.children[index];
  if (child === undefined || was === undefined) return child === was;
  return isSameSlots(type, child, was, slots);
}

function sameValidity(now: RawArray, before: RawArray, slots: Int32Array): boolean {
  const had = before.validity !== null && before.validity.length > 0;
  if (now.validity === null || now.validity.length === 0) return !had;
  return had && sameBits(now.validity, before.validity, now, slots);
}

function sameBits(
  a: Uint8Array | null,
  b: Uint8Array | null,
  { bitOffset, length }: RawArray,
  slots: Int32Array,
): boolean {
  const bytes = bitmapBytes(bitOffset + length);
  if (a === null || b === null || a.length < bytes || b.length < bytes) return false;
  for (let i = 0; i < slots.length; i++) {
    const at = bitOffset + slots[i]!, byte = Math.floor(at / 8);
    if (((a[byte]! ^ b[byte]!) >> (at % 8) & 1) !== 0) return false;
  }
  return true;
}

function sameFixed(now: RawArray, before: RawArray, slots: Int32Array, width: number): boolean {
  const a = now.values, b = before.values, bytes = now.length * width;
  if (a === null || b === null || width <= 0 || a.length < bytes || b.length < bytes) return false;
  if (width % 4 === 0 && a.byteOffset % 4 === 0) {
    return sameUnits(int32View(a), int32View(b), slots, width / 4);
  }
  return sameUnits(a, b, slots, width);
}

function sameUnits<Units extends Uint8Array | Int32Array>(
  a: Units,
  b: Units,
  slots: Int32Array,
  width: number,
): boolean {
  for (let i = 0; i < slots.length; i++) {
    const from = slots[i]! * width, to = from + width;
    for (let at = from; at < to; at++) if (a[at] !== b[at]) return false;
  }
  return true;
}

/** Whether there are offsets for all slots, `words` of 32 bits each, and those of `slots` are the same. */
function sameOffsets(now: RawArray, before: RawArray, slots: Int32Array, words: 1 | 2): boolean {
  const a = now.offsets, b = before.offsets, bytes = (now.length + 1) * words * 4;
  if (a === null || b === null || a.length < bytes || b.length < bytes) return false;
  const offsets = int32View(a), offsetsBefore = int32View(b);
  let differing = 0;
  // Without a branch: most of the time goes into waiting for memory, and so it waits for several at once.
  if (words === 1) {
    for (let i = 0; i < slots.length; i++) {
      const at = slots[i]!;
      differing |= (offsets[at]! ^ offsetsBefore[at]!) |
        (offsets[at + 1]! ^ offsetsBefore[at + 1]!);
    }
    return differing === 0;
  }
  for (let i = 0; i < slots.length; i++) {
    const at = 2 * slots[i]!;
    differing |= (offsets[at]! ^ offsetsBefore[at]!) | (offsets[at + 1]! ^ offsetsBefore[at + 1]!) |
      (offsets[at + 2]! ^ offsetsBefore[at + 2]!) | (offsets[at + 3]! ^ offsetsBefore[at + 3]!);
  }
  return differing === 0;
}

/** Words that are compared of each short value, from the one on that it begins in. */
const WINDOW_WORDS = 4;
/** Slots of which it is known where their values are before these are looked at. */
const PLACES = 1024;
const places = new Int32Array(PLACES);

/**
 * Whether offsets are the same, and the four words from where each value begins; false says nothing, and is said of values that go beyond
 * these.
 *
 * Without a branch, and the values behind the offsets, so that the memory of many values is waited for at once: 307,200 values of 10 bytes
 * among 100,000 take 4.1 ms on Node 26.10, where one pass takes 5.7; Bun 1.4.5 3.3 and 4.2, Deno 2.9.6 3.8 and 4.6.
 */
function sameShortByteArrays(now: RawArray, before: RawArray, slots: Int32Array): boolean {
  const a = now.values ?? NOTHING, b = before.values ?? NOTHING;
  const offsetsNow = now.offsets, offsetsBefore = before.offsets, bytes = (now.length + 1) * 4;
  if (offsetsNow === null || offsetsBefore === null || offsetsNow.length < bytes) return false;
  const last = (b.length >> 2) - WINDOW_WORDS;
  if (last < 0 || a.length < b.length || a.byteOffset % 4 !== 0) return false;
  const words = int32View(a), wordsBefore = int32View(b);
  const offsets = int32View(offsetsNow), offsetsWere = int32View(offsetsBefore);
  for (let from = 0; from < slots.length; from += PLACES) {
    const count = Math.min(PLACES, slots.length - from);
    let differing = 0, room = 0;
    for (let i = 0; i < count; i++) {
      const slot = slots[from + i]!, start = offsetsWere[slot]!, end = offsetsWere[slot + 1]!;
      const at = Math.min(start >> 2, last);
      places[i] = at;
      room |= (at + WINDOW_WORDS) * 4 - end;
      differing |= (offsets[slot]! ^ start) | (offsets[slot + 1]! ^ end);
    }
    if (differing !== 0 || room < 0) return false;
    for (let i = 0; i < count; i++) {
      const at = places[i]!;
      differing |= (words[at]! ^ wordsBefore[at]!) | (words[at + 1]! ^ wordsBefore[at + 1]!) |
        (words[at + 2]! ^ wordsBefore[at + 2]!) | (words[at + 3]! ^ wordsBefore[at + 3]!);
    }
    if (differing !== 0) return false;
  }
  return true;
}

/** Slots whose memory is waited for together. */
const BLOCK = 64;

/** Whether bytes are the same between offsets that are. */
function sameByteArrays(now: RawArray, before: RawArray, slots: Int32Array): boolean {
  const a = now.values ?? NOTHING, b = before.values ?? NOTHING;
  if (a.length < b.length) return false;
  const offsets = int32View(before.offsets!);
  if (a.byteOffset % 8 !== 0) return sameBytes(a, b, offsets, slots, 0, slots.length);
  const words = wordsOf(a), wordsBefore = wordsOf(b);
  const halves = int32View(a), halvesBefore = int32View(b);
  for (let from = 0; from < slots.length; from += BLOCK) {
    const to = Math.min(slots.length, from + BLOCK);
    // What is beside the values, in the same words, is the same in nearly every case.
    if (
      sameEnds(halves, halvesBefore, offsets, slots, from, to) &&
      sameWords(words, wordsBefore, offsets, slots, from, to)
    ) continue;
    if (!sameBytes(a, b, offsets, slots, from, to)) return false;
  }
  return true;
}

/**
 * Whether the words in which values begin and end are the same; false says nothing.
 *
 * Without a branch, so that the memory of many values is waited for at once, and is near when they are compared as a whole: that
 * makes the writing of a dictionary of 100,000 entries, batch by batch, a tenth faster.
 */
function sameEnds(
  a: Int32Array,
  b: Int32Array,
  offsets: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
): boolean {
  let differing = 0;
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    const first = offsets[slot]! >> 2, last = Math.max(first, (offsets[slot + 1]! >> 2) - 1);
    differing |= (a[first]! ^ b[first]!) | (a[last]! ^ b[last]!);
  }
  return differing === 0;
}

/** Whether all words of values are the same; false says nothing, and is said of values that are long, or end in half a word. */
function sameWords(
  a: Float64Array,
  b: Float64Array,
  offsets: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
): boolean {
  for (let i = from; i < to; i++) {
    const slot = slots[i]!;
    let word = offsets[slot]! >> 3;
    const last = (offsets[slot + 1]! + 7) >> 3;
    if (last > b.length || last - word > NATIVE_FROM / 8) return false;
    // Equal as numbers, and not zero, is equal bit for bit.
    while (word < last && a[word] === b[word] && a[word] !== 0) word++;
    if (word < last) return false;
  }
  return true;
}

/** Bytes as words of 64 bits, as far as they are whole. */
function wordsOf({ buffer, byteOffset, length }: Uint8Array): Float64Array {
  return new Float64Array(buffer, byteOffset, length >> 3);
}

/** Whether bytes [start, end) of both are the same. */
function isSameRange(a: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  if (end - start >= NATIVE_FROM) {
    return isSameBytes(a.subarray(start, end), b.subarray(start, end));
  }
  for (let at = start; at < end; at++) if (a[at] !== b[at]) return false;
  return true;
}

function sameBytes(
  a: Uint8Array,
  b: Uint8Array,
  offsets: Int32Array,
  slots: Int32Array,
  from: number,
  to: number,
): boolean {
  for (let i = from; i < to; i++) {
    const slot = slots[i]!, start = offsets[slot]!, end = offsets[slot + 1]!;
    if (!isSameRange(a, b, start, end)) return false;
  }
  return true;
}

function sameLargeByteArrays(now: RawArray, before: RawArray, slots: Int32Array): boolean {
  const a = now.values ?? NOTHING, b = before.values ?? NOTHING;
  if (a.length < b.length) return false;
  const offsets = int64View(before.offsets!);
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!, start = Number(offsets[slot]!), end = Number(offsets[slot + 1]!);
    if (!isSameRange(a, b, start, end)) return false;
  }
  return true;
}

const NOTHING = new Uint8Array(0);

/** The elements of slots that are lists. */
function elementsOf({ offsets }: RawArray, slots: Int32Array, large: boolean): Int32Array {
  const words = large ? int64View(offsets!) : int32View(offsets!);
  let count = 0;
  for (let i = 0; i < slots.length; i++) {
    count += Number(words[slots[i]! + 1]!) - Number(words[slots[i]!]!);
  }
  const elements = new Int32Array(count);
  for (let i = 0, to = 0; i < slots.length; i++) {
    const end = Number(words[slots[i]! + 1]!);
    for (let at = Number(words[slots[i]!]!); at < end; at++) elements[to++] = at;
  }
  return elements;
}
