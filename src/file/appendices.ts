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

/** A row group whose chunks are told where their appendices are. */
export type PlacedRowGroup = RowGroup & { readonly columns: readonly Mutable<ColumnChunk>[] };

/** What all chunks leave behind, each kind for itself, in the order in which a file has them. */
export class Appendices {
  readonly #bloomFilters: Uint8Array[] = [];
  readonly #columnIndexes: Uint8Array[] = [];
  readonly #offsetIndexes: Uint8Array[] = [];
  /** Of each row group's columns. */
  readonly #rowGroups: (readonly Appendix[])[] = [];
  #bloomFilterBytes = 0;
  #columnIndexBytes = 0;
  #offsetIndexBytes = 0;

  /** Bytes of all of them. */
  get byteLength(): number {
    return this.#bloomFilterBytes + this.#columnIndexBytes + this.#offsetIndexBytes;
  }

  /** Adds what the chunks of a row group leave behind. */
  add(appendices: readonly Appendix[]): void {
    this.#rowGroups.push(appendices);
    for (const { bloomFilter, columnIndex, offsetIndex } of appendices) {
      this.#bloomFilterBytes += bloomFilter?.length ?? 0;
      this.#columnIndexBytes += columnIndex?.length ?? 0;
      this.#offsetIndexBytes += offsetIndex?.length ?? 0;
    }
  }

  /** Says where everything goes, row group by row group, where the first of it is at `position`. Nothing is added any more. */
  placing(position: number): (rowGroup: RowGroup, index: number) => PlacedRowGroup {
    for (const parts of this.parts) parts.length = 0;
    let bloomFilterAt = position;
    let columnIndexAt = bloomFilterAt + this.#bloomFilterBytes;
    let offsetIndexAt = columnIndexAt + this.#columnIndexBytes;
    const place = (chunk: ColumnChunk, appendix: Appendix): Mutable<ColumnChunk> => {
      const { bloomFilter, columnIndex, offsetIndex } = appendix;
      const placed: Mutable<ColumnChunk> = { ...chunk };
      if (bloomFilter !== undefined) {
        const { length } = bloomFilter;
        this.#bloomFilters.push(bloomFilter);
        placed.metaData = {
          ...chunk.metaData,
          bloomFilterOffset: bloomFilterAt,
          bloomFilterLength: length,
        };
        bloomFilterAt += length;
      }
      if (columnIndex !== undefined) {
        this.#columnIndexes.push(columnIndex);
        placed.columnIndexOffset = columnIndexAt;
        placed.columnIndexLength = columnIndex.length;
        columnIndexAt += columnIndex.length;
      }
      if (offsetIndex !== undefined) {
        this.#offsetIndexes.push(offsetIndex);
        placed.offsetIndexOffset = offsetIndexAt;
        placed.offsetIndexLength = offsetIndex.length;
        offsetIndexAt += offsetIndex.length;
      }
      return placed;
    };
    return (rowGroup, index) => {
      const appendices = this.#rowGroups[index]!;
      const columns = rowGroup.columns.map((chunk, column) => place(chunk, appendices[column]!));
      return { ...rowGroup, columns };
    };
  }

  /** Everything that was placed, as the file has it. */
  get parts(): readonly Uint8Array[][] {
    return [this.#bloomFilters, this.#columnIndexes, this.#offsetIndexes];
  }
}

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
