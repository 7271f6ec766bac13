/** @module Counts distinct values, in bounded memory. */

import type { DecodedValues } from "../decoded_page.ts";
import type { Picks } from "./extremes.ts";
import { EntryHashes } from "./dictionary_use.ts";
import { isFloating, type ValueOrder } from "./value_order.ts";

/** Distinct values up to which is counted: 32 MiB of hashes. */
const MAX_DISTINCT = 1 << 21;

/** Distinct values by their hashes; two of two million have the same in one of ten million cases. */
export class DistinctValues {
  #table = new Int32Array(2048);
  #count = 0;
  #zeroHash = false;
  #alike = 0;
  #zeros = 0;

  /** Number of distinct values; `null`: too many to count. */
  get count(): number | null {
    return this.#count > MAX_DISTINCT ? null : this.#count;
  }

  /** How many of them are zeros or NaNs that another way of comparing takes for one value, or for none. */
  get alike(): number {
    return this.#alike + Math.max(0, this.#zeros - 1);
  }

  /** Adds values. `hashes`: of them, where they are kept. */
  add(order: ValueOrder, values: DecodedValues, picks: Picks, hashes: EntryHashes | null): void {
    const { bytes } = values;
    const { width } = order;
    const hashed = hashes ?? new EntryHashes(values, width);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const n = picks === null ? values.count : picks.length;
    for (let k = 0; k < n && this.#count <= MAX_DISTINCT; k++) {
      const i = picks === null ? k : picks[k]!;
      const hash = hashed.of(i);
      if (!this.#insert(hash[0]!, hash[1]!) || !isFloating(order.kind)) continue;
      const start = i * width;
      const number = width === 8
        ? view.getFloat64(start, true)
        : width === 4
        ? view.getFloat32(start, true)
        : (view.getUint16(start, true) & 0x7fff) > 0x7c00
        ? NaN
        : view.getUint16(start, true) & 0x7fff;
      if (Number.isNaN(number)) this.#alike++;
      else if (number === 0) this.#zeros++;
    }
  }

  /** Says whether it was not there before. */
  #insert(high: number, low: number): boolean {
    if (high === 0 && low === 0) {
      const added = !this.#zeroHash;
      this.#zeroHash = true;
      this.#count += Number(added);
      return added;
    }
    if (4 * (this.#count + 1) > this.#table.length) this.#grow();
    if (!place(this.#table, high, low)) return false;
    this.#count++;
    return true;
  }

  #grow(): void {
    const old = this.#table;
    const table = new Int32Array(2 * old.length);
    for (let at = 0; at < old.length; at += 2) {
      if (old[at] !== 0 || old[at + 1] !== 0) place(table, old[at]!, old[at + 1]!);
    }
    this.#table = table;
  }
}

/** Puts a hash that is not 0 in its place; `false`: it is there. */
function place(table: Int32Array, high: number, low: number): boolean {
  const mask = table.length - 1;
  let at = (low << 1) & mask;
  while (table[at] !== 0 || table[at + 1] !== 0) {
    if (table[at] === high && table[at + 1] === low) return false;
    at = (at + 2) & mask;
  }
  table[at] = high;
  table[at + 1] = low;
  return true;
}
