/**
 * A row group on its way from one file to another, byte for byte, and its metadata as it has to be there.
 *
 * @module
 */

import type {
  ColumnChunk,
  ColumnIndex,
  ColumnMetaData,
  ColumnOrder,
  OffsetIndex,
  PageEncodingStats,
  SortingColumn,
  Statistics,
} from "../format/metadata.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";
import {
  decodeBloomFilterHeader,
  encodeColumnIndex,
  encodeOffsetIndex,
} from "../format/structures.ts";
import { FormatError } from "../util/errors.ts";
import type { Mutable } from "../util/mutable.ts";
import { chunkStart } from "../verify/frame/row_group_claims.ts";
import { type ChunkFacts, ChunkWalk } from "./chunk_walk.ts";
import type { MergeInput, RowGroupPart } from "./merge_input.ts";
import type { BloomFilterCopy, CopiedChunk, MergeContext } from "./merge_output.ts";
import { NO_INDEXES, readIndexes, WINDOW_BYTES } from "./read_indexes.ts";
import { orderOf } from "./merged_schema.ts";
import type { Part } from "./mending.ts";

/** A Bloom filter's header has fewer bytes, unless it is full of unknown members. */
const BLOOM_HEADER_BYTES = 1024;

/** What copying a row group takes. */
export interface CopyContext extends MergeContext {
  readonly input: MergeInput;
  readonly file: RandomAccess;
}

/** A chunk that is about to be copied. */
interface Chunk {
  /** The column in words, for messages. */
  readonly column: string;
  readonly leaf: SchemaNode;
  readonly chunk: ColumnChunk;
  readonly walk: ChunkWalk;
  readonly columnIndex: ColumnIndex | null;
  readonly offsetIndex: OffsetIndex | null;
}

/** Copies the Bloom filters of an input, and writes down where they are. */
export async function copyBloomFilters(
  context: Pick<CopyContext, "input" | "file" | "output">,
  filters: readonly BloomFilterCopy[],
): Promise<void> {
  for (const { metaData, offset, length } of filters) {
    metaData.bloomFilterOffset = context.output.position;
    metaData.bloomFilterLength = length;
    await copyRange(context, offset, offset + length);
  }
}

/**
 * Copies a row group.
 *
 * @param ordinal Of the row group in its file.
 * @returns Bloom filters, to be copied after the last row group of all.
 * @throws {FormatError} When it contradicts itself in a way that a merge does not mend.
 */
export async function copyRowGroup(
  context: CopyContext,
  ordinal: number,
): Promise<BloomFilterCopy[]> {
  const { output, input, columnOrders } = context;
  const rowGroup = input.metadata.rowGroups[ordinal]!;
  const chunks = await openChunks(context, ordinal);
  const start = output.position;
  const offsets: number[] = [];
  let position = start;
  for (const { walk } of chunks) {
    offsets.push(position);
    position += walk.end - walk.start;
  }
  await copyChunks(context, chunks);
  const copied: CopiedChunk[] = [];
  let totalByteSize = 0;
  const end = output.position;
  for (const [i, chunk] of chunks.entries()) {
    const placed = new ChunkPlacement(context, chunk, ordinal, columnOrders[i]!, i);
    const result = await placed.place(offsets[i]! - chunk.walk.start, rowGroup.numRows);
    copied.push(result);
    totalByteSize += result.chunk.metaData.totalUncompressedSize;
  }
  const sortingColumns = sortingOf({ input, ordinal });
  output.addRowGroup({
    totalByteSize,
    numRows: rowGroup.numRows,
    ...(sortingColumns.length === 0 ? {} : { sortingColumns }),
    fileOffset: start,
    totalCompressedSize: end - start,
  }, copied);
  return copied.flatMap(({ bloomFilter }) => bloomFilter ?? []);
}

async function openChunks(
  { input, file, leaves }: CopyContext,
  ordinal: number,
): Promise<Chunk[]> {
  const { columns } = input.metadata.rowGroups[ordinal]!;
  const indexes = await readIndexes(file, columns);
  return leaves.map((leaf, i) => {
    const at = input.columns[i]!;
    const chunk = columns[at]!;
    const column = leaf.path.join(".");
    const start = chunkStart(chunk);
    const end = start + chunk.metaData.totalCompressedSize;
    const where = `${input.name}: row group ${ordinal}, column "${column}"`;
    const isLeftOut = input.omissions.has("pageIndex", ordinal, columnOf(input, at));
    const { columnIndex, offsetIndex } = isLeftOut ? NO_INDEXES : indexes(chunk);
    return {
      column,
      leaf,
      chunk,
      walk: new ChunkWalk(file, { start, end }, leaf, offsetIndex, where),
      columnIndex,
      offsetIndex,
    };
  });
}

/** The name of a column as faults of an input have it. */
function columnOf({ tree }: MergeInput, at: number): string {
  return tree.leaves[at]!.path.join(".");
}

