/**
 * Bounds of pages whose values are ids into a dictionary, without looking at every value: as a rule a page has both the smallest
 * and the largest entry, which is soon seen.
 *
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { Bounds, type BoundsType } from "./bounds.ts";

/** Pages of no more values are looked at value by value where the dictionary is that many times as large. */
const FEW_VALUES = 64;
const FEW_OF_MANY = 16;

/** Scratch memory, shared by all columns of a thread. */
export class BoundsScratch {
  /** For what a kernel returns. */
  readonly result: KernelBuffer;
  readonly marks: KernelBuffer;
  readonly used: KernelBuffer;
  readonly data: KernelBuffer;
  readonly offsets: KernelBuffer;

  /** Holds no memory yet. */
  constructor(kernels: Kernels) {
    this.result = new KernelBuffer(kernels.memory);
    this.marks = new KernelBuffer(kernels.memory);
    this.used = new KernelBuffer(kernels.memory);
    this.data = new KernelBuffer(kernels.memory);
    this.offsets = new KernelBuffer(kernels.memory);
  }

  /** Gives all memory back. */
  release(): void {
    this.result.release();
    this.marks.release();
    this.used.release();
    this.data.release();
    this.offsets.release();
  }
}

/** Knows the bounds of a dictionary that grows page by page. */
export class DictionaryBounds {
  readonly #kernels: Kernels;
  readonly #type: BoundsType;
  readonly #scratch: BoundsScratch;
  /** Of all entries so far. */
  readonly #all: Bounds;
  #entries = 0;
  /** Ids of the bounds, −1 as long as nobody asked. */
  #minId = -1;
  #maxId = -1;

  /** Creates the bounds of an empty dictionary. */
  constructor(kernels: Kernels, type: BoundsType, scratch: BoundsScratch) {
    this.#kernels = kernels;
    this.#type = type;
    this.#scratch = scratch;
    this.#all = new Bounds(kernels, type, scratch.result);
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
    // NaNs are counted one by one.
    const known = this.#all.nanCount === 0 && (usesAll || this.#usesBoth(entries, ids, n));
    if (known) page.merge(this.#all);
    else if (this.#type.width > 0 && this.#type.numeric !== null) this.#add(page, entries, ids, n);
    else if (n <= FEW_VALUES && n * FEW_OF_MANY < entries.count) this.#add(page, entries, ids, n);
    else {
      const marks = this.#scratch.marks.reserve(entries.count);
      const used = this.#scratch.used.reserve(entries.count * 4);
      const count = this.#kernels.usedIds(ids, n, entries.count, marks, used);
      this.#add(page, entries, used, count);
    }
  }

  #cover(entries: LeafValues): void {
    const { count } = entries;
    if (count === this.#entries) return;
    this.#all.add(entries, this.#entries, count - this.#entries);
    this.#entries = count;
    this.#minId = this.#maxId = -1;
  }

  #usesBoth(entries: LeafValues, ids: Pointer, n: number): boolean {
    if (this.#minId < 0) {
      this.#minId = this.#all.indexOf("min", entries, 0);
      this.#maxId = this.#all.indexOf("max", entries, 0);
    }
    return this.#kernels.containsIds(ids, n, this.#minId, this.#maxId);
  }

  /** Adds entries by their ids. */
  #add(page: Bounds, entries: LeafValues, ids: Pointer, n: number): void {
    const kernels = this.#kernels;
    const { width } = this.#type;
    if (width > 0) {
      const data = this.#scratch.data.reserve(n * width);
      kernels.gather(entries.data, width, ids, n, data);
      page.add({ count: n, data, offsets: 0 }, 0, n);
      return;
    }
    const bytes = kernels.byteArraysLength(entries.offsets, ids, n);
    const data = this.#scratch.data.reserve(bytes + 16);
    const offsets = this.#scratch.offsets.reserve((n + 1) * 4);
    kernels.gatherByteArrays(entries.offsets, entries.data, ids, n, offsets, data);
    page.add({ count: n, data, offsets }, 0, n);
  }
}
