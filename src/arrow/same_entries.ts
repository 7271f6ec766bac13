/**
 * Whether slots of two arrays are the same, byte for byte, before anything is known of one of them.
 *
 * @module
 */

import { bitmapBytes } from "./bitmap.ts";
import { int32View, int64View } from "./buffers.ts";
import { fixedWidth } from "./convert_leaf.ts";
import { isSameBytes, NATIVE_FROM } from "../runtime/bytes.ts";
import type { RawArray } from "./raw_array.ts";
import type { ArrowType } from "./types.ts";

/** Whether arrays of a type can be copied by {@linkcode takeRaw} and compared here: those that have all their memory themselves. */
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

/**
 * Whether all slots of an array without nulls and children are as they were, as far as that is seen at once: from buffers that
 * are the same as a whole. False says nothing.
 */
export function isSameAtOnce(now: RawArray, before: RawArray): boolean {
  const { validity, nullCount, bitOffset, length, children } = now;
  const plain = (validity === null || validity.length === 0) && before.validity === null &&
    nullCount !== length && bitOffset === 0 && children.length === 0;
  return plain && startsWith(now.offsets, before.offsets) && startsWith(now.values, before.values);
}

function startsWith(bytes: Uint8Array | null, start: Uint8Array | null): boolean {
  if (bytes === null || start === null) return start === null && (bytes?.length ?? 0) === 0;
  return isSameBytes(bytes.subarray(0, start.length), start);
}

/** Slots of an array. */
export interface Slots {
  readonly raw: RawArray;
  readonly slots: Int32Array;
}

/**
 * Whether slots of an array are as they were.
 *
 * @param type Of both arrays; comparable.
 * @param now Not checked; the slots are within its length.
 * @param before Slots of a copy, well-formed, as many.
 * @returns False too where `now` is not well-formed.
 */
export function isSameSlots(type: ArrowType, now: Slots, before: Slots): boolean {
  const absent = absentSlots(now, before);
  if (absent === undefined) return false;
  switch (type.kind) {
    case "null":
      return true;
    case "bool":
      return sameBits(now, before, absent);
    case "utf8":
    case "binary":
      return sameByteArrays(now, before, absent, false);
    case "largeUtf8":
    case "largeBinary":
      return sameByteArrays(now, before, absent, true);
    case "list":
    case "map":
      return sameLists(type.child.type, now, before, absent, false);
    case "largeList":
      return sameLists(type.child.type, now, before, absent, true);
    case "fixedSizeList": {
      const { listSize, child: { type: child } } = type;
      return sameChild(child, now, before, 0, now.raw.length * listSize, ({ slots }) => {
        const elements = new Int32Array(slots.length * listSize);
        for (let i = 0; i < elements.length; i++) {
          elements[i] = slots[Math.floor(i / listSize)]! * listSize + i % listSize;
        }
        return elements;
      });
    }
    case "struct":
      return now.raw.children.length === before.raw.children.length &&
        type.children.every((child, i) =>
          sameChild(child.type, now, before, i, now.raw.length, ({ slots }) => slots)
        );
    default:
      return sameFixed(now, before, absent, fixedWidth(type));
  }
}

/** Compares a child, of which so many slots are needed, at those that `slots` says. */
function sameChild(
  type: ArrowType,
  now: Slots,
  before: Slots,
  index: number,
  length: number,
  slots: (parent: Slots) => Int32Array,
): boolean {
  const child = now.raw.children[index], was = before.raw.children[index];
  if (child === undefined || was === undefined) return child === was;
  if (child.length < length) return false;
  return isSameSlots(type, { raw: child, slots: slots(now) }, { raw: was, slots: slots(before) });
}

/** A mark for each slot that is null, in both arrays; `null`: none is; `undefined`: they differ, or are not well-formed. */
function absentSlots(now: Slots, before: Slots): Uint8Array | null | undefined {
  const { validity, nullCount, length, bitOffset } = now.raw;
  const was = before.raw.validity;
  const some = validity !== null && validity.length > 0;
  const had = was !== null && was.length > 0;
  if (!some && nullCount === length && length > 0) return undefined;
  if (!some && !had) return null;
  if (some && validity.length < bitmapBytes(bitOffset + length)) return undefined;
  const absent = new Uint8Array(now.slots.length);
  for (let i = 0; i < absent.length; i++) {
    const bit = some ? bitAt(validity, bitOffset + now.slots[i]!) : 1;
    if (bit !== (had ? bitAt(was, before.raw.bitOffset + before.slots[i]!) : 1)) return undefined;
    absent[i] = 1 - bit;
  }
  return absent;
}

function bitAt(bytes: Uint8Array, at: number): number {
  return bytes[Math.floor(at / 8)]! >> (at % 8) & 1;
}

function sameBits(now: Slots, before: Slots, absent: Uint8Array | null): boolean {
  const a = now.raw.values, b = before.raw.values, { bitOffset, length } = now.raw;
  if (a === null || b === null || a.length < bitmapBytes(bitOffset + length)) return false;
  for (let i = 0; i < now.slots.length; i++) {
    const bit = bitAt(a, bitOffset + now.slots[i]!);
    if (bit !== bitAt(b, before.raw.bitOffset + before.slots[i]!) && absent?.[i] !== 1) {
      return false;
    }
  }
  return true;
}

