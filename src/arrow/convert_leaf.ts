/**
 * Arrays without children: Boolean, fixed-width, variable-size, views.
 *
 * @module
 */

import { WkbReader } from "../format/well_known_binary.ts";
import { isAscii, isUtf8 } from "../runtime/text.ts";
import { count, firstPresent, isPresent } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { bitmapBytes, isBitSet } from "./bitmap.ts";
import { assertAbsent, int32View, MAX_COPIED_BYTES } from "./buffers.ts";
import type { Bitmap, BooleanArray, BytesArray, FixedArray } from "./column_array.ts";
import { checkOffsets, offsetAt, readOffsets } from "./offsets.ts";
import type { Offsets } from "./offsets.ts";
import { invalidSlot, slotBeyondLimit } from "./scope.ts";
import type { ArrowType } from "./types.ts";
import { checkValueLimits } from "./value_limits.ts";

const NOTHING = new Uint8Array(0);

/** Bytes of a slot of a fixed-width type; -1 for other types. */
export function fixedWidth(type: ArrowType): number {
  switch (type.kind) {
    case "int":
    case "float":
    case "decimal":
    case "time":
      return type.bitWidth / 8;
    case "date":
      return type.unit === "day" ? 4 : 8;
    case "timestamp":
    case "duration":
      return 8;
    case "interval":
      return type.unit === "yearMonth" ? 4 : type.unit === "dayTime" ? 8 : 16;
    case "fixedSizeBinary":
      return type.byteWidth;
    default:
      return -1;
  }
}

/**
 * The first `length × width` bytes of the values.
 *
 * A short buffer is accepted where the missing slots are null, as Arrow JS makes them for absent columns.
 *
 * @throws {InvalidBatchError} When the buffer is short.
 */
export function readValues(node: Node, width: number, validity: Bitmap | null): Uint8Array {
  const { raw, scope } = node;
  const bytes = raw.values ?? NOTHING;
  const needed = raw.length * width;
  if (bytes.length >= needed) return bytes.subarray(0, needed);
  const first = Math.floor(bytes.length / width);
  assertAbsent(raw.length - first, scope);
  const present = firstPresent(node, validity, first);
  if (present >= 0) {
    throw invalidSlot(
      scope,
      present,
      `Cannot read values: ${bytes.length} of ${needed} bytes are there`,
    );
  }
  if (needed > MAX_COPIED_BYTES) {
    throw slotBeyondLimit(scope, -1, `Cannot make up ${needed} bytes for absent nulls`);
  }
  node.tally.allowance.spend(needed, scope.path);
  const padded = new Uint8Array(needed);
  padded.set(bytes);
  return padded;
}

/** A Boolean array. */
export function convertBoolean(node: Node, validity: Bitmap | null): BooleanArray {
  const { raw, scope, from, to, tally } = node;
  const { length, bitOffset } = raw;
  let bytes = raw.values ?? NOTHING;
  if (bytes.length < bitmapBytes(bitOffset + length)) {
    const first = Math.max(0, bytes.length * 8 - bitOffset);
    assertAbsent(length - first, scope);
    const present = firstPresent(node, validity, first);
    if (present >= 0) {
      throw invalidSlot(scope, present, "Cannot read values: the bitmap is short");
    }
    tally.allowance.spend(bitmapBytes(bitOffset + length), scope.path);
    const padded = new Uint8Array(bitmapBytes(bitOffset + length));
    padded.set(bytes);
    bytes = padded;
  }
  count(node, bitmapBytes(to - from));
  return { shape: "boolean", length, validity, values: { bytes, bitOffset } };
}

/** An array of `width` bytes a slot. */
export function convertFixed(
  node: Node,
  type: ArrowType,
  width: number,
  validity: Bitmap | null,
): FixedArray {
  const { raw, scope, from, to, tally } = node;
  const values = readValues(node, width, validity);
  checkValueLimits(type, values, validity, from, to, scope, tally);
  count(node, (to - from) * width);
  return { shape: "fixed", length: raw.length, validity, width, values };
}

