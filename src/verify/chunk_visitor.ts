/**
 * Where the reading of a column chunk and the checking of what is claimed about it meet.
 *
 * @module
 */

import type { ColumnChunk, ColumnIndex, OffsetIndex, RowGroup } from "../format/metadata.ts";
import type { DecodedDictionary, DecodedPage } from "./decoded_page.ts";
import type { Findings } from "./findings.ts";
import type { GeoColumnClaims } from "./claims/geo_value_claims.ts";
import type { LeafColumn } from "./leaf_column.ts";
import type { Steps } from "../util/steps.ts";

/** A column chunk, with all that lies elsewhere in the file about it. Made before its pages are read. */
export interface ChunkContext {
  readonly findings: Findings;
  readonly column: LeafColumn;
  readonly rowGroup: RowGroup;
  /** Ordinal of the row group. */
  readonly rowGroupIndex: number;
  readonly chunk: ColumnChunk;
  /** `null`: not there, or not readable (which was reported). */
  readonly columnIndex: ColumnIndex | null;
  /** `null`: not there, or not readable (which was reported). */
  readonly offsetIndex: OffsetIndex | null;
  /** Blocks of the Bloom filter, without its header; `null`: not there, or not readable (which was reported). */
  readonly bloomFilter: Uint8Array | null;
  /** What GeoParquet's metadata claims about the values; absent: nothing. */
  readonly geo?: GeoColumnClaims;
}

/** Sees the pages of one column chunk, in order. */
export interface ChunkVisitor {
  /** The dictionary page, before any data page. */
  dictionary(page: DecodedDictionary): void;
  /** A data page that could be decoded. */
  page(page: DecodedPage): void;
  /** The same in steps, between which others may have their turn. */
  pageSteps?(page: DecodedPage): Steps<void>;
  /**
   * The end of the chunk. `complete`: every page could be decoded, so that what is claimed about the whole chunk can be held
   * against what was seen.
   */
  finish(complete: boolean): void;
}
