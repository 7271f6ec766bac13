/**
 * Which bytes of the file belong to what.
 *
 * @module
 */

import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";

/** What a range of bytes may be. */
export type RangeKind =
  | "magic"
  | "footer"
  | "column chunk"
  | "column index"
  | "offset index"
  | "Bloom filter"
  | "encrypted column chunk";

/** Bytes that something says are its own. */
export interface ByteRange {
  readonly kind: RangeKind;
  readonly start: number;
  /** After the last one. */
  readonly end: number;
  readonly place: Place;
}

/** Bytes that no range has. */
export interface Gap {
  readonly start: number;
  /** After the last one. */
  readonly end: number;
}

/** What comes of putting the ranges of a file in order. */
export interface CheckedLayout {
  /**
   * Ranges that begin within another one. Whoever does not read them reads no byte of the file twice, however often a hostile
   * footer names it.
   */
  readonly within: Set<ByteRange>;
  readonly gaps: readonly Gap[];
}

/** Collects the ranges of a file. */
export class FileLayout {
  readonly #ranges: ByteRange[] = [];

  /** Adds a range, unless it is empty. */
  add(range: ByteRange): void {
    if (range.end > range.start) this.#ranges.push(range);
  }

  /**
   * Reports overlaps, and finds gaps.
   *
   * @param byteLength Bytes of the file.
   */
  check(findings: Findings, byteLength: number): CheckedLayout {
    const within = new Set<ByteRange>();
    const gaps: Gap[] = [];
    const ranges = this.#ranges.sort((a, b) => a.start - b.start || a.end - b.end);
    let last: ByteRange | null = null;
    let end = 0;
    for (const range of ranges) {
      if (range.start > end) gaps.push({ start: end, end: range.start });
      if (last !== null && range.start < end) {
        within.add(range);
        const message = `${describe(range)} begins within ${describe(last)}, which ends at ${end}`;
        findings.add("overlap", message, { ...range.place, offset: range.start });
      }
      if (range.end > end) {
        end = range.end;
        last = range;
      }
    }
    if (end < byteLength) gaps.push({ start: end, end: byteLength });
    return { within, gaps };
  }
}

function describe({ kind, place: { rowGroup, column } }: ByteRange): string {
  const of = column === undefined ? "" : ` of "${column}" in row group ${rowGroup}`;
  return `the ${kind}${of}`;
}
