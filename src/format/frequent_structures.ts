/**
 * Structures that a file has for each page and each column chunk, member by member: a small file has little else to do. By their
 * descriptions they take three times as long: a page header 0.31 µs, a column chunk 1.09, its two indexes 0.47, and 0.09, 0.30 and 0.18 here
 * (Node 26.10).
 *
 * Each function writes what its description says, for values that have no members but those that this library writes; for others it
 * writes nothing, and returns `false`.
 *
 * @module
 */

import type {
  ColumnChunk,
  ColumnIndex,
  ColumnMetaData,
  DataPageHeader,
  DataPageHeaderV2,
  DictionaryPageHeader,
  OffsetIndex,
  PageEncodingStats,
  PageHeader,
  PageLocation,
  SizeStatistics,
  Statistics,
} from "./metadata.ts";
import { BOUNDARY_ORDER, COMPRESSION_CODEC, ENCODING, PAGE_TYPE, TYPE } from "./structure_enums.ts";
import { WIRE_BINARY, WIRE_I32, WIRE_STRUCT, WIRE_TRUE } from "./thrift_description.ts";
import {
  binaries,
  binary,
  bool,
  codeOf,
  i32,
  i64,
  i64s,
  listHeader,
  name,
  string,
} from "./thrift_members.ts";
import { bytesWritten, roomFor, writtenUpTo } from "./thrift_output.ts";

/** Ends a structure. */
const STOP = 0;
/** Bytes of an integer and of what comes before it, at the most. */
const INTEGER_ROOM = 12;
/** Bytes of all members of a page header, or of those of a column chunk that are no lists. */
const SCALARS_ROOM = 512;

/** A page header without statistics. */
export function writePageHeader(header: PageHeader): boolean {
  const { crc, dataPageHeader, indexPageHeader, dictionaryPageHeader, dataPageHeaderV2 } = header;
  if (
    indexPageHeader !== undefined || dataPageHeader?.statistics !== undefined ||
    dataPageHeaderV2?.statistics !== undefined
  ) return false;
  const out = roomFor(SCALARS_ROOM);
  let at = bytesWritten();
  at = name(out, at, 1, PAGE_TYPE, header.type);
  at = i32(out, at, 1, header.uncompressedPageSize);
  at = i32(out, at, 1, header.compressedPageSize);
  let last = 3;
  if (crc !== undefined) {
    at = i32(out, at, 1, crc);
    last = 4;
  }
  if (dataPageHeader !== undefined) {
    out[at++] = (5 - last) << 4 | WIRE_STRUCT;
    at = dataPage(out, at, dataPageHeader);
    last = 5;
  }
  if (dictionaryPageHeader !== undefined) {
    out[at++] = (7 - last) << 4 | WIRE_STRUCT;
    at = dictionaryPage(out, at, dictionaryPageHeader);
    last = 7;
  }
  if (dataPageHeaderV2 !== undefined) {
    out[at++] = (8 - last) << 4 | WIRE_STRUCT;
    at = dataPageV2(out, at, dataPageHeaderV2);
  }
  out[at++] = STOP;
  writtenUpTo(at);
  return true;
}

function dataPage(out: Uint8Array, at: number, header: DataPageHeader): number {
  at = i32(out, at, 1, header.numValues);
  at = name(out, at, 1, ENCODING, header.encoding);
  at = name(out, at, 1, ENCODING, header.definitionLevelEncoding);
  at = name(out, at, 1, ENCODING, header.repetitionLevelEncoding);
  out[at++] = STOP;
  return at;
}

function dictionaryPage(out: Uint8Array, at: number, header: DictionaryPageHeader): number {
  at = i32(out, at, 1, header.numValues);
  at = name(out, at, 1, ENCODING, header.encoding);
  if (header.isSorted !== undefined) at = bool(out, at, 1, header.isSorted);
  out[at++] = STOP;
  return at;
}

function dataPageV2(out: Uint8Array, at: number, header: DataPageHeaderV2): number {
  at = i32(out, at, 1, header.numValues);
  at = i32(out, at, 1, header.numNulls);
  at = i32(out, at, 1, header.numRows);
  at = name(out, at, 1, ENCODING, header.encoding);
  at = i32(out, at, 1, header.definitionLevelsByteLength);
  at = i32(out, at, 1, header.repetitionLevelsByteLength);
  if (header.isCompressed !== undefined) at = bool(out, at, 1, header.isCompressed);
  out[at++] = STOP;
  return at;
}

