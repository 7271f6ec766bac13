/**
 * What column chunks leave behind to be written after the last row group: Bloom filters and indexes.
 *
 * @module
 */

import type { EncodedColumnChunk, PageLocations } from "../column/encoded_column_chunk.ts";
import type { ColumnChunk, OffsetIndex, RowGroup } from "../format/metadata.ts";
import { encodeOffsetIndex } from "../format/structures.ts";
import type { Mutable } from "../util/mutable.ts";

/** What one chunk leaves behind. */
export interface Appendix {
  readonly bloomFilter: Uint8Array | undefined;
  readonly columnIndex: Uint8Array | undefined;
  readonly offsetIndex: Uint8Array | undefined;
}

/**
 * What a chunk leaves behind whose first byte is at `position`. Offset indexes are encoded at once: they take far less room than their
 * objects.
 */
export function appendixOf(chunk: EncodedColumnChunk, position: number): Appendix {
  const { bloomFilter, columnIndex, offsetIndex } = chunk;
  return {
    bloomFilter,
    columnIndex,
    offsetIndex: offsetIndex === undefined
      ? undefined
      : encodeOffsetIndex(placedPages(offsetIndex, position)),
  };
}

/** Bytes of all of it. */
export function byteLengthOf({ bloomFilter, columnIndex, offsetIndex }: Appendix): number {
  return (bloomFilter?.length ?? 0) + (columnIndex?.length ?? 0) + (offsetIndex?.length ?? 0);
}

/** Tells a chunk where one of its appendices is, at `position`, and returns that, if there is one. */
type Place = (
  chunk: Mutable<ColumnChunk>,
  appendix: Appendix,
  position: number,
) => Uint8Array | undefined;

/** A row group whose chunks are told where their appendices are. */
export type PlacedRowGroup = RowGroup & { readonly columns: readonly Mutable<ColumnChunk>[] };

const placeBloomFilter: Place = (chunk, { bloomFilter }, position) => {
  if (bloomFilter !== undefined) {
    chunk.metaData = {
      ...chunk.metaData,
      bloomFilterOffset: position,
      bloomFilterLength: bloomFilter.length,
    };
  }
  return bloomFilter;
};

const placeColumnIndex: Place = (chunk, { columnIndex }, position) => {
  if (columnIndex !== undefined) {
    chunk.columnIndexOffset = position;
    chunk.columnIndexLength = columnIndex.length;
  }
  return columnIndex;
};

const placeOffsetIndex: Place = (chunk, { offsetIndex }, position) => {
  if (offsetIndex !== undefined) {
    chunk.offsetIndexOffset = position;
    chunk.offsetIndexLength = offsetIndex.length;
  }
  return offsetIndex;
};

/** In the order in which a file has them, each kind of all chunks. */
export const PLACES: readonly Place[] = [placeBloomFilter, placeColumnIndex, placeOffsetIndex];

/** Where pages are that belong to a chunk at `chunkOffset` of the file. */
export function placedPages(locations: PageLocations, chunkOffset: number): OffsetIndex {
  const { firstRowIndexes, unencodedByteArrayDataBytes } = locations;
  let offset = chunkOffset + locations.firstOffset;
  const pageLocations = locations.compressedPageSizes.map((compressedPageSize, page) => {
    const location = { offset, compressedPageSize, firstRowIndex: firstRowIndexes[page]! };
    offset += compressedPageSize;
    return location;
  });
  return unencodedByteArrayDataBytes === undefined
    ? { pageLocations }
    : { pageLocations, unencodedByteArrayDataBytes };
}
