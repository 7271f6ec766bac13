/**
 * Bounds of pages whose values are ids into a dictionary, without looking at every value: as a rule a page has both the smallest
 * and the largest entry, which is soon seen.
 *
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { Bounds, type BoundsType, MAX_CHANGED, MIN_CHANGED } from "./bounds.ts";

/** Bytes of a key (see `Kernels.prefixKeys`). */
const KEY_BYTES = 8;

/** Entries are few where the page has this many times as many values, and the dictionary as many entries. */
const FEW_OF_MANY = 2;

/** Scratch memory, shared by all columns of a thread. */
export class BoundsScratch {
  /** For what a kernel returns. */
  readonly result: KernelBuffer;
  readonly marks: KernelBuffer;
  readonly used: KernelBuffer;
  readonly data: KernelBuffer;

  /** Holds no memory yet. */
  constructor(kernels: Kernels) {
    this.result = new KernelBuffer(kernels.memory);
    this.marks = new KernelBuffer(kernels.memory);
    this.used = new KernelBuffer(kernels.memory);
    this.data = new KernelBuffer(kernels.memory);
  }

  /** Gives all memory back. */
  release(): void {
    this.result.release();
    this.marks.release();
    this.used.release();
    this.data.release();
  }
}

/** Knows the bounds of a dictionary that grows page by page. */
export class DictionaryBounds {
  readonly #kernels: Kernels;
  readonly #type: BoundsType;
  readonly #scratch: BoundsScratch;
  /** Of all entries so far. */
  readonly #all: Bounds;
  /** Of some of the entries. */
  #range: Bounds | null = null;
  #entries = 0;
  /** Ids of the bounds, −1 as long as nobody asked; and the entry from which on they are found. */
  #minId = -1;
  #maxId = -1;
  #minFrom = 0;
  #maxFrom = 0;
  /** Of byte arrays: keys of the first entries, as long as a page needs them, and the bytes that they skip. */
  readonly #keys: KernelBuffer;
  #keyed = 0;
  #skip = 0;

  /** Creates the bounds of an empty dictionary. */
  constructor(kernels: Kernels, type: BoundsType, scratch: BoundsScratch) {
    this.#kernels = kernels;
    this.#type = type;
    this.#scratch = scratch;
    this.#all = new Bounds(kernels, type, scratch.result);
    this.#keys = new KernelBuffer(kernels.memory);
  }

  /** Bytes of kernel memory held. */
  get memoryBytes(): number {
    return this.#keyed * KEY_BYTES;
  }

  /**
   * Adds the values that n ids stand for to `page`.
   *
   * @param entries The dictionary; entries that were there before are still there.
   * @param usesAll Each of the entries is known to occur among the ids.
   */
  addTo(page: Bounds, entries: LeafValues, ids: Pointer, n: number, usesAll: boolean): void {
    if (n === 0) return;
    this.#cover(entries);
    const { width, numeric } = this.#type;
    // NaNs are counted one by one.
    if (this.#all.nanCount === 0) {
      if (usesAll || this.#usesBoth(entries, ids, n)) return page.merge(this.#all);
      if (this.#addRange(page, entries, ids, n)) return;
    }
    if (numeric !== null) {
      this.#addFixed(page, entries, ids, n);
    } else if (width > 0) {
      const marks = this.#scratch.marks.reserve(entries.count);
      const used = this.#scratch.used.reserve(entries.count * 4);
      const count = this.#kernels.usedIds(ids, n, entries.count, marks, used);
      this.#addFixed(page, entries, used, count);
    } else this.#addByteArrays(page, entries, ids, n);
  }

  /** Gives all memory back. */
  release(): void {
    this.#keys.release();
  }

  #cover(entries: LeafValues): void {
    const from = this.#entries;
    const changed = this.#all.add(entries, from, entries.count - from);
    this.#entries = entries.count;
    if ((changed & MIN_CHANGED) !== 0) {
      this.#minId = -1;
      this.#minFrom = from;
    }
    if ((changed & MAX_CHANGED) !== 0) {
      this.#maxId = -1;
      this.#maxFrom = from;
    }
  }

  #usesBoth(entries: LeafValues, ids: Pointer, n: number): boolean {
    if (this.#minId < 0) this.#minId = this.#all.indexOf("min", entries, this.#minFrom);
    if (this.#maxId < 0) this.#maxId = this.#all.indexOf("max", entries, this.#maxFrom);
    return this.#kernels.containsIds(ids, n, this.#minId, this.#maxId);
  }

  /**
   * Adds the entries from the smallest to the largest id, if they are few, and those that are their bounds are used. So it is where
   * values come sorted or clustered.
   */
  #addRange(page: Bounds, entries: LeafValues, ids: Pointer, n: number): boolean {
    const kernels = this.#kernels;
    const result = this.#scratch.result.reserve(16);
    kernels.minMaxU32(ids, n, result);
    const { u32 } = kernels.memory;
    const first = u32[result >>> 2]!;
    const count = u32[(result >>> 2) + 2]! - first + 1;
    if (count * FEW_OF_MANY > Math.min(n, entries.count)) return false;
    const range = this.#range ??= new Bounds(kernels, this.#type, this.#scratch.result);
    range.clear();
    range.add(entries, first, count);
    const min = range.indexOf("min", entries, first);
    const max = range.indexOf("max", entries, first);
    if (!kernels.containsIds(ids, n, min, max)) return false;
    page.merge(range);
    return true;
  }

  #addFixed(page: Bounds, entries: LeafValues, ids: Pointer, n: number): void {
    const { width } = this.#type;
    const data = this.#scratch.data.reserve(n * width);
    this.#kernels.gather(entries.data, width, ids, n, data);
    page.add({ count: n, data, offsets: 0 }, 0, n);
  }

  #addByteArrays(page: Bounds, entries: LeafValues, ids: Pointer, n: number): void {
    const kernels = this.#kernels;
    const { data, offsets } = entries;
    const keys = this.#keysOf(entries);
    const result = this.#scratch.result.reserve(16);
    kernels.minMaxIds(ids, n, keys, offsets, data, result);
    const { u32 } = kernels.memory;
    const [min, max] = [u32[result >>> 2]!, u32[(result >>> 2) + 1]!];
    page.add(entries, min, 1);
    page.add(entries, max, 1);
  }

  /** Keys of all entries. */
  #keysOf({ count, data, offsets }: LeafValues): Pointer {
    const skip = this.#all.commonPrefix;
    if (skip !== this.#skip) this.#keyed = 0;
    const from = this.#keyed;
    const keys = this.#keys.reserve(count * KEY_BYTES, from * KEY_BYTES);
    this.#kernels.prefixKeys(offsets + from * 4, data, count - from, skip, keys + from * KEY_BYTES);
    this.#keyed = count;
    this.#skip = skip;
    return keys;
  }
}