function sameFixed(now: Slots, before: Slots, absent: Uint8Array | null, width: number): boolean {
  const a = now.raw.values, b = before.raw.values;
  if (a === null || b === null || width <= 0 || a.length < now.raw.length * width) return false;
  if (width % 4 === 0 && a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0) {
    return sameUnits(int32View(a), now.slots, int32View(b), before.slots, width / 4, absent);
  }
  return sameUnits(a, now.slots, b, before.slots, width, absent);
}

function sameUnits<Units extends Uint8Array | Int32Array>(
  a: Units,
  slots: Int32Array,
  b: Units,
  slotsBefore: Int32Array,
  width: number,
  absent: Uint8Array | null,
): boolean {
  for (let i = 0; i < slots.length; i++) {
    const at = slots[i]! * width, was = slotsBefore[i]! * width;
    for (let k = 0; k < width; k++) if (a[at + k] !== b[was + k] && absent?.[i] !== 1) return false;
  }
  return true;
}

/** Where slots start and end. */
interface Ranges {
  readonly starts: Float64Array;
  readonly ends: Float64Array;
}

/** The ranges of slots as they are; nulls are empty. `null` where there are too few offsets. */
function rangesOf(
  { raw: { offsets, length }, slots }: Slots,
  absent: Uint8Array | null,
  large: boolean,
): Ranges | null {
  if (offsets === null || offsets.length < (length + 1) * (large ? 8 : 4)) return null;
  const starts = new Float64Array(slots.length), ends = new Float64Array(slots.length);
  if (large) {
    const wide = int64View(offsets);
    for (let i = 0; i < slots.length; i++) {
      starts[i] = Number(wide[slots[i]!]!);
      ends[i] = Number(wide[slots[i]! + 1]!);
    }
  } else {
    const words = int32View(offsets);
    for (let i = 0; i < slots.length; i++) {
      starts[i] = words[slots[i]!]!;
      ends[i] = words[slots[i]! + 1]!;
    }
  }
  if (absent !== null) {
    for (let i = 0; i < slots.length; i++) if (absent[i] === 1) starts[i] = ends[i] = 0;
  }
  return { starts, ends };
}

/** Ranges of slots that are as long as they were, and within `limit`; `null` where they are not. */
function equalRanges(
  now: Slots,
  before: Slots,
  absent: Uint8Array | null,
  large: boolean,
  limit: number,
): { readonly now: Ranges; readonly before: Ranges } | null {
  const ranges = rangesOf(now, absent, large), was = rangesOf(before, absent, large);
  if (ranges === null || was === null) return null;
  for (let i = 0; i < now.slots.length; i++) {
    const start = ranges.starts[i]!, end = ranges.ends[i]!;
    if (start < 0 || end > limit || end - start !== was.ends[i]! - was.starts[i]!) return null;
  }
  return { now: ranges, before: was };
}

function sameByteArrays(
  now: Slots,
  before: Slots,
  absent: Uint8Array | null,
  large: boolean,
): boolean {
  const a = now.raw.values ?? NOTHING, b = before.raw.values ?? NOTHING;
  const ranges = equalRanges(now, before, absent, large, a.length);
  if (ranges === null) return false;
  const { starts, ends } = ranges.now, was = ranges.before.starts;
  const aligned = a.byteOffset % 4 === 0 && b.byteOffset % 4 === 0;
  const words = aligned ? int32View(a) : null, wordsBefore = aligned ? int32View(b) : null;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i]!, end = ends[i]!, shift = was[i]! - start;
    if (end - start >= NATIVE_FROM) {
      if (!isSameBytes(a.subarray(start, end), b.subarray(start + shift, end + shift))) {
        return false;
      }
      continue;
    }
    if (words !== null && wordsBefore !== null && shift % 4 === 0) {
      // Whole words, with what is beside the value: that is the same in nearly every case.
      const first = Math.floor(start / 4), last = Math.min(Math.ceil(end / 4), words.length);
      if (last * 4 >= end && sameWords(words, first, last, wordsBefore, shift / 4)) continue;
    }
    for (let at = start; at < end; at++) if (a[at] !== b[at + shift]) return false;
  }
  return true;
}

function sameWords(a: Int32Array, from: number, to: number, b: Int32Array, shift: number): boolean {
  for (let i = from; i < to; i++) if (a[i] !== b[i + shift]) return false;
  return true;
}

const NOTHING = new Uint8Array(0);

function sameLists(
  child: ArrowType,
  now: Slots,
  before: Slots,
  absent: Uint8Array | null,
  large: boolean,
): boolean {
  const ranges = equalRanges(now, before, absent, large, now.raw.children[0]?.length ?? 0);
  if (ranges === null) return false;
  const elements = ({ starts, ends }: Ranges) => {
    const length = ends.reduce((sum, end, i) => sum + end - starts[i]!, 0);
    const slots = new Int32Array(length);
    let to = 0;
    for (let i = 0; i < starts.length; i++) {
      for (let at = starts[i]!; at < ends[i]!; at++) slots[to++] = at;
    }
    return slots;
  };
  return sameChild(
    child,
    now,
    before,
    0,
    0,
    (parent) => elements(parent === now ? ranges.now : ranges.before),
  );
}