/** Copies the bytes of all chunks: those that lie one behind the other together. */
async function copyChunks(context: CopyContext, chunks: readonly Chunk[]): Promise<void> {
  for (let first = 0; first < chunks.length;) {
    let next = first + 1;
    while (next < chunks.length && chunks[next]!.walk.start === chunks[next - 1]!.walk.end) next++;
    const walks = chunks.slice(first, next).map(({ walk }) => walk);
    await copyRange(context, walks[0]!.start, walks.at(-1)!.end, walks);
    first = next;
  }
}

/** Copies a range, the next part of which is read while one is written. */
async function copyRange(
  { file, output, input }: Pick<CopyContext, "input" | "file" | "output">,
  start: number,
  end: number,
  walks: readonly ChunkWalk[] = [],
): Promise<void> {
  const read = (offset: number) =>
    offset < end ? readOwned(file, offset, Math.min(WINDOW_BYTES, end - offset), input) : null;
  let pending = read(start);
  let first = 0;
  for (let offset = start; pending !== null;) {
    const bytes: Uint8Array<ArrayBuffer> = await pending;
    const after = offset + bytes.length;
    pending = read(after);
    // Its failure is told when its turn comes.
    pending?.catch(() => {});
    while (first < walks.length && walks[first]!.end <= offset) first++;
    for (let i = first; i < walks.length && walks[i]!.start < after; i++) {
      await walks[i]!.advance(bytes, offset);
    }
    await output.write(bytes);
    offset = after;
  }
}

/** Reads bytes that may be given away: those of sources in memory are copied. */
async function readOwned(
  file: RandomAccess,
  offset: number,
  length: number,
  { name, source }: MergeInput,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = await file.read(offset, length);
  if (bytes.length !== length) {
    throw new FormatError(
      `Cannot merge ${name}: ${bytes.length} of ${length} bytes are at ${offset}: the file has been truncated`,
    );
  }
  const isCallers = ArrayBuffer.isView(source) || source instanceof ArrayBuffer ||
    !(bytes.buffer instanceof ArrayBuffer);
  return isCallers ? new Uint8Array(bytes) : bytes as Uint8Array<ArrayBuffer>;
}

/** The sorting columns of a row group, as the merged file counts columns. */
export function sortingOf({ input, ordinal }: RowGroupPart): SortingColumn[] {
  const { sortingColumns = [] } = input.metadata.rowGroups[ordinal]!;
  if (input.omissions.has("sortingColumns", ordinal)) return [];
  const sorting: SortingColumn[] = [];
  for (const column of sortingColumns) {
    const columnIdx = input.columns.indexOf(column.columnIdx);
    // Rows that are sorted by a column that is not there are sorted by those before it at least.
    if (columnIdx < 0) break;
    sorting.push({ ...column, columnIdx });
  }
  return sorting;
}

/** From the metadata of a chunk in its file to that in the merged file. */
class ChunkPlacement {
  readonly #context: CopyContext;
  readonly #chunk: Chunk;
  readonly #ordinal: number;
  readonly #column: number;
  readonly #facts: ChunkFacts;
  readonly #keepsBounds: boolean;

  constructor(
    context: CopyContext,
    chunk: Chunk,
    ordinal: number,
    order: ColumnOrder,
    column: number,
  ) {
    this.#context = context;
    this.#chunk = chunk;
    this.#ordinal = ordinal;
    this.#column = column;
    this.#facts = chunk.walk.finish();
    this.#keepsBounds = orderOf(context.input, column)?.type === order.type &&
      !this.#leavesOut("bounds");
  }