/** A column chunk of this file, whose metadata are none that only other writers have. */
export function writeColumnChunk(chunk: ColumnChunk): boolean {
  const { metaData, filePath, cryptoMetadata, encryptedColumnMetadata } = chunk;
  if (
    filePath !== undefined || cryptoMetadata !== undefined ||
    encryptedColumnMetadata !== undefined || metaData === undefined || !isFrequent(metaData)
  ) return false;
  const out = roomFor(roomOf(metaData));
  let at = i64(out, bytesWritten(), 2, chunk.fileOffset);
  out[at++] = 1 << 4 | WIRE_STRUCT;
  at = columnMetaData(out, at, metaData);
  let last = 3;
  if (chunk.offsetIndexOffset !== undefined) {
    at = i64(out, at, 4 - last, chunk.offsetIndexOffset);
    last = 4;
  }
  if (chunk.offsetIndexLength !== undefined) {
    at = i32(out, at, 5 - last, chunk.offsetIndexLength);
    last = 5;
  }
  if (chunk.columnIndexOffset !== undefined) {
    at = i64(out, at, 6 - last, chunk.columnIndexOffset);
    last = 6;
  }
  if (chunk.columnIndexLength !== undefined) {
    at = i32(out, at, 7 - last, chunk.columnIndexLength);
  }
  out[at++] = STOP;
  writtenUpTo(at);
  return true;
}

/** Whether there are no members that are written by the description alone. */
function isFrequent(metaData: ColumnMetaData): boolean {
  const { keyValueMetadata, indexPageOffset, statistics, geospatialStatistics } = metaData;
  if (
    keyValueMetadata !== undefined || indexPageOffset !== undefined ||
    geospatialStatistics !== undefined
  ) return false;
  if (statistics === undefined) return true;
  return statistics.max === undefined && statistics.min === undefined &&
    statistics.distinctCount === undefined;
}

/** Bytes of a column chunk, at the most. */
function roomOf(metaData: ColumnMetaData): number {
  const { encodings, pathInSchema, statistics, encodingStats, sizeStatistics } = metaData;
  const integers = encodings.length + 3 * (encodingStats?.length ?? 0) +
    (sizeStatistics?.repetitionLevelHistogram?.length ?? 0) +
    (sizeStatistics?.definitionLevelHistogram?.length ?? 0);
  let room = SCALARS_ROOM + INTEGER_ROOM * integers + (statistics?.minValue?.length ?? 0) +
    (statistics?.maxValue?.length ?? 0);
  for (const name of pathInSchema) room += INTEGER_ROOM + 3 * name.length;
  return room;
}

function columnMetaData(out: Uint8Array, at: number, metaData: ColumnMetaData): number {
  const { encodings, pathInSchema, statistics, encodingStats, sizeStatistics } = metaData;
  at = name(out, at, 1, TYPE, metaData.type);
  at = listHeader(out, at, 1, WIRE_I32, encodings.length);
  for (let i = 0; i < encodings.length; i++) out[at++] = codeOf(ENCODING, encodings[i]!) << 1;
  at = listHeader(out, at, 1, WIRE_BINARY, pathInSchema.length);
  for (let i = 0; i < pathInSchema.length; i++) at = string(out, at, pathInSchema[i]!);
  at = name(out, at, 1, COMPRESSION_CODEC, metaData.codec);
  at = i64(out, at, 1, metaData.numValues);
  at = i64(out, at, 1, metaData.totalUncompressedSize);
  at = i64(out, at, 1, metaData.totalCompressedSize);
  at = i64(out, at, 2, metaData.dataPageOffset);
  let last = 9;
  if (metaData.dictionaryPageOffset !== undefined) {
    at = i64(out, at, 11 - last, metaData.dictionaryPageOffset);
    last = 11;
  }
  if (statistics !== undefined) {
    out[at++] = (12 - last) << 4 | WIRE_STRUCT;
    at = chunkStatistics(out, at, statistics);
    last = 12;
  }
  if (encodingStats !== undefined) {
    at = listHeader(out, at, 13 - last, WIRE_STRUCT, encodingStats.length);
    for (let i = 0; i < encodingStats.length; i++) at = pageStats(out, at, encodingStats[i]!);
    last = 13;
  }
  if (metaData.bloomFilterOffset !== undefined) {
    at = i64(out, at, 14 - last, metaData.bloomFilterOffset);
    last = 14;
  }
  if (metaData.bloomFilterLength !== undefined) {
    at = i32(out, at, 15 - last, metaData.bloomFilterLength);
    last = 15;
  }
  if (sizeStatistics !== undefined) {
    out[at++] = (16 - last) << 4 | WIRE_STRUCT;
    at = sizes(out, at, sizeStatistics);
  }
  out[at++] = STOP;
  return at;
}

