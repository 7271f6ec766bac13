/**
 * Where the parts of a column chunk lie in the file, and what stands outside of its pages: column index, offset index and
 * Bloom filter.
 *
 * @see https://github.com/apache/parquet-format/blob/master/PageIndex.md
 * @see https://github.com/apache/parquet-format/blob/master/BloomFilter.md
 *
 * @module
 */

import type {
  BloomFilterHeader,
  ColumnChunk,
  ColumnIndex,
  OffsetIndex,
  ParquetMetaData,
} from "../../format/metadata.ts";
import type { RandomAccess } from "../../format/read_metadata.ts";
import {
  decodeBloomFilterHeader,
  decodeColumnIndex,
  type Decoded,
  decodeOffsetIndex,
  type DecodeOptions,
} from "../../format/structures.ts";
import { readExactly } from "./byte_window.ts";
import type { Place } from "../fault.ts";
import type { ByteRange, FileLayout, RangeKind } from "./file_layout.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { chunkStart } from "./row_group_claims.ts";
import type { RuleName } from "../rules.ts";
import { readStructure } from "./thrift_structure.ts";

/** Indexes that are larger are not looked at. */
const MAX_INDEX_BYTES = 2 ** 26;
/** Bloom filters that are larger are not looked at. */
const MAX_BLOOM_FILTER_BYTES = 2 ** 27;
/** Largest that parquet-cpp reads. */
const USUAL_BLOOM_FILTER_BYTES = 2 ** 27;
const BLOCK_BYTES = 32;
/** More than a header takes, unless it is full of unknown members. */
const BLOOM_HEADER_BYTES = 1024;

/** Where the parts of a column chunk are; `null`: not there, or not to be read (which was reported). */
export interface ChunkRanges {
  readonly pages: ByteRange | null;
  readonly columnIndex: ByteRange | null;
  readonly offsetIndex: ByteRange | null;
  readonly bloomFilter:
    | (ByteRange & { readonly header: BloomFilterHeader; readonly bits: number })
    | null;
}

/** What stands outside of the pages. */
export interface ChunkStructures {
  readonly columnIndex: ColumnIndex | null;
  readonly offsetIndex: OffsetIndex | null;
  readonly bloomFilter: Uint8Array | null;
}

/** The parts of a chunk that is not to be read. */
const NOWHERE: ChunkRanges = {
  pages: null,
  columnIndex: null,
  offsetIndex: null,
  bloomFilter: null,
};

/** Finds the parts of all column chunks; by row group and column. What `onStep` returns is waited for, after each row group. */
export async function findChunkRanges(
  findings: Findings,
  file: RandomAccess,
  metadata: ParquetMetaData,
  leaves: readonly LeafColumn[],
  layout: FileLayout,
  dataEnd: number,
  onStep: () => Promise<void> | null,
): Promise<ChunkRanges[][]> {
  const all: ChunkRanges[][] = [];
  for (const [rowGroup, { columns }] of metadata.rowGroups.entries()) {
    const ranges: ChunkRanges[] = [];
    for (const [i, chunk] of columns.entries()) {
      const column = leaves[i]?.name ?? `#${i}`;
      ranges.push(await findRanges(findings, file, chunk, layout, dataEnd, { rowGroup, column }));
    }
    all.push(ranges);
    await onStep();
  }
  return all;
}

async function findRanges(
  findings: Findings,
  file: RandomAccess,
  chunk: ColumnChunk,
  layout: FileLayout,
  dataEnd: number,
  place: Place,
): Promise<ChunkRanges> {
  const { filePath, cryptoMetadata, metaData } = chunk;
  // What lies in another file, or is encrypted, was reported: nothing of it is read.
  if (filePath !== undefined) return NOWHERE;
  if (cryptoMetadata !== undefined) {
    addEncrypted(layout, chunk, dataEnd, place);
    return NOWHERE;
  }
  const located = (
    kind: RangeKind,
    rule: RuleName,
    start: number | undefined,
    length: number | undefined,
  ): ByteRange | null => {
    if (start === undefined && length === undefined) return null;
    if (start === undefined || length === undefined) {
      const state = start === undefined ? "no offset" : "no length";
      findings.add(rule, `the ${kind} has ${state}`, place);
      return null;
    }
    // A chunk without pages is nowhere.
    const nowhere = kind === "column chunk" && length === 0;
    if (!nowhere && (start < 4 || length < 0 || start + length > dataEnd)) {
      const message =
        `the ${kind} should have ${length} bytes at ${start}, but data lies from 4 to ${dataEnd}`;
      findings.add(rule, message, { ...place, offset: Math.max(start, 0) });
      return null;
    }
    const range = { kind, start, end: start + length, place };
    layout.add(range);
    return range;
  };
  const pages = located(
    "column chunk",
    "chunk-range",
    chunkStart(chunk),
    metaData.totalCompressedSize,
  );
  const { columnIndexOffset, columnIndexLength, offsetIndexOffset, offsetIndexLength } = chunk;
  const columnIndex = located(
    "column index",
    "index-location",
    columnIndexOffset,
    columnIndexLength,
  );
  const offsetIndex = located(
    "offset index",
    "index-location",
    offsetIndexOffset,
    offsetIndexLength,
  );
  if (columnIndexOffset !== undefined && offsetIndexOffset === undefined) {
    findings.add("offset-index-missing", "there is a column index, and no offset index", place);
  }
  const bloomFilter = await findBloomFilter(findings, file, chunk, layout, dataEnd, place);
  return { pages, columnIndex, offsetIndex, bloomFilter };
}

