/** @module What a column chunk has become: its bytes, and metadata whose offsets count from the chunk's first byte. */

import type { ColumnMetaData } from "../format/metadata.ts";

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
}
