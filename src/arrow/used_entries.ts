/**
 * Which entries of a dictionary some keys use: a few rows must not cost as much as a large dictionary.
 *
 * @module
 */

import { isBitSet } from "./bitmap.ts";
import type { Bitmap } from "./column_array.ts";

/** Dictionary keys, unsigned. */
export type Keys = Uint8Array | Uint16Array | Uint32Array;

/** Entries that are used, and keys that refer to them alone. */
export interface UsedEntries {
  /** Each entry once, in the order in which the slots refer to them. */
  readonly entries: Int32Array;
  /** A position in `entries` for each slot of the range, of the same width as the keys; 0 for nulls. */
  readonly keys: Keys;
}

/** With up to so many entries a slot, a table of all entries is faster than a hash table of the used ones. */
const TABLE_ENTRIES = 4;

/**
 * Finds the entries that the valid slots `from` to `to` refer to.
 *
 * @param keys The key of slot `keysFrom` first. Keys of valid slots are below `count`.
 * @param count Entries of the dictionary.
 */
export function usedEntries(
  keys: Keys,
  keysFrom: number,
  validity: Bitmap | null,
  from: number,
  to: number,
  count: number,
): UsedEntries {
  const slots = to - from;
  const result = keys.slice(from - keysFrom, to - keysFrom);
  const entries = new Int32Array(Math.min(slots, count));
  if (validity !== null) {
    // Anything may stand under a null: it must not be taken for a key.
    for (let i = 0; i < slots; i++) if (!isBitSet(validity, from + i)) result[i] = 0;
  }
  const skipped = validity === null ? null : { ...validity, bitOffset: validity.bitOffset + from };
  const used = count <= TABLE_ENTRIES * slots
    ? numberByTable(result, skipped, entries, new Int32Array(count))
    : numberByHash(result, skipped, entries);
  return { entries: entries.subarray(0, used), keys: result };
}

/** Replaces each key by its position in `entries`. Returns how many entries there are. */
function numberByTable(
  keys: Keys,
  validity: Bitmap | null,
  entries: Int32Array,
  table: Int32Array,
): number {
  let used = 0;
  for (let i = 0; i < keys.length; i++) {
    if (validity !== null && !isBitSet(validity, i)) continue;
    const key = keys[i]!;
    let number = table[key]!;
    if (number === 0) {
      entries[used++] = key;
      number = table[key] = used;
    }
    keys[i] = number - 1;
  }
  return used;
}

/** The same where most entries are not used. */
function numberByHash(keys: Keys, validity: Bitmap | null, entries: Int32Array): number {
  const bits = Math.max(1, 32 - Math.clz32(keys.length)) + 1;
  const table = new Int32Array(2 ** bits), mask = table.length - 1, shift = 32 - bits;
  let used = 0;
  for (let i = 0; i < keys.length; i++) {
    if (validity !== null && !isBitSet(validity, i)) continue;
    const key = keys[i]!;
    let at = Math.imul(key, 0x9e3779b1) >>> shift;
    let number = table[at]!;
    while (number !== 0 && entries[number - 1] !== key) {
      at = (at + 1) & mask;
      number = table[at]!;
    }
    if (number === 0) {
      entries[used++] = key;
      number = table[at] = used;
    }
    keys[i] = number - 1;
  }
  return used;
}
