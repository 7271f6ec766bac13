/**
 * The dictionary of a chunk: which entries are used, in which order they are, what their hashes are. An entry may have
 * megabytes and be in millions of pages, so that what costs its length is done once.
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { comparator, type ValueOrder } from "./value_order.ts";
import { xxh64 } from "./xxh64.ts";

/** Whether values of an order have lengths that comparing them costs. */
export function isLong({ kind }: ValueOrder): boolean {
  return kind === "bytes" || kind === "decimal";
}

/**
 * The place of every value among all; equal values have the same.
 *
 * @param order Their order.
 * @param values The values.
 */
export function rankValues(order: ValueOrder, values: DecodedValues): Uint32Array {
  const compare = comparator(order, values);
  const sorted = Uint32Array.from({ length: values.count }, (_, i) => i).sort(compare);
  const ranks = new Uint32Array(values.count);
  let rank = 0;
  for (let k = 1; k < sorted.length; k++) {
    if (compare(sorted[k - 1]!, sorted[k]!) !== 0) rank++;
    ranks[sorted[k]!] = rank;
  }
  return ranks;
}

/** XXH64 of entries, each found once. */
export class EntryHashes {
  readonly #values: DecodedValues;
  readonly #view: DataView;
  readonly #width: number;
  readonly #hashes: Int32Array;
  readonly #known: Uint8Array;
  readonly #hash = new Int32Array(2);

  /** `width`: bytes of a value; 0: they have lengths of their own. */
  constructor(values: DecodedValues, width: number) {
    const { bytes, count } = values;
    this.#values = values;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#width = width;
    this.#hashes = new Int32Array(2 * count);
    this.#known = new Uint8Array(count);
  }

  /** The hash of an entry: its high half, then its low half. Valid until the next call. */
  of(i: number): Int32Array {
    const hash = this.#hash;
    if (this.#known[i] === 1) {
      hash[0] = this.#hashes[2 * i]!;
      hash[1] = this.#hashes[2 * i + 1]!;
      return hash;
    }
    const { offsets } = this.#values;
    const start = offsets === null ? i * this.#width : offsets[i]!;
    const end = offsets === null ? start + this.#width : offsets[i + 1]!;
    xxh64(this.#view, start, end - start, hash);
    this.#hashes.set(hash, 2 * i);
    this.#known[i] = 1;
    return hash;
  }
}

/** Entries of a chunk's dictionary, and which of them have been seen in use. */
export class DictionaryUse {
  readonly values: DecodedValues;
  readonly #seen: Uint8Array;
  readonly #marks: Uint8Array;
  #ranks: Uint32Array | null = null;
  #hashes: EntryHashes | null = null;
  /** Bytes that may be compared before it is cheaper to sort the entries. */
  #budget: number;

  /** Of a dictionary none of whose entries has been used. */
  constructor(values: DecodedValues) {
    this.values = values;
    this.#seen = new Uint8Array(values.count);
    this.#marks = new Uint8Array(values.count);
    this.#budget = 16 * values.bytes.length + 2 ** 20;
  }

  /** The ids, those that occur more than once only once where that is cheap to say. */
  distinct(ids: Uint32Array): Uint32Array {
    const marks = this.#marks;
    // Work stays within that of reading the page, however large the dictionary.
    if (marks.length > 4 * ids.length) return ids;
    marks.fill(0);
    let count = 0;
    for (let k = 0; k < ids.length; k++) {
      const id = ids[k]!;
      count += 1 - marks[id]!;
      marks[id] = 1;
    }
    const found = new Uint32Array(count);
    for (let id = 0, at = 0; at < count; id++) if (marks[id] === 1) found[at++] = id;
    return found;
  }

  /** Those ids that no earlier call has seen, once each. */
  fresh(ids: Uint32Array): Uint32Array {
    const seen = this.#seen;
    const found: number[] = [];
    for (let k = 0; k < ids.length; k++) {
      const id = ids[k]!;
      if (seen[id] !== 0) continue;
      seen[id] = 1;
      found.push(id);
    }
    return Uint32Array.from(found);
  }

  /** Ranks of all entries, once comparing those that pages use has cost more than sorting all; before that `null`. */
  ranks(order: ValueOrder, picks: Uint32Array): Uint32Array | null {
    if (this.#ranks !== null || !isLong(order)) return this.#ranks;
    const { offsets } = this.values;
    if (offsets === null) this.#budget -= picks.length * order.width;
    else for (const id of picks) this.#budget -= offsets[id + 1]! - offsets[id]!;
    return this.#budget < 0 ? this.#ranks = rankValues(order, this.values) : null;
  }

  /** Hashes of the entries. `width`: bytes of a value; 0: they have lengths of their own. */
  hashes(width: number): EntryHashes {
    return this.#hashes ??= new EntryHashes(this.values, width);
  }
}
