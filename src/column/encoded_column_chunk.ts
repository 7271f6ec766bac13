/** @module What a column chunk has become: its bytes, and metadata whose offsets count from the chunk's first byte. */

import type { ColumnIndex, ColumnMetaData, OffsetIndex } from "../format/metadata.ts";

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
  /** Bloom filter: its header and bit set, to be written after the last row group. */
  readonly bloomFilter?: Uint8Array<ArrayBuffer>;
  /** Bounds of the data pages. Where it is present, `offsetIndex` is too. */
  readonly columnIndex?: ColumnIndex;
  /** Places of the data pages, offsets counted from the chunk's first byte. */
  readonly offsetIndex?: OffsetIndex;
}
