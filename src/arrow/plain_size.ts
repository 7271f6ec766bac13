/** @module What the values of a dictionary come to where each slot is written out. */

import type { DictionaryArray } from "./column_array.ts";
import { offsetAt } from "./offsets.ts";

type Dictionary = DictionaryArray["dictionary"];

/** Bytes of the longest entry. */
export function longestValue(dictionary: Dictionary): number {
  if (dictionary.shape === "boolean") return 1;
  if (dictionary.shape === "fixed") return dictionary.width;
  const { offsets, length } = dictionary;
  let longest = 0;
  for (let i = 0; i < length; i++) {
    longest = Math.max(longest, offsetAt(offsets, i + 1) - offsetAt(offsets, i));
  }
  return longest;
}

/**
 * Bytes of the values of slots, each written out.
 *
 * @param keyAt The entry of a slot; −1: none.
 */
export function plainSize(
  dictionary: Dictionary,
  keyAt: (slot: number) => number,
  from: number,
  to: number,
): number {
  if (dictionary.shape !== "bytes") return (to - from) * longestValue(dictionary);
  const { offsets } = dictionary;
  let size = 0;
  for (let slot = from; slot < to; slot++) {
    const key = keyAt(slot);
    if (key >= 0) size += offsetAt(offsets, key + 1) - offsetAt(offsets, key);
  }
  return size;
}
