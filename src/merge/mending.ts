/**
 * What a merge does about each rule that an input breaks: put right what it writes anew anyway, leave out what may be left out, or
 * refuse the file.
 *
 * @module
 */

import type { ColumnChunk, ParquetMetaData } from "../format/metadata.ts";
import { FormatError } from "../util/errors.ts";
import type { Fault } from "../verify/fault.ts";

/** Parts of a file that are not kept as they are: left out, since no value is lost with them, but for pages, which are encoded again. */
export type Part =
  | "pages"
  | "statistics"
  | "bounds"
  | "pageIndex"
  | "bloomFilter"
  | "sizeStatistics"
  | "geospatialStatistics"
  | "sortingColumns"
  | "arrowSchema"
  | "geo";

/**
 * What a rule asks for. `"rewritten"`: what is wrong is written anew in any case. `"encoded again"`: pages can be read, but must not stay as
 * they are.
 */
type Mending = "rewritten" | "encoded again" | readonly Exclude<Part, "pages">[];

/** How parts are called in notes. */
const PART_NAMES: Readonly<Record<Exclude<Part, "pages">, string>> = {
  statistics: "the statistics",
  bounds: "the bounds",
  pageIndex: "the page index",
  bloomFilter: "the Bloom filter",
  sizeStatistics: "the size statistics",
  geospatialStatistics: "the geospatial statistics",
  sortingColumns: "sorting_columns",
  arrowSchema: "ARROW:schema",
  geo: "the key geo",
};

const STATISTICS: Mending = ["statistics"];
const BOUNDS: Mending = ["statistics", "pageIndex"];
const PAGE_INDEX: Mending = ["pageIndex"];
const BLOOM_FILTER: Mending = ["bloomFilter"];

/** Rules of the verifier that do not make a file unfit for a merge. */
const MENDINGS: Readonly<Record<string, Mending>> = {
  "version": "rewritten",
  "file-rows": "rewritten",
  "row-group-byte-size": "rewritten",
  "row-group-compressed-size": "rewritten",
  "row-group-ordinal": "rewritten",
  "row-group-offset": "rewritten",
  "sorting-columns": "rewritten",
  "converted-type": "rewritten",
  "converted-type-missing": "rewritten",
  "decimal-members": "rewritten",
  "column-orders-missing": ["bounds"],
  "data-page-offset": "rewritten",
  "dictionary-page-offset": "rewritten",
  "chunk-uncompressed-size": "rewritten",
  "encodings": "rewritten",
  "encodings-incomplete": "rewritten",
  "encoding-stats": "rewritten",
  "chunk-null-count": STATISTICS,
  "chunk-nan-count": STATISTICS,
  "nan-count-type": STATISTICS,
  "nan-count-missing": STATISTICS,
  "chunk-distinct-count": STATISTICS,
  "chunk-min-too-large": STATISTICS,
  "chunk-max-too-small": STATISTICS,
  "chunk-min-not-exact": STATISTICS,
  "chunk-max-not-exact": STATISTICS,
  "deprecated-min-too-large": STATISTICS,
  "deprecated-max-too-small": STATISTICS,
  "chunk-bounds-crossed": STATISTICS,
  "bound-encoding": BOUNDS,
  "bound-nan": BOUNDS,
  "bound-nan-beside-values": BOUNDS,
  "bounds-of-nans": BOUNDS,
  "index-location": PAGE_INDEX,
  "offset-index": PAGE_INDEX,
  "offset-index-missing": PAGE_INDEX,
  "column-index-length": PAGE_INDEX,
  "index-null-count": PAGE_INDEX,
  "index-nan-count": PAGE_INDEX,
  "index-min-too-large": PAGE_INDEX,
  "index-max-too-small": PAGE_INDEX,
  "index-bounds-crossed": PAGE_INDEX,
  "index-null-page": PAGE_INDEX,
  "index-null-page-bounds": PAGE_INDEX,
  "index-nan-page": PAGE_INDEX,
  "index-int96": PAGE_INDEX,
  "boundary-order": PAGE_INDEX,
  "index-repetition-histogram": PAGE_INDEX,
  "index-definition-histogram": PAGE_INDEX,
  "page-unencoded-bytes": PAGE_INDEX,
  "bloom-filter-location": BLOOM_FILTER,
  "bloom-filter-size": BLOOM_FILTER,
  "bloom-filter-length": "rewritten",
  "bloom-filter-false-negative": BLOOM_FILTER,
  "chunk-repetition-histogram": ["sizeStatistics"],
  "chunk-definition-histogram": ["sizeStatistics"],
  "chunk-unencoded-bytes": ["sizeStatistics"],
  "geospatial-statistics-type": ["geospatialStatistics"],
  "bbox-invalid": ["geospatialStatistics"],
  "bbox-too-small": ["geospatialStatistics"],
  "bbox-of-nothing": ["geospatialStatistics"],
  "geospatial-types": ["geospatialStatistics"],
  "sorting-violated": ["sortingColumns"],
  "arrow-schema-invalid": ["arrowSchema"],
  "arrow-schema-mismatch": ["arrowSchema"],
  "geo-metadata": ["geo"],
  "dictionary-value-count": "encoded again",
  "values-leftover": "encoded again",
  "page-compression-leftover": "encoded again",
  "page-num-nulls": "encoded again",
  "page-num-rows": "encoded again",
  "page-mid-row": "encoded again",
  "page-statistics-null-count": "encoded again",
  "page-nan-count": "encoded again",
  "page-distinct-count": "encoded again",
  "page-min-too-large": "encoded again",
  "page-max-too-small": "encoded again",
  "page-min-not-exact": "encoded again",
  "page-max-not-exact": "encoded again",
  "page-bounds-crossed": "encoded again",
};

