/**
 * A Parquet file taken apart into its pages, indexes and footer, and put together again with everything in its place: so that
 * one thing can be changed, and nothing but that is wrong.
 */

import type {
  BloomFilterHeader,
  ColumnIndex,
  OffsetIndex,
  PageHeader,
  ParquetMetaData,
} from "../../src/format/metadata.ts";
import {
  decodeBloomFilterHeader,
  decodeColumnIndex,
  decodeFileMetaData,
  decodeOffsetIndex,
  decodePageHeader,
  encodeBloomFilterHeader,
  encodeColumnIndex,
  encodeFileMetaData,
  encodeOffsetIndex,
  encodePageHeader,
} from "../../src/format/structures.ts";

/** Without `readonly`, all the way down. */
export type Mutable<T> = T extends Uint8Array ? Uint8Array
  : T extends object ? { -readonly [K in keyof T]: Mutable<T[K]> }
  : T;

/** A page: its header, and what is stored after it. */
export interface PageModel {
  header: Mutable<PageHeader>;
  body: Uint8Array;
}

/** A column chunk, with what lies elsewhere about it. */
export interface ChunkModel {
  pages: PageModel[];
  columnIndex: Mutable<ColumnIndex> | null;
  offsetIndex: Mutable<OffsetIndex> | null;
  bloomFilter: { header: Mutable<BloomFilterHeader>; bits: Uint8Array } | null;
}

/** A file. */
export interface FileModel {
  metadata: Mutable<ParquetMetaData>;
  /** By row group and column. */
  chunks: ChunkModel[][];
}

/** One change, at the stage of putting together at which nothing will correct it any more. */
export interface Mutation {
  readonly name: string;
  readonly stage: "pages" | "indexes" | "metadata" | "bytes";
  /** Changes the model, or (`"bytes"`) the bytes; what it returns instead of nothing replaces the bytes. */
  apply(model: FileModel, bytes: Uint8Array): Uint8Array | void;
}

/** Takes a right file apart. */
export function takeApart(bytes: Uint8Array): FileModel {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const footerEnd = bytes.length - 8;
  const footer = bytes.subarray(footerEnd - view.getUint32(footerEnd, true), footerEnd);
  const metadata = structuredClone(decodeFileMetaData(footer)) as FileModel["metadata"];
  const chunks = metadata.rowGroups.map(({ columns }) =>
    columns.map((chunk): ChunkModel => {
      const { metaData } = chunk;
      const pages: PageModel[] = [];
      let at = metaData.dictionaryPageOffset ?? metaData.dataPageOffset;
      const end = at + metaData.totalCompressedSize;
      while (at < end) {
        const { header, byteLength } = decodePageHeader(bytes, at);
        const from = at + byteLength;
        at = from + header.compressedPageSize;
        pages.push({ header: structuredClone(header) as never, body: bytes.slice(from, at) });
      }
      const columnIndex = chunk.columnIndexOffset === undefined
        ? null
        : structuredClone(decodeColumnIndex(bytes, chunk.columnIndexOffset).value);
      const offsetIndex = chunk.offsetIndexOffset === undefined
        ? null
        : structuredClone(decodeOffsetIndex(bytes, chunk.offsetIndexOffset).value);
      let bloomFilter: ChunkModel["bloomFilter"] = null;
      if (metaData.bloomFilterOffset !== undefined) {
        const { value, byteLength } = decodeBloomFilterHeader(bytes, metaData.bloomFilterOffset);
        const from = metaData.bloomFilterOffset + byteLength;
        bloomFilter = {
          header: structuredClone(value),
          bits: bytes.slice(from, from + value.numBytes),
        };
      }
      return { pages, columnIndex, offsetIndex, bloomFilter } as ChunkModel;
    })
  );
  return { metadata, chunks };
}

/** Puts a file together; `mutation` is applied on the way, and the model itself stays as it is. */
export function putTogether(original: FileModel, mutation: Mutation | null = null): Uint8Array {
  const model = structuredClone(original);
  const at = (stage: Mutation["stage"], bytes = new Uint8Array()) =>
    mutation?.stage === stage ? mutation.apply(model, bytes) : undefined;
  const { metadata, chunks } = model;
  const parts: Uint8Array[] = [new TextEncoder().encode("PAR1")];
  let position = 4;
  const place = (bytes: Uint8Array): number => {
    parts.push(bytes);
    position += bytes.length;
    return position - bytes.length;
  };

  at("pages");
  metadata.rowGroups.forEach((rowGroup, g) => {
    rowGroup.fileOffset = position;
    rowGroup.totalByteSize = 0;
    rowGroup.columns.forEach(({ metaData }, c) => {
      const { pages, offsetIndex } = chunks[g]![c]!;
      metaData.totalCompressedSize = metaData.totalUncompressedSize = 0;
      let dataPage = 0;
      for (const { header, body } of pages) {
        const headerBytes = encodePageHeader(header);
        const offset = place(headerBytes);
        place(body);
        const compressedPageSize = headerBytes.length + body.length;
        metaData.totalCompressedSize += compressedPageSize;
        metaData.totalUncompressedSize += headerBytes.length + header.uncompressedPageSize;
        if (header.type === "DICTIONARY_PAGE") metaData.dictionaryPageOffset = offset;
        else {
          const location = offsetIndex?.pageLocations[dataPage];
          if (location) Object.assign(location, { offset, compressedPageSize });
          if (dataPage++ === 0) metaData.dataPageOffset = offset;
        }
      }
      rowGroup.totalByteSize += metaData.totalUncompressedSize;
    });
    rowGroup.totalCompressedSize = position - rowGroup.fileOffset;
  });

  at("indexes");
  const each = (
    visit: (
      column: (typeof metadata)["rowGroups"][number]["columns"][number],
      chunk: ChunkModel,
    ) => void,
  ) =>
    metadata.rowGroups.forEach(({ columns }, g) =>
      columns.forEach((column, c) => visit(column, chunks[g]![c]!))
    );
  each(({ metaData }, { bloomFilter }) => {
    if (bloomFilter === null) return;
    const header = encodeBloomFilterHeader(bloomFilter.header);
    metaData.bloomFilterOffset = place(header);
    place(bloomFilter.bits);
    metaData.bloomFilterLength = header.length + bloomFilter.bits.length;
  });
  each((column, { columnIndex }) => {
    if (columnIndex === null) return;
    const bytes = encodeColumnIndex(columnIndex);
    column.columnIndexOffset = place(bytes);
    column.columnIndexLength = bytes.length;
  });
  each((column, { offsetIndex }) => {
    if (offsetIndex === null) return;
    const bytes = encodeOffsetIndex(offsetIndex);
    column.offsetIndexOffset = place(bytes);
    column.offsetIndexLength = bytes.length;
  });

  at("metadata");
  const footer = encodeFileMetaData(metadata);
  place(footer);
  const trailer = new Uint8Array(8);
  new DataView(trailer.buffer).setUint32(0, footer.length, true);
  trailer.set(parts[0]!, 4);
  place(trailer);
  const bytes = new Uint8Array(position);
  let to = 0;
  for (const part of parts) {
    bytes.set(part, to);
    to += part.length;
  }
  return at("bytes", bytes) ?? bytes;
}