/** A variable-size array with offsets. */
export function convertBytes(
  node: Node,
  type: ArrowType,
  validity: Bitmap | null,
): BytesArray {
  const { raw, scope, from, to, tally } = node;
  const large = type.kind === "largeUtf8" || type.kind === "largeBinary";
  const offsets = readOffsets(node, large, validity);
  const data = raw.values ?? NOTHING;
  checkOffsets(offsets, from, to, data.length, scope, tally.ascending);
  if (type.kind === "utf8" || type.kind === "largeUtf8") {
    checkUtf8(node, offsets, data, validity);
  }
  checkGeometries(node, offsets, data, validity);
  if (from < to) {
    const span = offsetAt(offsets, to) - offsetAt(offsets, from);
    count(node, span + (to - from + 1) * (large ? 8 : 4));
  }
  return { shape: "bytes", length: raw.length, validity, offsets, data };
}

/**
 * Checks that all values are UTF-8: the whole range in one native call, and every offset at the start of a character.
 * Value by value only where that fails, because under nulls anything may stand.
 */
function checkUtf8(node: Node, offsets: Offsets, data: Uint8Array, validity: Bitmap | null): void {
  const { scope, from, to } = node;
  if (from >= to) return;
  const start = offsetAt(offsets, from), end = offsetAt(offsets, to);
  const range = data.subarray(start, end);
  if (isAscii(range)) return;
  if (isUtf8(range) && areAtCharacters(offsets, from, to, data, end)) return;
  for (let slot = from; slot < to; slot++) {
    const value = data.subarray(offsetAt(offsets, slot), offsetAt(offsets, slot + 1));
    if (!isUtf8(value) && isPresent(node, validity, slot)) {
      throw invalidSlot(scope, slot, "Cannot write a string: it is not valid UTF-8");
    }
  }
}

/** Checks that all values are well-known binary, where the column says that they are geometries. */
function checkGeometries(
  node: Node,
  offsets: Offsets,
  data: Uint8Array,
  validity: Bitmap | null,
): void {
  const { scope, from, to, tally: { checks } } = node;
  if (checks.size === 0 || checks.get(scope.path) !== "wkb") return;
  const reader = new WkbReader(false);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  for (let slot = from; slot < to; slot++) {
    if (validity !== null && !isBitSet(validity, slot)) continue;
    const fault = reader.read(view, offsetAt(offsets, slot), offsetAt(offsets, slot + 1));
    if (fault !== null && scope.isLive(slot)) {
      throw invalidSlot(scope, slot, `Cannot write a geometry: ${fault}`);
    }
  }
}

/** Whether no offset points at a continuation byte, given that the range as a whole is UTF-8. */
function areAtCharacters(
  offsets: Offsets,
  from: number,
  to: number,
  data: Uint8Array,
  end: number,
): boolean {
  if (offsets instanceof Int32Array) {
    for (let i = from + 1; i < to; i++) {
      const at = offsets[i]!;
      if (at < end && (data[at]! & 0xc0) === 0x80) return false;
    }
    return true;
  }
  for (let i = from + 1; i < to; i++) {
    const at = Number(offsets[i]!);
    if (at < end && (data[at]! & 0xc0) === 0x80) return false;
  }
  return true;
}

/** Bytes of a view, and how many of them hold the value where it is short. */
const VIEW_BYTES = 16, INLINE_BYTES = 12;

/** An array of views, whose values are gathered into one buffer. */
export function convertViews(
  node: Node,
  type: ArrowType,
  validity: Bitmap | null,
): BytesArray {
  const { raw, scope, from, to, tally } = node;
  const { length, variadic } = raw;
  const views = readValues(node, VIEW_BYTES, validity);
  const words = int32View(views);
  tally.allowance.spend((length + 1) * 4, scope.path);
  const { memory } = tally;
  const offsets = memory === null
    ? new Int32Array(length + 1)
    : new Int32Array(memory.take((length + 1) * 4), 0, length + 1);
  const lengths = variadic.map(({ length }) => length);
  let total = 0;
  for (let slot = from; slot < to; slot++) {
    const doubtful = sumViews(words, lengths, validity, offsets, slot, to, total);
    total = offsets[doubtful]!;
    slot = doubtful;
    if (slot === to) break;
    // Under null parents anything may stand: such a slot is left empty.
    const size = words[slot * 4]!;
    if (size < 0 || !isWithin(words, slot, lengths)) {
      if (!scope.isLive(slot)) continue;
      throw invalidSlot(scope, slot, "Cannot read a view: it points out of its buffers");
    }
    throw slotBeyondLimit(scope, slot, `Cannot gather more than ${MAX_COPIED_BYTES} bytes`);
  }
  offsets.fill(0, 0, from);
  offsets.fill(total, to);
  count(node, (to - from) * VIEW_BYTES + total);
  const roomBytes = total + INLINE_BYTES;
  const room = new Uint8Array(memory?.take(roomBytes) ?? new ArrayBuffer(roomBytes));
  gatherViews(words, variadic, offsets, from, to, room);
  const data = room.subarray(0, total);
  if (type.kind === "utf8View") checkUtf8(node, offsets, data, validity);
  checkGeometries(node, offsets, data, validity);
  return { shape: "bytes", length, validity, offsets, data };
}

