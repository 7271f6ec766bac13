/**
 * Copies some slots of an array that nobody has checked yet, so that they can be checked alone.
 *
 * What is copied is what is checked: memory that the caller writes to later has no part in it.
 *
 * @module
 */

import type { Allowance } from "./allowance.ts";
import { bitmapBytes, clearBitmap, isBitSet } from "./bitmap.ts";
import { copyBytes } from "./bytes.ts";
import { int32View, int64View, MAX_COPIED_BYTES } from "./buffers.ts";
import { fixedWidth } from "./convert_leaf.ts";
import { rawArray } from "./raw_array.ts";
import type { RawArray } from "./raw_array.ts";
import type { ArrowType } from "./types.ts";

/**
 * Copies slots, each of them within the array.
 *
 * @param allowance Of the batch, for which they are copied.
 * @throws {LimitError} When the batch takes more than it may.
 * @returns `null` where that takes more than a look at these slots: runs, list views, buffers that are short, offsets that
 * point nowhere. The array has to be checked as a whole then, which finds the words for what is wrong.
 */
export function takeRaw(
  type: ArrowType,
  raw: RawArray,
  slots: Int32Array,
  allowance: Allowance,
  path: string,
): RawArray | null {
  return takeArray(type, raw, slots, (bytes) => allowance.spend(bytes, path));
}

/** Takes bytes from what the batch may cost. */
type Spend = (bytes: number) => void;

function takeArray(
  type: ArrowType,
  raw: RawArray,
  slots: Int32Array,
  spend: Spend,
): RawArray | null {
  const length = slots.length;
  if (type.kind === "null") return rawArray({ length });
  const validity = takeValidity(raw, slots);
  if (validity === undefined) return null;
  const taken = takeContent(type, raw, slots, validity, spend);
  return taken === null ? null : rawArray({ ...taken, length, validity });
}

/** What an array has besides its length and validity. */
type Content = Partial<RawArray>;

function takeContent(
  type: ArrowType,
  raw: RawArray,
  slots: Int32Array,
  validity: Uint8Array | null,
  spend: Spend,
): Content | null {
  switch (type.kind) {
    case "bool": {
      const values = takeBits(raw.values, raw, slots);
      return values === null ? null : { values };
    }
    case "utf8":
    case "binary":
      return takeBytes(raw, slots, validity, false, spend);
    case "largeUtf8":
    case "largeBinary":
      return takeBytes(raw, slots, validity, true, spend);
    case "utf8View":
    case "binaryView": {
      const values = takeFixed(raw, 16, slots, spend);
      return values === null ? null : { values, variadic: raw.variadic };
    }
    case "list":
    case "map":
      return takeLists(type.child.type, raw, slots, validity, false, spend);
    case "largeList":
      return takeLists(type.child.type, raw, slots, validity, true, spend);
    case "fixedSizeList": {
      const { listSize, child } = type;
      if (slots.length * listSize * 4 > MAX_COPIED_BYTES) return null;
      spend(slots.length * listSize * 4);
      const elements = new Int32Array(slots.length * listSize);
      for (let i = 0; i < elements.length; i++) {
        elements[i] = slots[Math.floor(i / listSize)]! * listSize + i % listSize;
      }
      return takeChildren([child.type], raw, raw.length * listSize, elements, spend);
    }
    case "struct":
      return takeChildren(type.children.map(({ type }) => type), raw, raw.length, slots, spend);
    case "dictionary": {
      const values = takeFixed(raw, type.index.bitWidth / 8, slots, spend);
      return values === null ? null : { values, dictionary: raw.dictionary };
    }
    default: {
      const width = fixedWidth(type);
      const values = width <= 0 ? null : takeFixed(raw, width, slots, spend);
      return values === null ? null : { values };
    }
  }
}

/** The slots' validity; `undefined` where the array says of itself more, or less, than it needs to. */
function takeValidity(raw: RawArray, slots: Int32Array): Uint8Array | null | undefined {
  if (raw.validity === null || raw.validity.length === 0) {
    return raw.nullCount === raw.length && raw.length > 0 ? undefined : null;
  }
  return takeBits(raw.validity, raw, slots) ?? undefined;
}

function takeBits(
  bytes: Uint8Array | null,
  { bitOffset, length }: RawArray,
  slots: Int32Array,
): Uint8Array | null {
  if (bytes === null || bytes.length < bitmapBytes(bitOffset + length)) return null;
  const taken = clearBitmap(slots.length).bytes;
  for (let i = 0; i < slots.length; i++) {
    const at = bitOffset + slots[i]!;
    taken[i >> 3]! |= (bytes[Math.floor(at / 8)]! >> (at % 8) & 1) << (i & 7);
  }
  return taken;
}