  /**
   * Places the chunk.
   *
   * @param distance Bytes between where it was and where it is.
   */
  async place(distance: number, numRows: number): Promise<CopiedChunk> {
    const { chunk: { metaData }, leaf } = this.#chunk;
    const facts = this.#facts;
    const fault = (state: string) =>
      new FormatError(
        `Cannot merge ${this.#context.input.name}: row group ${this.#ordinal}, column "${this.#chunk.column}": ${state}`,
      );
    if (facts.numValues !== metaData.numValues) {
      throw fault(`num_values is ${metaData.numValues}, the data pages have ${facts.numValues}`);
    }
    if (facts.numRows !== null && facts.numRows !== numRows) {
      throw fault(`the data pages have ${facts.numRows} rows, the row group ${numRows}`);
    }
    const {
      statistics,
      sizeStatistics,
      geospatialStatistics,
      dictionaryPageOffset: _dictionary,
      indexPageOffset,
      bloomFilterOffset: _filter,
      bloomFilterLength: _length,
      encodingStats,
      ...rest
    } = metaData;
    const kept = this.#statistics(statistics);
    const placed: Mutable<ColumnMetaData> = {
      ...rest,
      pathInSchema: leaf.path,
      encodings: this.#encodings(),
      totalUncompressedSize: facts.totalUncompressedSize,
      dataPageOffset: (facts.dataPageOffset ?? metaData.dataPageOffset) + distance,
      ...(facts.dictionaryPageOffset === null
        ? {}
        : { dictionaryPageOffset: facts.dictionaryPageOffset + distance }),
      ...(indexPageOffset === undefined ? {} : { indexPageOffset: indexPageOffset + distance }),
      ...(kept === undefined ? {} : { statistics: kept }),
      ...(encodingStats === undefined ? {} : { encodingStats: this.#encodingStats(encodingStats) }),
      ...(sizeStatistics === undefined || this.#leavesOut("sizeStatistics")
        ? {}
        : { sizeStatistics }),
      ...(geospatialStatistics === undefined || this.#leavesOut("geospatialStatistics")
        ? {}
        : { geospatialStatistics }),
    };
    return {
      chunk: { fileOffset: 0, metaData: placed },
      ...this.#indexes(distance),
      bloomFilter: await this.#bloomFilter(placed),
    };
  }

  #leavesOut(part: Part): boolean {
    const { input } = this.#context;
    return input.omissions.has(part, this.#ordinal, columnOf(input, input.columns[this.#column]!));
  }

  #statistics(statistics: Statistics | undefined): Statistics | undefined {
    if (statistics === undefined || this.#leavesOut("statistics")) return undefined;
    if (this.#keepsBounds) return statistics;
    const { minValue, maxValue, isMinValueExact: _min, isMaxValueExact: _max, ...rest } =
      statistics;
    if (minValue !== undefined || maxValue !== undefined) {
      this.#note(
        "the bounds are in another order than those of the inputs before, or in none: left out",
      );
    }
    return Object.keys(rest).length === 0 ? undefined : rest;
  }

  #encodings(): ColumnMetaData["encodings"] {
    const { encodings } = this.#chunk.chunk.metaData;
    const { used, allowed, dataPages } = this.#facts;
    const isRight = dataPages === 0 ||
      ([...used].every((encoding) => encodings.includes(encoding)) &&
        encodings.every((encoding) => used.has(encoding) || allowed.has(encoding)));
    if (isRight) return [...new Set(encodings)];
    // RLE of levels that are not there says nothing.
    return [
      ...used,
      ...[...allowed].filter((encoding) => encoding !== "RLE" && !used.has(encoding)),
    ];
  }

  /** As they are where they count every page once, in whatever order. */
  #encodingStats(stats: readonly PageEncodingStats[]): readonly PageEncodingStats[] {
    const counted = this.#facts.encodingStats;
    const isRight = stats.length === counted.length &&
      counted.every((one) =>
        stats.some(({ pageType, encoding, count }) =>
          pageType === one.pageType && encoding === one.encoding && count === one.count
        )
      );
    return isRight ? stats : counted;
  }

  #indexes(distance: number): Pick<CopiedChunk, "columnIndex" | "offsetIndex"> {
    const { chunk, columnIndex, offsetIndex } = this.#chunk;
    const { dataPages, indexed } = this.#facts;
    const isThere = chunk.offsetIndexOffset !== undefined && !this.#leavesOut("pageIndex");
    if (offsetIndex === null || !indexed) {
      if (isThere) {
        this.#note("the offset index does not name the pages: the page index is left out");
      }
      return { columnIndex: null, offsetIndex: null };
    }
    const moved: Mutable<OffsetIndex> = {
      ...offsetIndex,
      pageLocations: offsetIndex.pageLocations.map((location) => ({
        ...location,
        offset: location.offset + distance,
      })),
    };
    const { unencodedByteArrayDataBytes: sizes } = moved;
    if (sizes !== undefined && sizes.length !== dataPages) delete moved.unencodedByteArrayDataBytes;
    const keeps = columnIndex !== null && this.#keepsBounds && hasEntries(columnIndex, dataPages);
    if (chunk.columnIndexOffset !== undefined && isThere && !keeps) {
      this.#note("the column index cannot be used: left out");
    }
    return {
      columnIndex: keeps ? encodeColumnIndex(columnIndex) : null,
      offsetIndex: encodeOffsetIndex(moved),
    };
  }

  /** Finds the Bloom filter, which is copied once all row groups are. */
  async #bloomFilter(metaData: Mutable<ColumnMetaData>): Promise<BloomFilterCopy | null> {
    const { bloomFilterOffset: offset } = this.#chunk.chunk.metaData;
    if (offset === undefined || this.#leavesOut("bloomFilter")) return null;
    const { file, input } = this.#context;
    const left = input.byteLength - offset;
    const bytes = await file.read(offset, Math.min(BLOOM_HEADER_BYTES, left));
    const { value: { numBytes }, byteLength } = decodeBloomFilterHeader(bytes);
    const length = byteLength + numBytes;
    if (numBytes < 1 || length > left) {
      this.#note("the Bloom filter does not lie within the file: left out");
      return null;
    }
    return { metaData, offset, length };
  }

  #note(message: string): void {
    const { input, note } = this.#context;
    note({
      input: input.index,
      source: input.name,
      message,
      rowGroup: this.#ordinal,
      column: this.#chunk.column,
    });
  }
}

/** Whether the lists that a column index must have are as long as there are pages. */
function hasEntries(
  { nullPages, minValues, maxValues, nullCounts }: ColumnIndex,
  pages: number,
): boolean {
  return [nullPages, minValues, maxValues, nullCounts ?? nullPages].every(({ length }) =>
    length === pages
  );
}