/** Ranges of an encrypted chunk belong to it, though nobody can say what is in them. */
function addEncrypted(
  layout: FileLayout,
  chunk: ColumnChunk,
  dataEnd: number,
  place: Place,
): void {
  const { metaData, columnIndexOffset, columnIndexLength, offsetIndexOffset, offsetIndexLength } =
    chunk;
  const { bloomFilterOffset, bloomFilterLength, totalCompressedSize } = metaData;
  const ranges: [RangeKind, number | undefined, number | undefined][] = [
    ["encrypted column chunk", chunkStart(chunk), totalCompressedSize],
    ["column index", columnIndexOffset, columnIndexLength],
    ["offset index", offsetIndexOffset, offsetIndexLength],
    ["Bloom filter", bloomFilterOffset, bloomFilterLength],
  ];
  for (const [kind, start, length] of ranges) {
    if (start === undefined || length === undefined) continue;
    if (start < 4 || length < 0 || start + length > dataEnd) continue;
    layout.add({ kind, start, end: start + length, place });
  }
}

async function findBloomFilter(
  findings: Findings,
  file: RandomAccess,
  { metaData: { bloomFilterOffset, bloomFilterLength } }: ColumnChunk,
  layout: FileLayout,
  dataEnd: number,
  place: Place,
): Promise<ChunkRanges["bloomFilter"]> {
  if (bloomFilterOffset === undefined) {
    if (bloomFilterLength !== undefined) {
      findings.add("bloom-filter-location", "the Bloom filter has a length, and no offset", place);
    }
    return null;
  }
  const start = bloomFilterOffset;
  const at = { ...place, offset: Math.max(start, 0) };
  if (start < 4 || start >= dataEnd) {
    const message = `the Bloom filter should be at ${start}, data lies from 4 to ${dataEnd}`;
    findings.add("bloom-filter-location", message, at);
    return null;
  }
  const bytes = await readExactly(file, start, Math.min(BLOOM_HEADER_BYTES, dataEnd - start));
  const decoded = readStructure(
    findings,
    "Bloom filter header",
    at,
    (options) => decodeBloomFilterHeader(bytes, 0, options),
  );
  if (decoded === null) return null;
  const { value: header, byteLength } = decoded;
  const { numBytes } = header;
  const end = start + byteLength + numBytes;
  if (numBytes < BLOCK_BYTES || numBytes % BLOCK_BYTES !== 0) {
    findings.add("bloom-filter-size", `the Bloom filter has ${numBytes} bytes`, at);
    return null;
  }
  if (end > dataEnd) {
    const message = `the Bloom filter should end at ${end}, data lies from 4 to ${dataEnd}`;
    findings.add("bloom-filter-location", message, at);
    return null;
  }
  if (bloomFilterLength === undefined) {
    findings.add("bloom-filter-length-missing", "bloom_filter_length is absent", at);
  } else if (bloomFilterLength !== byteLength + numBytes) {
    const message = `bloom_filter_length is ${bloomFilterLength}, not ${byteLength + numBytes}`;
    findings.add("bloom-filter-length", message, at);
  }
  // No i32 with this bit is negative here.
  if ((numBytes & (numBytes - 1)) !== 0 || numBytes > USUAL_BLOOM_FILTER_BYTES) {
    findings.add("bloom-filter-power", `the Bloom filter has ${numBytes} bytes`, at);
  }
  const range = {
    kind: "Bloom filter",
    start,
    end,
    place,
    header,
    bits: start + byteLength,
  } as const;
  layout.add(range);
  return range;
}

/** Reads what stands outside of the pages, without what lies in `within` other structures. */
export async function readChunkStructures(
  findings: Findings,
  file: RandomAccess,
  ranges: ChunkRanges,
  within: ReadonlySet<ByteRange>,
): Promise<ChunkStructures> {
  const { bloomFilter } = ranges;
  const columnIndex = await readIndex(
    findings,
    file,
    ranges.columnIndex,
    within,
    decodeColumnIndex,
  );
  const offsetIndex = await readIndex(
    findings,
    file,
    ranges.offsetIndex,
    within,
    decodeOffsetIndex,
  );
  if (bloomFilter === null || within.has(bloomFilter)) {
    return { columnIndex, offsetIndex, bloomFilter: null };
  }
  const { bits, header: { numBytes }, place } = bloomFilter;
  if (numBytes > MAX_BLOOM_FILTER_BYTES) {
    const message = `the Bloom filter has ${numBytes} bytes, of ${MAX_BLOOM_FILTER_BYTES} at most`;
    findings.add("limit", message, { ...place, offset: bits });
    return { columnIndex, offsetIndex, bloomFilter: null };
  }
  return { columnIndex, offsetIndex, bloomFilter: await readExactly(file, bits, numBytes) };
}

async function readIndex<T>(
  findings: Findings,
  file: RandomAccess,
  range: ByteRange | null,
  within: ReadonlySet<ByteRange>,
  decode: (bytes: Uint8Array, offset: number, options: DecodeOptions) => Decoded<T>,
): Promise<T | null> {
  if (range === null || within.has(range)) return null;
  const { kind, start, end } = range;
  const place = { ...range.place, offset: start };
  if (end - start > MAX_INDEX_BYTES) {
    const message = `the ${kind} has ${end - start} bytes, of ${MAX_INDEX_BYTES} at most`;
    findings.add("limit", message, place);
    return null;
  }
  const bytes = await readExactly(file, start, end - start);
  const decoded = readStructure(findings, kind, place, (options) => decode(bytes, 0, options));
  if (decoded === null) return null;
  if (decoded.byteLength !== bytes.length) {
    const message =
      `the ${kind} takes ${decoded.byteLength} of the ${bytes.length} bytes set aside for it`;
    findings.add("thrift-length", message, place);
  }
  return decoded.value;
}
