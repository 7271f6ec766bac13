/**
 * Arrays without children: Boolean, fixed-width, variable-size.
 *
 * @module
 */

import { WkbReader } from "../format/well_known_binary.ts";
import { isAscii, isUtf8 } from "../runtime/text.ts";
import { count, firstPresent, isPresent } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { bitmapBytes, isBitSet } from "./bitmap.ts";
import { assertAbsent, MAX_COPIED_BYTES } from "./buffers.ts";
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
 * @throws {InvalidBatchError} When the buffer is too short.
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
      throw invalidSlot(scope, present, "Cannot read values: the bitmap is too short");
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
export function checkUtf8(
  node: Node,
  offsets: Offsets,
  data: Uint8Array,
  validity: Bitmap | null,
): void {
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
export function checkGeometries(
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
