/**
 * What all encoders of a thread share, since one of them works at a time: a file of ten thousand columns has as many
 * encoders, and scratch memory that is used by all of them stays in cache.
 *
 * @module
 */

import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { PageWriter } from "../page/page_writer.ts";
import { Shredder } from "../shred/shredder.ts";
import { BoundsScratch } from "../statistics/dictionary_bounds.ts";
import { LeafReader } from "./leaf_reader.ts";

/** What holds a segment until all of it is in pages. Others may be encoded meanwhile, with tools of their own. */
export class SegmentTools {
  readonly shredder: Shredder;
  readonly leafReader: LeafReader;
  /** For the few words that a kernel returns. */
  readonly result: KernelBuffer;

  /** Use {@linkcode Workbench.lend}. */
  constructor(kernels: Kernels) {
    this.shredder = new Shredder(kernels);
    this.leafReader = new LeafReader(kernels);
    this.result = new KernelBuffer(kernels.memory);
  }

  /** Gives all memory back. */
  release(): void {
    this.shredder.release();
    this.leafReader.release();
    this.result.release();
  }
}

/** Tools that keep nothing from one segment or page to the next but their memory. */
export class Workbench {
  readonly pageWriter: PageWriter;
  readonly boundsScratch: BoundsScratch;
  readonly #kernels: Kernels;
  /** Nearly always one: only a segment that is interrupted keeps its tools. */
  readonly #tools: SegmentTools[] = [];
  #users = 0;

  /** Use {@linkcode workbenchOf}. */
  constructor(kernels: Kernels) {
    this.#kernels = kernels;
    this.pageWriter = new PageWriter(kernels);
    this.boundsScratch = new BoundsScratch(kernels);
  }

  /** Tools for one segment, to be given back. */
  lend(): SegmentTools {
    return this.#tools.pop() ?? new SegmentTools(this.#kernels);
  }

  /** Takes tools back. */
  takeBack(tools: SegmentTools): void {
    if (this.#tools.length === 0) this.#tools.push(tools);
    else tools.release();
  }

  /** One more encoder uses the bench. */
  enter(): void {
    this.#users++;
  }

  /** One encoder less; the last one gives all memory back. */
  leave(): void {
    if (--this.#users > 0) return;
    // The tools themselves are kept: the next file needs them again.
    for (const tools of this.#tools) tools.release();
    this.pageWriter.release();
    this.boundsScratch.release();
  }
}

const benches = new WeakMap<Kernels, Workbench>();

/** The workbench of a thread's kernels, which the caller has to leave once. */
export function workbenchOf(kernels: Kernels): Workbench {
  let bench = benches.get(kernels);
  if (bench === undefined) {
    bench = new Workbench(kernels);
    benches.set(kernels, bench);
  }
  bench.enter();
  return bench;
}
