/** @module Rows of the page that is being filled, as levels: the values are with an encoder. */

import type { TakenIds } from "../encoding/dictionary_encoder.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { KernelMemory } from "../kernels/kernels.ts";
import type { PageLevels } from "../page/page_writer.ts";
import type { Shredder } from "../shred/shredder.ts";
import type { HeldPage } from "./held_pages.ts";

/** Gathers the levels of one page after another. */
export class OpenPage {
  readonly #memory: KernelMemory;
  readonly #repetition: KernelBuffer;
  readonly #definition: KernelBuffer;
  #entries = 0;
  #rows = 0;

  /** Creates an empty page. */
  constructor(memory: KernelMemory) {
    this.#memory = memory;
    this.#repetition = new KernelBuffer(memory);
    this.#definition = new KernelBuffer(memory);
  }

  /** Values and nulls. */
  get entries(): number {
    return this.#entries;
  }

  /** Number of rows. */
  get rows(): number {
    return this.#rows;
  }

  /** Adds levels: `entries` from `entry` on, in which `rows` rows begin. */
  append(shredded: Shredder, entry: number, entries: number, rows: number): void {
    const used = this.#entries;
    const add = (buffer: KernelBuffer, levels: number) => {
      if (levels === 0) return;
      const target = buffer.reserve(used + entries, used) + used;
      this.#memory.u8.copyWithin(target, levels + entry, levels + entry + entries);
    };
    add(this.#repetition, shredded.repetitionLevels);
    add(this.#definition, shredded.definitionLevels);
    this.#entries += entries;
    this.#rows += rows;
  }

  /** What a page writer has to know; `firstRow`: of the row group. */
  levels(firstRow: number): PageLevels {
    return {
      repetition: this.#repetition.pointer,
      definition: this.#definition.pointer,
      entries: this.#entries,
      rows: this.#rows,
      firstRow,
    };
  }

  /** A copy of the page, whose values are the ids. */
  copy(taken: TakenIds): HeldPage {
    const { u8 } = this.#memory;
    const entries = this.#entries;
    const bytes = ({ pointer }: KernelBuffer) => u8.slice(pointer, pointer + entries);
    return {
      repetitionLevels: bytes(this.#repetition),
      definitionLevels: bytes(this.#definition),
      taken,
      entries,
      rows: this.#rows,
    };
  }

  /** Becomes the page that was copied. */
  restore({ repetitionLevels, definitionLevels, entries, rows }: HeldPage): void {
    const repetition = this.#repetition.reserve(entries);
    this.#memory.u8.set(repetitionLevels, repetition);
    const definition = this.#definition.reserve(entries);
    this.#memory.u8.set(definitionLevels, definition);
    this.#entries = entries;
    this.#rows = rows;
  }

  /** Starts the next page. */
  clear(): void {
    this.#entries = 0;
    this.#rows = 0;
  }

  /** Gives all memory back. */
  release(): void {
    this.#repetition.release();
    this.#definition.release();
  }
}