/** What is not kept of an input as it is. */
export class Omissions {
  /** `part`, `part rowGroup` or `part rowGroup column`. */
  readonly #parts = new Set<string>();

  /** Does not keep a part: of one chunk, of a row group, or wherever it occurs. */
  add(part: Part, rowGroup?: number, column?: string): void {
    this.#parts.add(keyOf(part, rowGroup, column));
  }

  /** Whether a part of a chunk, of a row group, or of the file is not kept. */
  has(part: Part, rowGroup?: number, column?: string): boolean {
    if (this.#parts.size === 0) return false;
    return this.#parts.has(keyOf(part)) || this.#parts.has(keyOf(part, rowGroup)) ||
      this.#parts.has(keyOf(part, rowGroup, column));
  }
}

function keyOf(part: Part, rowGroup?: number, column?: string): string {
  return rowGroup === undefined
    ? part
    : column === undefined
    ? `${part} ${rowGroup}`
    : `${part} ${rowGroup} ${column}`;
}

/** A note about a fault that does not make the file unfit. */
export interface Mended {
  readonly fault: Fault;
  readonly message: string;
}

/**
 * Decides about faults.
 *
 * @param name Of the input, for errors.
 * @param omissions Gets what has to be left out.
 * @returns What is said about those that are mended.
 * @throws {FormatError} For the first that cannot be mended.
 */
export function mend(faults: readonly Fault[], name: string, omissions: Omissions): Mended[] {
  const mended: Mended[] = [];
  const told = new Set<string>();
  for (const fault of faults) {
    const { rule, rowGroup, column, page } = fault;
    // Statistics within page headers go where the pages go; of a list that was cut nobody knows where the rest is.
    const inPages = (page !== undefined || fault.count !== undefined) && rule.startsWith("bound");
    const mending = inPages ? "encoded again" : MENDINGS[rule];
    if (mending === undefined) throw refusal(fault, name);
    // Of one chunk, the first breach of a rule says it all.
    const key = JSON.stringify([rule, rowGroup, column]);
    const isNews = !told.has(key);
    told.add(key);
    if (mending === "rewritten") {
      if (isNews) mended.push({ fault, message: `${fault.message}: put right` });
      continue;
    }
    if (mending === "encoded again") {
      omissions.add("pages", rowGroup);
      if (isNews) {
        mended.push({ fault, message: `${fault.message}: the row group is encoded again` });
      }
      continue;
    }
    for (const part of mending) {
      if (part === "arrowSchema" || part === "geo") omissions.add(part);
      else omissions.add(part, rowGroup, part === "sortingColumns" ? undefined : column);
    }
    if (!isNews) continue;
    const names = mending.map((part) => PART_NAMES[part]).join(" and ");
    mended.push({ fault, message: `${fault.message}: ${names} left out` });
  }
  return mended;
}

function refusal({ rule, message, rowGroup, column }: Fault, name: string): FormatError {
  const place = [
    ...(rowGroup === undefined ? [] : [`row group ${rowGroup}`]),
    ...(column === undefined ? [] : [`column "${column}"`]),
  ].join(", ");
  return new FormatError(
    `Cannot merge ${name}: ${place === "" ? "" : `${place}: `}${message} (rule ${rule})`,
  );
}

/**
 * Refuses what is encrypted, or not in the file itself.
 *
 * @throws {FormatError} When it is.
 */
export function refuseForeign(metadata: ParquetMetaData, name: string): void {
  if (metadata.encryptionAlgorithm !== undefined) {
    throw new FormatError(`Cannot merge ${name}: it is encrypted, or its footer is signed`);
  }
  for (const { columns } of metadata.rowGroups) {
    for (const chunk of columns) {
      const state = foreignState(chunk);
      if (state !== null) {
        const column = chunk.metaData.pathInSchema.join(".");
        throw new FormatError(`Cannot merge ${name}: the column "${column}" is ${state}`);
      }
    }
  }
}

function foreignState(chunk: ColumnChunk): string | null {
  if (chunk.cryptoMetadata !== undefined || chunk.encryptedColumnMetadata !== undefined) {
    return "encrypted";
  }
  return chunk.filePath === undefined ? null : "in another file";
}
