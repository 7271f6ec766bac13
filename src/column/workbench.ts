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

/** Tools that keep nothing from one segment or page to the next but their memory. */
export class Workbench {
  readonly shredder: Shredder;
  readonly leafReader: LeafReader;
  readonly pageWriter: PageWriter;
  readonly boundsScratch: BoundsScratch;
  /** For the few words that a kernel returns. */
  readonly result: KernelBuffer;
  #users = 0;

  /** Use {@linkcode workbenchOf}. */
  constructor(kernels: Kernels) {
    this.shredder = new Shredder(kernels);
    this.leafReader = new LeafReader(kernels);
    this.pageWriter = new PageWriter(kernels);
    this.boundsScratch = new BoundsScratch(kernels);
    this.result = new KernelBuffer(kernels.memory);
  }

  /** One more encoder uses the bench. */
  enter(): void {
    this.#users++;
  }

  /** One encoder less; the last one gives all memory back. */
  leave(): void {
    if (--this.#users > 0) return;
    this.shredder.release();
    this.leafReader.release();
    this.pageWriter.release();
    this.boundsScratch.release();
    this.result.release();
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
