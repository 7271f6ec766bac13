/**
 * A Bloom filter against the values of its chunk: it must not miss one.
 *
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { type Picks, valueAt } from "./extremes.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { OrderedColumn, PageFacts } from "./page_facts.ts";
import { valueText } from "./value_text.ts";
import { multiplyHigh, xxh64 } from "./xxh64.ts";

const BLOCK_BYTES = 32;

const SALT = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

/** Checks the split block Bloom filter of one column chunk. */
export class BloomFilterClaims {
  readonly #findings: Findings;
  readonly #types: OrderedColumn;
  readonly #filter: DataView;
  readonly #blocks: number;
  readonly #place: Place;
  readonly #hash = new Int32Array(2);

  constructor(findings: Findings, types: OrderedColumn, filter: Uint8Array, place: Place) {
    this.#findings = findings;
    this.#types = types;
    this.#filter = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
    this.#blocks = Math.floor(filter.length / BLOCK_BYTES);
    this.#place = place;
    if (filter.length > 0 && filter.every((byte) => byte === 0xff)) {
      findings.add("bloom-filter-full", "every bit of the Bloom filter is set", place);
    }
  }

  page(facts: PageFacts): void {
    if (this.#blocks === 0) return;
    const missing = this.#countMissing(facts.values, facts.fresh);
    if (missing.count === 0) return;
    const value = valueAt(facts.values, this.#types.column.width, missing.first);
    const { kind } = this.#types.typeOrder ?? { kind: null };
    const others = missing.count === 1 ? "" : `, nor ${missing.count - 1} others`;
    this.#findings.add(
      "bloom-filter-false-negative",
      `the Bloom filter does not have ${valueText(kind, value)}${others}`,
      { ...this.#place, page: facts.page.ordinal, offset: facts.page.offset },
    );
  }

  #countMissing(values: DecodedValues, picks: Picks): { count: number; first: number } {
    const { bytes, offsets } = values;
    const { width } = this.#types.column;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const filter = this.#filter;
    const hash = this.#hash;
    const n = picks === null ? values.count : picks.length;
    let count = 0, first = -1;
    for (let k = 0; k < n; k++) {
      const i = picks === null ? k : picks[k]!;
      const start = offsets === null ? i * width : offsets[i]!;
      xxh64(view, start, offsets === null ? width : offsets[i + 1]! - start, hash);
      const low = hash[1]!;
      let at = (multiplyHigh(hash[0]!, this.#blocks) >>> 0) * BLOCK_BYTES;
      let found = 1;
      for (let word = 0; word < 8; word++, at += 4) {
        found &= filter.getInt32(at, true) >>> (Math.imul(low, SALT[word]!) >>> 27);
      }
      if (found === 1) continue;
      if (count++ === 0) first = i;
    }
    return { count, first };
  }

  finish(): void {}
}
