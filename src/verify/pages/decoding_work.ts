/**
 * Bounds the time that a file may take: a few bytes can stand for very many levels, page after page.
 *
 * @module
 */

import type { Findings } from "../findings.ts";

/** Bytes that any file may decode to: a few seconds of work. */
const FREE_BYTES = 2 ** 32;
/**
 * Bytes for each byte that is stored. Pages of nothing but nulls reach a few thousand in files that writers make.
 */
const BYTES_PER_BYTE = 2 ** 14;

/** What is left of the work that one file may cause. */
export class DecodingWork {
  static readonly #works = new WeakMap<Findings, DecodingWork>();
  #left = FREE_BYTES;

  /** That of the file which these are the findings of. */
  static of(findings: Findings): DecodingWork {
    const known = DecodingWork.#works.get(findings);
    if (known !== undefined) return known;
    const work = new DecodingWork();
    DecodingWork.#works.set(findings, work);
    return work;
  }

  /** Adds what a page of so many stored bytes may cause. */
  grant(storedBytes: number): void {
    this.#left += storedBytes * BYTES_PER_BYTE;
  }

  /** Takes what decoding so many bytes costs; `false`: it is not there. */
  spend(decodedBytes: number): boolean {
    if (decodedBytes > this.#left) return false;
    this.#left -= decodedBytes;
    return true;
  }
}
