/** @module Pages that wait for the judgement on their dictionary. */

import type { TakenIds } from "../encoding/dictionary_encoder.ts";
import { Queue } from "../util/queue.ts";

/** A page of ids, out of kernel memory. */
export interface HeldPage {
  readonly repetitionLevels: Uint8Array;
  readonly definitionLevels: Uint8Array;
  readonly taken: TakenIds;
  readonly entries: number;
  readonly rows: number;
}

/** Pages in order. */
export class HeldPages {
  readonly #pages = new Queue<HeldPage>();
  #byteLength = 0;

  /** Number of pages. */
  get length(): number {
    return this.#pages.length;
  }

  /** Bytes of memory that they take. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** Adds a page. */
  push(page: HeldPage): void {
    this.#pages.push(page);
    this.#byteLength += bytesOf(page);
  }

  /** Takes the first page out. */
  shift(): HeldPage | null {
    const page = this.#pages.shift() ?? null;
    if (page !== null) this.#byteLength -= bytesOf(page);
    return page;
  }

  /** The ids of the last `count` values at the most, in parts, the last one first. */
  *lastIds(count: number): Generator<Uint32Array> {
    for (let i = this.#pages.length - 1; i >= 0 && count > 0; i--) {
      const { ids } = this.#pages.at(i)!.taken;
      const part = ids.subarray(Math.max(0, ids.length - count));
      count -= part.length;
      yield part;
    }
  }
}

function bytesOf({ taken, repetitionLevels, definitionLevels }: HeldPage): number {
  return taken.ids.byteLength + repetitionLevels.length + definitionLevels.length;
}
