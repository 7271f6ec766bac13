/**
 * Parquet's metadata structures, to bytes and back.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
 *
 * @module
 */

import type {
  BloomFilterHeader,
  ColumnIndex,
  ColumnMetaData,
  OffsetIndex,
  PageHeader,
  ParquetMetaData,
} from "./metadata.ts";
import {
  BLOOM_FILTER_HEADER,
  COLUMN_CHUNK,
  COLUMN_INDEX,
  COLUMN_META_DATA,
  FILE_META_DATA,
  OFFSET_INDEX,
  PAGE_HEADER,
} from "./structure_descriptions.ts";
import {
  type Decoded,
  type DecodeOptions,
  decodeStruct,
  decodeStructInSteps,
  type ThriftAnomaly,
} from "./thrift_compact_reader.ts";
import { encodeStruct, encodeStructInSteps, encodeStructView } from "./thrift_compact_writer.ts";
import type { ThriftType } from "./thrift_description.ts";
import { FormatError } from "../util/errors.ts";
import { finished, type Steps } from "../util/steps.ts";

export type { Decoded, DecodeOptions, ThriftAnomaly };

/**
 * Writes a page header.
 *
 * @throws {LimitError} where a number does not fit into its type.
 */
export function encodePageHeader(header: PageHeader): Uint8Array<ArrayBuffer> {
  return encodeStruct(PAGE_HEADER, header);
}

/** {@linkcode encodePageHeader}; what is returned is valid until the next structure is written. */
export function encodePageHeaderView(header: PageHeader): Uint8Array<ArrayBuffer> {
  return encodeStructView(PAGE_HEADER, header);
}

/**
 * Reads the page header at `offset`; bytes may follow it.
 *
 * @throws {FormatError} where it is none.
 */
export function decodePageHeader(
  bytes: Uint8Array,
  offset: number,
  options?: DecodeOptions,
): { header: PageHeader; byteLength: number } {
  const { value, byteLength } = decodeStruct(PAGE_HEADER, bytes, offset, options);
  return { header: value, byteLength };
}

/**
 * Writes the footer's structure, without the length and the magic that follow it.
 *
 * @param maxByteLength Most bytes it may take, default 2^31 − 1.
 * @throws {LimitError} where it takes more, or where a number does not fit into its type.
 */
export function encodeFileMetaData(
  metadata: ParquetMetaData,
  maxByteLength?: number,
): Uint8Array<ArrayBuffer> {
  return encodeStruct(FILE_META_DATA, metadata, maxByteLength);
}

/** {@linkcode encodeFileMetaData}; what is returned is valid until the next structure is written. */
export function encodeFileMetaDataView(
  metadata: ParquetMetaData,
  maxByteLength?: number,
): Uint8Array<ArrayBuffer> {
  return encodeStructView(FILE_META_DATA, metadata, maxByteLength);
}

/** {@linkcode encodeFileMetaData} in steps; what is returned is valid until the next structure is written. */
export function encodeFileMetaDataInSteps(
  metadata: ParquetMetaData,
  maxByteLength?: number,
): Steps<Uint8Array<ArrayBuffer>> {
  return encodeStructInSteps(FILE_META_DATA, metadata, maxByteLength);
}

/**
 * Reads a footer's structure, which begins at the first byte.
 *
 * @throws {FormatError} where it is none.
 */
export function decodeFileMetaData(bytes: Uint8Array, options?: DecodeOptions): ParquetMetaData {
  return finished(decodeFileMetaDataInSteps(bytes, options));
}

/** {@linkcode decodeFileMetaData} in steps, between which others may have their turn. */
export function* decodeFileMetaDataInSteps(
  bytes: Uint8Array,
  options?: DecodeOptions,
): Steps<ParquetMetaData> {
  const { value, byteLength } = yield* decodeStructInSteps(FILE_META_DATA, bytes, options);
  if (byteLength < bytes.length) {
    const struct = FILE_META_DATA.name;
    options?.onAnomaly?.({ kind: "trailingBytes", struct, id: 0, offset: byteLength });
  }
  return value;
}

/** Reads a copy of a chunk's metadata, as some writers leave it between the chunks: by itself, or in a ColumnChunk. */
export function decodeColumnMetaData(
  bytes: Uint8Array,
  offset: number,
): Decoded<ColumnMetaData> | null {
  return attemptStruct(COLUMN_META_DATA, bytes, offset) ?? attemptChunk(bytes, offset);
}

function attemptChunk(bytes: Uint8Array, offset: number): Decoded<ColumnMetaData> | null {
  const chunk = attemptStruct(COLUMN_CHUNK, bytes, offset);
  return chunk && { value: chunk.value.metaData, byteLength: chunk.byteLength };
}

function attemptStruct<T>(
  type: ThriftType<T>,
  bytes: Uint8Array,
  offset: number,
): Decoded<T> | null {
  try {
    return decodeStruct(type, bytes, offset);
  } catch (error) {
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/** Writes a column index. */
export function encodeColumnIndex(index: ColumnIndex): Uint8Array<ArrayBuffer> {
  return encodeStruct(COLUMN_INDEX, index);
}

/**
 * Reads the column index at `offset`.
 *
 * @throws {FormatError} where it is none.
 */
export function decodeColumnIndex(
  bytes: Uint8Array,
  offset = 0,
  options?: DecodeOptions,
): Decoded<ColumnIndex> {
  return decodeStruct(COLUMN_INDEX, bytes, offset, options);
}

/** Writes an offset index. */
export function encodeOffsetIndex(index: OffsetIndex): Uint8Array<ArrayBuffer> {
  return encodeStruct(OFFSET_INDEX, index);
}

/**
 * Reads the offset index at `offset`.
 *
 * @throws {FormatError} where it is none.
 */
export function decodeOffsetIndex(
  bytes: Uint8Array,
  offset = 0,
  options?: DecodeOptions,
): Decoded<OffsetIndex> {
  return decodeStruct(OFFSET_INDEX, bytes, offset, options);
}

/** Writes a Bloom filter's header. */
export function encodeBloomFilterHeader(header: BloomFilterHeader): Uint8Array<ArrayBuffer> {
  return encodeStruct(BLOOM_FILTER_HEADER, header);
}

/**
 * Reads the Bloom filter header at `offset`; the bit set follows it.
 *
 * @throws {FormatError} where it is none.
 */
export function decodeBloomFilterHeader(
  bytes: Uint8Array,
  offset = 0,
  options?: DecodeOptions,
): Decoded<BloomFilterHeader> {
  return decodeStruct(BLOOM_FILTER_HEADER, bytes, offset, options);
}
