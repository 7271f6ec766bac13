/**
 * What is claimed about sizes and levels of a chunk and its pages.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (SizeStatistics, OffsetIndex)
 * @module
 */

import type { OffsetIndex, SizeStatistics } from "../../format/metadata.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import type { PageFacts } from "./page_facts.ts";

/** Checks sizes and histograms of one column chunk. */
export class SizeClaims {
  readonly #findings: Findings;
  readonly #column: LeafColumn;
  readonly #sizes: SizeStatistics;
  /** Of the offset index. */
  readonly #pageBytes: readonly number[] | undefined;
  readonly #place: Place;
  readonly #repetition: number[];
  readonly #definition: number[];
  #bytes = 0;
  #pages = 0;

  constructor(
    findings: Findings,
    column: LeafColumn,
    sizes: SizeStatistics | undefined,
    offsetIndex: OffsetIndex | null,
    place: Place,
  ) {
    this.#findings = findings;
    this.#column = column;
    this.#sizes = sizes ?? {};
    this.#pageBytes = offsetIndex?.unencodedByteArrayDataBytes;
    this.#place = place;
    this.#repetition = new Array<number>(column.maxRepetitionLevel + 1).fill(0);
    this.#definition = new Array<number>(column.maxDefinitionLevel + 1).fill(0);
    const bytes = this.#sizes.unencodedByteArrayDataBytes;
    if (column.physicalType !== "BYTE_ARRAY" && (bytes ?? this.#pageBytes) !== undefined) {
      const message = `unencoded bytes are given of a column of ${column.physicalType}`;
      findings.add("unencoded-bytes-type", message, place);
    }
  }

  page(facts: PageFacts): void {
    const sizes = this.#sizes;
    this.#pages++;
    if (sizes.repetitionLevelHistogram !== undefined) {
      addTo(this.#repetition, facts.repetitionHistogram);
    }
    if (sizes.definitionLevelHistogram !== undefined) {
      addTo(this.#definition, facts.definitionHistogram);
    }
    if (this.#column.physicalType !== "BYTE_ARRAY") return;
    if (sizes.unencodedByteArrayDataBytes !== undefined) this.#bytes += facts.unencodedBytes;
    const { ordinal, offset } = facts.page;
    const claimed = this.#pageBytes?.[ordinal];
    if (claimed === undefined || claimed === facts.unencodedBytes) return;
    this.#findings.add(
      "page-unencoded-bytes",
      `unencoded_byte_array_data_bytes has ${claimed}, the values have ${facts.unencodedBytes} bytes`,
      { ...this.#place, page: ordinal, offset },
    );
  }

  finish(complete: boolean): void {
    if (!complete) return;
    const sizes = this.#sizes;
    this.#holdHistogram("repetition", sizes.repetitionLevelHistogram, this.#repetition);
    this.#holdHistogram("definition", sizes.definitionLevelHistogram, this.#definition);
    if (this.#column.physicalType !== "BYTE_ARRAY") return;
    const claimed = sizes.unencodedByteArrayDataBytes;
    if (claimed !== undefined && claimed !== this.#bytes) {
      this.#findings.add(
        "chunk-unencoded-bytes",
        `unencoded_byte_array_data_bytes is ${claimed}, the values have ${this.#bytes} bytes`,
        this.#place,
      );
    }
    const length = this.#pageBytes?.length;
    if (length !== undefined && length !== this.#pages) {
      const message =
        `unencoded_byte_array_data_bytes has ${length} entries for ${this.#pages} pages`;
      this.#findings.add("page-unencoded-bytes", message, this.#place);
    }
  }

  #holdHistogram(
    which: "repetition" | "definition",
    claimed: readonly number[] | undefined,
    seen: readonly number[],
  ): void {
    if (claimed === undefined) return;
    // May be left out where it says nothing new; some write an empty list then.
    const dispensable = which === "definition" ? 2 : 1;
    if (claimed.length === 0 && seen.length <= dispensable) return;
    if (claimed.length === seen.length && seen.every((count, i) => count === claimed[i])) return;
    const said = claimed.length > 300 ? `${claimed.length} entries` : `[${claimed}]`;
    const message = `the histogram is ${said}, the levels count [${seen}]`;
    this.#findings.add(`chunk-${which}-histogram`, message, this.#place);
  }
}

function addTo(sums: number[], counts: readonly number[]): void {
  counts.forEach((count, i) => sums[i]! += count);
}
