/**
 * Offsets of variable-size arrays: typed views and their check.
 *
 * @module
 */

import { areAscending32, areAscending64, type AscendingCheck } from "../util/ascending_offsets.ts";
import { assertAbsent, int32View, int64View } from "./buffers.ts";
import type { Bitmap } from "./column_array.ts";
import { firstPresent } from "./array_node.ts";
import type { Node } from "./array_node.ts";
import { invalidSlot } from "./scope.ts";
import type { Scope } from "./scope.ts";

/** Offsets of either width. */
export type Offsets = Int32Array | BigInt64Array;

/** The value at `index` as a number. */
export function offsetAt(offsets: Offsets, index: number): number {
  return Number(offsets[index]!);
}

/**
 * The `length + 1` offsets of an array.
 *
 * An array of no slots may have no offsets at all. Where the buffer is too short, the missing slots must be null.
 *
 * @param validity The validity of the slots.
 * @throws {InvalidBatchError} When the buffer is too short.
 */
export function readOffsets(node: Node, large: boolean, validity: Bitmap | null): Offsets {
  const { raw, scope, tally } = node;
  const bytes = raw.offsets ?? new Uint8Array(0);
  const all: Offsets = large ? int64View(bytes) : int32View(bytes);
  const needed = raw.length + 1;
  if (all.length === needed) return all;
  if (all.length > needed) return all.subarray(0, needed);
  // The first slot that has no end.
  const first = Math.max(0, all.length - 1);
  assertAbsent(raw.length - first, scope);
  const present = firstPresent(node, validity, first);
  if (present >= 0) {
    throw invalidSlot(scope, present, `Cannot read offsets: ${all.length} of ${needed} are there`);
  }
  tally.allowance.spend(needed * (large ? 8 : 4), scope.path);
  const last = all.length === 0 ? 0 : offsetAt(all, all.length - 1);
  if (large) {
    const padded = new BigInt64Array(needed).fill(BigInt(last));
    padded.set(all as BigInt64Array);
    return padded;
  }
  const padded = new Int32Array(needed).fill(last);
  padded.set(all as Int32Array);
  return padded;
}

/**
 * Checks that the offsets of slots `from` to `to` do not decrease and lie within 0 to `limit`.
 *
 * @param limit Bytes or slots that they refer to.
 * @param ascending What looks at all of them first.
 * @throws {InvalidBatchError} For the first slot where they do not.
 */
export function checkOffsets(
  offsets: Offsets,
  from: number,
  to: number,
  limit: number,
  scope: Scope,
  ascending: AscendingCheck = areAscending,
): void {
  if (from >= to) return;
  if (ascending(offsets, from, to) && offsetAt(offsets, to) <= limit) return;
  for (let slot = from; slot < to; slot++) {
    const start = offsetAt(offsets, slot), end = offsetAt(offsets, slot + 1);
    if (start < 0) throw invalidSlot(scope, slot, `Cannot use offset ${start}: it is negative`);
    if (end < start) {
      throw invalidSlot(
        scope,
        slot,
        `Cannot use offset ${end}: it is less than the previous one, ${start}`,
      );
    }
    if (end > limit) {
      throw invalidSlot(scope, slot, `Cannot use offset ${end}: there is nothing after ${limit}`);
    }
  }
}

/** {@linkcode AscendingCheck} in plain loops. */
export function areAscending(offsets: Offsets, from: number, to: number): boolean {
  if (offsets instanceof Int32Array) return areAscending32(offsets, from, to);
  const words = new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length * 2);
  return areAscending64(words, from, to);
}

/**
 * Finds the slot that has an element.
 *
 * @param offsets Checked for slots `from` to `to`.
 * @returns The slot of `from` to `to` whose range holds `element`; −1 for none.
 */
export function slotWithElement(
  offsets: Offsets,
  from: number,
  to: number,
  element: number,
): number {
  let low = from, high = to;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(offsets, middle + 1) <= element) low = middle + 1;
    else high = middle;
  }
  return low < to && offsetAt(offsets, low) <= element ? low : -1;
}