function takeFixed(
  raw: RawArray,
  width: number,
  slots: Int32Array,
  spend: Spend,
): Uint8Array | null {
  const { values } = raw;
  if (values === null || values.length < raw.length * width) return null;
  if (slots.length * width > MAX_COPIED_BYTES) return null;
  spend(slots.length * width);
  const taken = new Uint8Array(slots.length * width);
  if (width % 4 === 0 && values.byteOffset % 4 === 0) {
    const words = width / 4;
    const source = int32View(values);
    const target = new Int32Array(taken.buffer);
    for (let i = 0, to = 0; i < slots.length; i++) {
      for (let k = 0, from = slots[i]! * words; k < words; k++) target[to++] = source[from++]!;
    }
    return taken;
  }
  for (let i = 0, to = 0; i < slots.length; i++) {
    for (let k = 0, from = slots[i]! * width; k < width; k++) taken[to++] = values[from++]!;
  }
  return taken;
}

/** Where slots begin and end: numbers, whatever width they come in. */
interface Ranges {
  readonly starts: Int32Array;
  /** Offsets of the slots when they lie one after the other. */
  readonly ends: Int32Array;
}

/** Ranges of slots within `limit`; nulls are empty. `null` where one is not a range, or they are too large together. */
function takeRanges(
  raw: RawArray,
  slots: Int32Array,
  validity: Uint8Array | null,
  large: boolean,
  limit: number,
  spend: Spend,
): Ranges | null {
  const bytes = raw.offsets;
  if (bytes === null || bytes.length < (raw.length + 1) * (large ? 8 : 4)) return null;
  const words = large ? null : int32View(bytes);
  const wide = large ? int64View(bytes) : null;
  spend(slots.length * 8);
  const starts = new Int32Array(slots.length), ends = new Int32Array(slots.length + 1);
  const present = validity === null ? null : { bytes: validity, bitOffset: 0 };
  let total = 0;
  for (let i = 0; i < slots.length; i++) {
    if (present === null || isBitSet(present, i)) {
      const slot = slots[i]!;
      const start = words === null ? Number(wide![slot]!) : words[slot]!;
      const end = words === null ? Number(wide![slot + 1]!) : words[slot + 1]!;
      if (start < 0 || end < start || end > limit) return null;
      total += end - start;
      if (total > MAX_COPIED_BYTES) return null;
      starts[i] = start;
    }
    ends[i + 1] = total;
  }
  return { starts, ends };
}

function takeBytes(
  raw: RawArray,
  slots: Int32Array,
  validity: Uint8Array | null,
  large: boolean,
  spend: Spend,
): Content | null {
  const data = raw.values ?? new Uint8Array(0);
  // Starts are kept in 32 bits.
  if (data.length > 2 ** 31 - 1) return null;
  const ranges = takeRanges(raw, slots, validity, large, data.length, spend);
  if (ranges === null) return null;
  const { starts, ends } = ranges;
  spend(ends[slots.length]!);
  const values = new Uint8Array(ends[slots.length]!);
  for (let i = 0; i < slots.length; i++) {
    const at = ends[i]!;
    copyBytes(data, starts[i]!, ends[i + 1]! - at, values, at);
  }
  return { values, offsets: offsetBytes(ends, large) };
}

function takeLists(
  child: ArrowType,
  raw: RawArray,
  slots: Int32Array,
  validity: Uint8Array | null,
  large: boolean,
  spend: Spend,
): Content | null {
  const ranges = takeRanges(raw, slots, validity, large, raw.children[0]?.length ?? 0, spend);
  if (ranges === null || ranges.ends[slots.length]! * 4 > MAX_COPIED_BYTES) return null;
  const { starts, ends } = ranges;
  spend(ends[slots.length]! * 4);
  const elements = new Int32Array(ends[slots.length]!);
  for (let i = 0; i < slots.length; i++) {
    const at = ends[i]!, size = ends[i + 1]! - at, start = starts[i]!;
    for (let k = 0; k < size; k++) elements[at + k] = start + k;
  }
  const taken = takeChildren([child], raw, 0, elements, spend);
  return taken === null ? null : { ...taken, offsets: offsetBytes(ends, large) };
}

/** Children, all of which need `length` slots, at the same slots. */
function takeChildren(
  types: readonly ArrowType[],
  { children }: RawArray,
  length: number,
  slots: Int32Array,
  spend: Spend,
): Content | null {
  // One that is missing is taken for one without slots, where there are any.
  if (children.length > types.length) return null;
  const taken: RawArray[] = [];
  for (const [i, type] of types.entries()) {
    const child = children[i];
    if (child === undefined || child.length < length) {
      if (slots.length > 0) return null;
      taken.push(rawArray({ length: 0 }));
      continue;
    }
    const array = takeArray(type, child, slots, spend);
    if (array === null) return null;
    taken.push(array);
  }
  return { children: taken };
}

function offsetBytes(offsets: Int32Array, large: boolean): Uint8Array {
  if (!large) return new Uint8Array(offsets.buffer);
  const words = new Int32Array(offsets.length * 2);
  for (let i = 0; i < offsets.length; i++) words[2 * i] = offsets[i]!;
  return new Uint8Array(words.buffer);
}
