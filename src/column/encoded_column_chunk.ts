/** @module What a column chunk has become: its bytes, and metadata whose offsets count from the chunk's first byte. */

import type { ColumnMetaData, GeospatialStatistics } from "../format/metadata.ts";

/**
 * Where the data pages are, which follow one another: one entry a page in each list. Lists of numbers, since these are posted
 * between threads at little cost.
 */
export interface PageLocations {
  /** Where the first data page begins, counted from the chunk's first byte. */
  readonly firstOffset: number;
  /** Bytes, page header included. */
  readonly compressedPageSizes: readonly number[];
  readonly firstRowIndexes: readonly number[];
  /** Byte arrays only. */
  readonly unencodedByteArrayDataBytes?: readonly number[];
}

/** What is known of a chunk and is not in its metadata: GeoParquet's has a place for it. */
export interface UnwrittenStatistics {
  /** Of geometries that no logical type calls so. */
  readonly geospatial?: GeospatialStatistics;
  /** Bounds of the numbers among NaNs, PLAIN-encoded. */
  readonly bounds?: { readonly min: Uint8Array; readonly max: Uint8Array };
}

/** A finished column chunk; plain data that can be posted between threads. */
export interface EncodedColumnChunk {
  /** Ordinal of the leaf column. */
  readonly column: number;
  /** The chunk's bytes, in order: page headers and pages. Plain `ArrayBuffer`s, never shared, each transferable. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
  /** Sum of the parts' lengths. */
  readonly byteLength: number;
  /** Metadata, its offsets relative to the chunk. */
  readonly metaData: ColumnMetaData;
  readonly unwritten?: UnwrittenStatistics;
  /** Bloom filter: its header and bit set, to be written after the last row group. */
  readonly bloomFilter?: Uint8Array<ArrayBuffer>;
  /** The column index, encoded. Where it is present, `offsetIndex` is too. */
  readonly columnIndex?: Uint8Array<ArrayBuffer>;
  /** Becomes the offset index. */
  readonly offsetIndex?: PageLocations;
}
