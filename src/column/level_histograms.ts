/**
 * How often each level occurs: in a column chunk, and page by page.
 *
 * @see "SizeStatistics" and "ColumnIndex" of parquet.thrift
 * @module
 */

import type { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";

/** Counts levels of one kind, from 0 to a maximum of 1 or more. */
export class LevelHistogram {
  /** Of all pages. */
  readonly chunk: number[];
  /** Of one page after another; empty unless asked for. */
  readonly pages: number[] = [];
  readonly #keepPages: boolean;

  /** `keepPages`: the histogram of each page is kept too. */
  constructor(maxLevel: number, keepPages: boolean) {
    this.chunk = new Array<number>(maxLevel + 1).fill(0);
    this.#keepPages = keepPages;
  }

  /** Counts the levels of a page; `counts`: room for what a kernel returns. */
  addLevels(kernels: Kernels, levels: Pointer, entries: number, counts: KernelBuffer): void {
    const { length } = this.chunk;
    const pointer = counts.reserve(length * 4);
    const { u32 } = kernels.memory;
    const word = pointer >>> 2;
    u32.fill(0, word, word + length);
    kernels.histogram(levels, entries, pointer);
    for (let level = 0; level < length; level++) this.#count(level, u32[word + level]!);
  }

  /** Counts a page of which it is known how many entries are of level 0, and that all others are of level 1. */
  addTwo(zeros: number, ones: number): void {
    this.#count(0, zeros);
    this.#count(1, ones);
  }

  #count(level: number, n: number): void {
    this.chunk[level]! += n;
    if (this.#keepPages) this.pages.push(n);
  }
}