/**
 * Writes where the values of views begin, `total` being where the first one does, up to the first view that points out of its buffers
 * or is too much. Returns its slot, or `to`. 1.5 ns a view in V8.
 */
function sumViews(
  words: Int32Array,
  lengths: readonly number[],
  validity: Bitmap | null,
  offsets: Int32Array,
  from: number,
  to: number,
  total: number,
): number {
  const bits = validity?.bytes ?? null, firstBit = validity?.bitOffset ?? 0;
  for (let slot = from; slot < to; slot++) {
    offsets[slot] = total;
    if (bits !== null) {
      const bit = firstBit + slot;
      if ((bits[bit >>> 3]! >> (bit & 7) & 1) === 0) continue;
    }
    const size = words[slot * 4]!;
    if (size >>> 0 > INLINE_BYTES && (size < 0 || !isWithin(words, slot, lengths))) return slot;
    if (total + size > MAX_COPIED_BYTES) return slot;
    total += size;
  }
  offsets[to] = total;
  return to;
}

/** Whether the value of a view, which is not negative in size, lies in its buffer, if it is not in the view itself. */
function isWithin(words: Int32Array, slot: number, lengths: readonly number[]): boolean {
  const size = words[slot * 4]!;
  if (size <= INLINE_BYTES) return true;
  const length = lengths[words[slot * 4 + 2]!], start = words[slot * 4 + 3]!;
  return length !== undefined && start >= 0 && start + size <= length;
}

/** Bytes up to which a loop is faster than a call of `set`. */
const SHORT_COPY = 64;

/**
 * Copies the values of views to `data`, where the offsets say; up to 12 bytes after them may be written. Long values that lie one
 * behind the other are copied at once.
 */
function gatherViews(
  words: Int32Array,
  variadic: readonly Uint8Array[],
  offsets: Int32Array,
  from: number,
  to: number,
  data: Uint8Array,
): void {
  const target = new DataView(data.buffer, data.byteOffset, data.byteLength);
  // What is to be copied: `run` bytes at `start` of a buffer, to `at`.
  let buffer = -1, start = 0, run = 0, runAt = 0;
  for (let slot = from; slot < to; slot++) {
    const at = offsets[slot]!, size = offsets[slot + 1]! - at;
    if (size === 0) continue;
    const word = slot * 4;
    if (size <= INLINE_BYTES) {
      // What is written too much is overwritten by the values to come.
      target.setInt32(at, words[word + 1]!, true);
      target.setInt32(at + 4, words[word + 2]!, true);
      target.setInt32(at + 8, words[word + 3]!, true);
      continue;
    }
    if (words[word + 2] === buffer && words[word + 3] === start + run && runAt + run === at) {
      run += size;
      continue;
    }
    if (run > 0) copyBytes(variadic[buffer]!, start, run, data, runAt);
    buffer = words[word + 2]!;
    start = words[word + 3]!;
    run = size;
    runAt = at;
  }
  if (run > 0) copyBytes(variadic[buffer]!, start, run, data, runAt);
}

function copyBytes(
  source: Uint8Array,
  from: number,
  length: number,
  target: Uint8Array,
  at: number,
): void {
  if (length > SHORT_COPY) target.set(source.subarray(from, from + length), at);
  else for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
}
