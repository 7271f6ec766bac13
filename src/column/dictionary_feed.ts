/**
 * What of an Arrow dictionary goes to the encoder of a column chunk, and when.
 *
 * @module
 */

import type { DictionaryArray } from "../arrow/column_array.ts";
import { take } from "../arrow/take.ts";
import { usedEntries } from "../arrow/used_entries.ts";

type Dictionary = DictionaryArray["dictionary"];
/** Keys and what they refer to: the array's own, or those of some of its slots alone. */
type SelectedKeys = Pick<DictionaryArray, "keyWidth" | "keysFrom" | "keys" | "dictionary">;

/** Bytes of a dictionary that go along with one slot, and with none, whether or not they are used. */
const BYTES_PER_SLOT = 64, FREE_BYTES = 4096;
/** Part of its bytes after which a dictionary goes whole: what goes in parts is gathered entry by entry, and hashed each time. */
const WORTH_SENDING = 1 / 8;

/**
 * Chooses between a dictionary as a whole, which serves all rows to come, and the entries that some rows use.
 *
 * A dictionary that is small beside the rows goes whole. One that is large goes whole only once rows of the chunk have brought a
 * good part of it in parts: so a chunk costs little more than its dictionary, and never much more than its rows.
 */
export class DictionaryFeed {
  /** What the encoder holds; the same object has the same entries. */
  held: Dictionary | null = null;
  /** The dictionary that went in parts, and the bytes that have gone. */
  #parted: Dictionary | null = null;
  #partedBytes = 0;
  #array: DictionaryArray | null = null;
  #from = 0;
  #to = 0;
  #selected: SelectedKeys | null = null;

  /**
   * Selects what slots `from` to `to` refer to. What is asked for first should span all that is asked for later: it is kept as
   * long as questions are about parts of it.
   */
  select(array: DictionaryArray, from: number, to: number): SelectedKeys {
    const kept = this.#selected;
    if (array === this.#array && kept !== null) {
      if (kept === array || (from >= this.#from && to <= this.#to)) return kept;
    }
    this.#array = array;
    this.#from = from;
    this.#to = to;
    return this.#selected = this.#choose(array, from, to);
  }

  #choose(array: DictionaryArray, from: number, to: number): SelectedKeys {
    const { dictionary } = array;
    if (dictionary === this.held) return array;
    const bytes = byteLength(dictionary);
    if (bytes <= FREE_BYTES + BYTES_PER_SLOT * (to - from)) return array;
    if (dictionary !== this.#parted) {
      this.#parted = dictionary;
      this.#partedBytes = 0;
    }
    if (this.#partedBytes >= bytes * WORTH_SENDING) return array;
    const { keyWidth, keysFrom = 0, validity } = array;
    const used = usedEntries(keysOf(array), keysFrom, validity, from, to, dictionary.length);
    // Most of it is as dear as all of it.
    if (used.entries.length * 2 >= dictionary.length) return array;
    // That it is within limits was checked when the batch was.
    const part = take(dictionary, used.entries, "") as Dictionary;
    this.#partedBytes += byteLength(part);
    const keys = new Uint8Array(used.keys.buffer, used.keys.byteOffset, used.keys.byteLength);
    return { keyWidth, keysFrom: from, keys, dictionary: part };
  }
}

function keysOf({ keys, keyWidth }: DictionaryArray): Uint8Array | Uint16Array | Uint32Array {
  if (keyWidth === 1) return keys;
  const aligned = keys.byteOffset % keyWidth === 0 ? keys : keys.slice();
  return keyWidth === 2
    ? new Uint16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2)
    : new Uint32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4);
}

function byteLength(dictionary: Dictionary): number {
  const { length } = dictionary;
  switch (dictionary.shape) {
    case "boolean":
      return length / 8;
    case "fixed":
      return length * dictionary.width;
    case "bytes":
      return length * 4 + Number(dictionary.offsets[length] ?? 0) -
        Number(dictionary.offsets[0] ?? 0);
  }
}
