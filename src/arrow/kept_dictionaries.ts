/**
 * Copies of the caller's dictionaries, to see whether they are still the same: comparing takes a tenth of copying, checking and
 * encoding again.
 *
 * @module
 */

import type { RawDictionary } from "./raw_array.ts";

/** Part of its bytes that must have been taken from a dictionary before a copy pays: taking some is dearer than copying all. */
const WORTH_COPYING = 1 / 16;

/** What is known of one dictionary. */
export interface KeptDictionary {
  /** A copy, in memory of our own; `null`: none yet, or not any more. */
  copy: RawDictionary | null;
  /** Bytes of the copy. */
  copyBytes: number;
  /** Bytes that were taken while there was no copy. */
  takenBytes: number;
  /** How many copies turned out to be outdated. */
  outdated: number;
}

/** The dictionaries of one writer. */
export class KeptDictionaries {
  /** Whether the caller leaves dictionaries as they are: then they need not be compared with their copies. */
  steady: boolean;
  readonly #maxBytes: number;
  /** Made with the first one, as few files have any. */
  #known: WeakMap<object, KeptDictionary> | null = null;
  /** Those that have copies, the oldest first. */
  #copies: Set<KeptDictionary> | null = null;
  #byteLength = 0;

  /** Keeps copies of `maxBytes` together; the oldest go first. */
  constructor(maxBytes: number, steady = false) {
    this.steady = steady;
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all copies. */
  get byteLength(): number {
    return this.#byteLength;
  }

  /** What is known of the dictionary that an object of the caller's stands for. */
  of(identity: object): KeptDictionary {
    const known = this.#known ??= new WeakMap();
    let kept = known.get(identity);
    if (kept === undefined) {
      kept = { copy: null, copyBytes: 0, takenBytes: 0, outdated: 0 };
      known.set(identity, kept);
    }
    return kept;
  }

  /**
   * Whether a dictionary of `bytes` should be copied: so much of it was taken that this is not dearer. Where copies were outdated
   * before, it takes twice as much each time.
   */
  isWorthCopying({ takenBytes, outdated }: KeptDictionary, bytes: number): boolean {
    return bytes <= this.#maxBytes && takenBytes >= bytes * WORTH_COPYING * 2 ** outdated;
  }

  /** Keeps a copy. */
  keep(kept: KeptDictionary, copy: RawDictionary, bytes: number): void {
    kept.copy = copy;
    kept.copyBytes = bytes;
    const copies = this.#copies ??= new Set();
    copies.add(kept);
    this.#byteLength += bytes;
    for (const oldest of copies) {
      if (this.#byteLength <= this.#maxBytes) return;
      this.#drop(oldest);
    }
  }

  /** The dictionary is not what it was. */
  outdate(kept: KeptDictionary): void {
    this.#drop(kept);
    kept.outdated++;
  }

  /** A dictionary cannot be copied, or not compared. */
  refuse(kept: KeptDictionary): void {
    kept.outdated = Infinity;
  }

  /** Lets go of all copies. */
  clear(): void {
    for (const kept of this.#copies ?? []) this.#drop(kept);
  }

  #drop(kept: KeptDictionary): void {
    this.#byteLength -= kept.copyBytes;
    this.#copies?.delete(kept);
    kept.copy = null;
    kept.copyBytes = kept.takenBytes = 0;
  }
}
