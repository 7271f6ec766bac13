/**
 * Null counts, which must agree with their bitmaps: who believes the one sees other nulls than who believes the other.
 *
 * @module
 */

import { bitmapBytes, countClearBits, nextClearBit } from "./bitmap.ts";
import type { Bitmap } from "./column_array.ts";
import type { RawArray, RawDictionary } from "./raw_array.ts";
import { invalidSlot } from "./scope.ts";
import type { Scope } from "./scope.ts";

/**
 * Counts the nulls among the slots that are referred to.
 *
 * @param bitmap Validity of `raw`, which claims a null count.
 * @throws {InvalidBatchError} When the null count of the array cannot be right. Slots that are not referred to are not counted,
 * because many batches may share them.
 */
export function checkedNullCount(
  { length, nullCount }: RawArray,
  bitmap: Bitmap,
  from: number,
  to: number,
  scope: Scope,
): number {
  const nulls = countClearBits(bitmap, from, to);
  const others = length - Math.max(0, to - from);
  if (nullCount >= nulls && nullCount <= nulls + others) return nulls;
  throw invalidSlot(
    scope,
    nullCount === 0 ? nextClearBit(bitmap, from, to) : -1,
    `Cannot read an array: its null count is ${nullCount}, but its validity bitmap has ${nulls} nulls in ${
      others === 0 ? length : `${to - from} of ${length}`
    } slots`,
  );
}

/** Chunks of dictionaries of ours whose null counts were checked. */
const counted = new WeakSet<RawArray>();

/** Checks the null counts of a dictionary, whichever of its entries are used: they belong to it as a whole. */
export function assertDictionaryNullCounts(dictionary: RawDictionary, { path }: Scope): void {
  // A count is of no entry, and an entry may be of no row.
  const scope: Scope = { path, isLive: () => true, row: () => -1 };
  for (const chunk of dictionary.chunks) {
    if (counted.has(chunk)) continue;
    assertNullCounts([chunk], scope);
    if (dictionary.owned === true) counted.add(chunk);
  }
}

/** Checks the null counts of arrays of which only some slots are going to be looked at; short bitmaps are for others to find. */
export function assertNullCounts(arrays: readonly RawArray[], scope: Scope): void {
  for (const raw of arrays) {
    const { validity: bytes, bitOffset, length, nullCount, children } = raw;
    if (nullCount >= 0 && bytes !== null && bytes.length >= bitmapBytes(bitOffset + length)) {
      if (bytes.length > 0) checkedNullCount(raw, { bytes, bitOffset }, 0, length, scope);
    }
    assertNullCounts(children, scope);
  }
}