function chunkStatistics(out: Uint8Array, at: number, statistics: Statistics): number {
  const { nullCount, maxValue, minValue, isMaxValueExact, isMinValueExact, nanCount } = statistics;
  let last = 0;
  if (nullCount !== undefined) {
    at = i64(out, at, 3, nullCount);
    last = 3;
  }
  if (maxValue !== undefined) {
    at = binary(out, at, 5 - last, maxValue);
    last = 5;
  }
  if (minValue !== undefined) {
    at = binary(out, at, 6 - last, minValue);
    last = 6;
  }
  if (isMaxValueExact !== undefined) {
    at = bool(out, at, 7 - last, isMaxValueExact);
    last = 7;
  }
  if (isMinValueExact !== undefined) {
    at = bool(out, at, 8 - last, isMinValueExact);
    last = 8;
  }
  if (nanCount !== undefined) at = i64(out, at, 9 - last, nanCount);
  out[at++] = STOP;
  return at;
}

function pageStats(out: Uint8Array, at: number, stats: PageEncodingStats): number {
  at = name(out, at, 1, PAGE_TYPE, stats.pageType);
  at = name(out, at, 1, ENCODING, stats.encoding);
  at = i32(out, at, 1, stats.count);
  out[at++] = STOP;
  return at;
}

function sizes(out: Uint8Array, at: number, statistics: SizeStatistics): number {
  const { unencodedByteArrayDataBytes, repetitionLevelHistogram, definitionLevelHistogram } =
    statistics;
  let last = 0;
  if (unencodedByteArrayDataBytes !== undefined) {
    at = i64(out, at, 1, unencodedByteArrayDataBytes);
    last = 1;
  }
  if (repetitionLevelHistogram !== undefined) {
    at = i64s(out, at, 2 - last, repetitionLevelHistogram);
    last = 2;
  }
  if (definitionLevelHistogram !== undefined) {
    at = i64s(out, at, 3 - last, definitionLevelHistogram);
  }
  out[at++] = STOP;
  return at;
}

/** An offset index. */
export function writeOffsetIndex(index: OffsetIndex): boolean {
  const { pageLocations, unencodedByteArrayDataBytes } = index;
  if (pageLocations === undefined) return false;
  const integers = 3 * pageLocations.length + (unencodedByteArrayDataBytes?.length ?? 0);
  const out = roomFor(INTEGER_ROOM * (integers + 4));
  let at = listHeader(out, bytesWritten(), 1, WIRE_STRUCT, pageLocations.length);
  for (let i = 0; i < pageLocations.length; i++) at = pageLocation(out, at, pageLocations[i]!);
  if (unencodedByteArrayDataBytes !== undefined) {
    at = i64s(out, at, 1, unencodedByteArrayDataBytes);
  }
  out[at++] = STOP;
  writtenUpTo(at);
  return true;
}

function pageLocation(out: Uint8Array, at: number, location: PageLocation): number {
  at = i64(out, at, 1, location.offset);
  at = i32(out, at, 1, location.compressedPageSize);
  at = i64(out, at, 1, location.firstRowIndex);
  out[at++] = STOP;
  return at;
}

/** A column index. */
export function writeColumnIndex(index: ColumnIndex): boolean {
  const { nullPages, minValues, maxValues, nullCounts, nanCounts } = index;
  const { repetitionLevelHistograms, definitionLevelHistograms } = index;
  if (nullPages === undefined || minValues === undefined || maxValues === undefined) return false;
  const integers = nullPages.length + minValues.length + maxValues.length +
    (nullCounts?.length ?? 0) + (nanCounts?.length ?? 0) +
    (repetitionLevelHistograms?.length ?? 0) + (definitionLevelHistograms?.length ?? 0);
  let room = INTEGER_ROOM * (integers + 10);
  for (let i = 0; i < minValues.length; i++) room += minValues[i]!.length;
  for (let i = 0; i < maxValues.length; i++) room += maxValues[i]!.length;
  const out = roomFor(room);
  let at = listHeader(out, bytesWritten(), 1, WIRE_TRUE, nullPages.length);
  for (let i = 0; i < nullPages.length; i++) at = bool(out, at, 0, nullPages[i]!);
  at = binaries(out, at, 1, minValues);
  at = binaries(out, at, 1, maxValues);
  at = name(out, at, 1, BOUNDARY_ORDER, index.boundaryOrder);
  let last = 4;
  if (nullCounts !== undefined) {
    at = i64s(out, at, 5 - last, nullCounts);
    last = 5;
  }
  if (repetitionLevelHistograms !== undefined) {
    at = i64s(out, at, 6 - last, repetitionLevelHistograms);
    last = 6;
  }
  if (definitionLevelHistograms !== undefined) {
    at = i64s(out, at, 7 - last, definitionLevelHistograms);
    last = 7;
  }
  if (nanCounts !== undefined) at = i64s(out, at, 8 - last, nanCounts);
  out[at++] = STOP;
  writtenUpTo(at);
  return true;
}
