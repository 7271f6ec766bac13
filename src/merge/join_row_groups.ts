/**
 * Small row groups become one by re-encoding: pages are decoded to levels and values, which go to an encoder as they are. Nothing is put
 * together to rows, so that every type comes out as it went in.
 *
 * @module
 */

import { codecModules } from "../compression/codec_modules.ts";
import { createCompressor } from "../compression/codec.ts";
import { embedZstd } from "../compression/embed_zstd.ts";
import { ColumnChunkEncoder } from "../column/column_chunk_encoder.ts";
import type { EncodedColumnChunk } from "../column/encoded_column_chunk.ts";
import { placedPages } from "../file/appendices.ts";
import { placeChunk } from "../file/file_writer.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { encodeOffsetIndex } from "../format/structures.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/load_kernels.ts";
import { ChunkReader, leafColumns } from "../reader/chunk_reader.ts";
import { kernelsChoice } from "../runtime/environment.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { FormatError, messageOf } from "../util/errors.ts";
import type { Mutable } from "../util/mutable.ts";
import type { DecodedPage } from "../verify/decoded_page.ts";
import { chunkStart } from "../verify/frame/row_group_claims.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import { leafPlan } from "./leaf_plan.ts";
import { type MergeInput, withSource } from "./merge_input.ts";
import type { ResolvedMergeOptions } from "./merge_options.ts";
import type { BloomFilterBytes, CopiedChunk } from "./merge_output.ts";
import type { MergeContext } from "./merged_row_groups.ts";

/** Bytes of row groups that are held while they become one: more are read again for each column. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Kernels read in steps of so many bytes, beyond the end, too. */
const SLACK_BYTES = 16;

/** A row group of an input. */
export interface RowGroupPart {
  readonly input: MergeInput;
  /** Ordinal in the input. */
  readonly ordinal: number;
}

/** Joins row groups. One for a merge: it keeps its kernels. */
export class RowGroupJoiner {
  readonly #context: MergeContext;
  readonly #options: ResolvedMergeOptions;
  readonly #kernels: Kernels;

  /** Nothing is read yet. */
  constructor(context: MergeContext, options: ResolvedMergeOptions) {
    const choice = kernelsChoice();
    this.#context = context;
    this.#options = options;
    this.#kernels = createKernels(choice === "ts" ? "typescript" : choice ?? "auto");
  }

  /**
   * Writes row groups as one.
   *
   * @returns Bloom filters, to be written after the last row group of all.
   * @throws {FormatError} When one cannot be decoded.
   */
  async join(parts: readonly RowGroupPart[]): Promise<BloomFilterBytes[]> {
    const { output, leaves, note } = this.#context;
    const numRows = parts.reduce((sum, part) => sum + rowGroupOf(part).numRows, 0);
    const held = await this.#held(parts);
    const start = output.position;
    const copied: CopiedChunk[] = [];
    const filters: BloomFilterBytes[] = [];
    let totalByteSize = 0;
    for (let leaf = 0; leaf < leaves.length; leaf++) {
      const chunk = await this.#encode(parts, held, leaf, numRows);
      const position = output.position;
      for (const part of chunk.parts) await output.write(part);
      const { copied: placed, filter } = placedChunk(chunk, position);
      copied.push(placed);
      if (filter !== null) filters.push(filter);
      totalByteSize += chunk.metaData.totalUncompressedSize;
    }
    if (parts.every((part) => (rowGroupOf(part).sortingColumns ?? []).length > 0)) {
      const [{ input, ordinal }] = parts as [RowGroupPart, ...RowGroupPart[]];
      note({
        input: input.index,
        source: input.name,
        rowGroup: ordinal,
        message: `joined with ${
          parts.length - 1
        } more: that they are sorted together is not known, the sorting columns are left out`,
      });
    }
    output.addRowGroup({
      totalByteSize,
      numRows,
      fileOffset: start,
      totalCompressedSize: output.position - start,
    }, copied);
    return filters;
  }

  /** Reads what is not too much at once: many small files are opened once, and not once for each column. */
  async #held(parts: readonly RowGroupPart[]): Promise<(RandomAccess | null)[]> {
    const ranges = parts.map((part) => rangeOf(part));
    const bytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    const held: (RandomAccess | null)[] = [];
    for (const [i, { input }] of parts.entries()) {
      const { start, end } = ranges[i]!;
      if (!(bytes <= MAX_HELD_BYTES)) held.push(null);
      else {
        const range = await withSource(input, async (file) => await file.read(start, end - start));
        held.push({
          byteLength: input.byteLength,
          read: (offset, length) =>
            Promise.resolve(range.subarray(offset - start, offset - start + length)),
        });
      }
    }
    return held;
  }

  async #encode(
    parts: readonly RowGroupPart[],
    held: readonly (RandomAccess | null)[],
    leaf: number,
    numRows: number,
  ): Promise<EncodedColumnChunk> {
    const { leaves, columnOrders } = this.#context;
    const { limits, signal } = this.#options;
    const [{ input: { metadata, columns } }] = parts as [RowGroupPart, ...RowGroupPart[]];
    const chunks = parts.map((part) =>
      rowGroupOf(part).columns[part.input.columns[leaf]!]!.metaData
    );
    const known = leafColumns(metadata)[columns[leaf]!]!;
    const column = { ...known, index: leaf, path: leaves[leaf]!.path };
    const plan = leafPlan(column, columnOrders[leaf]!, chunks, numRows);
    const encoder = encoderOf(this.#kernels, plan);
    const entries = new EntryBuffers(this.#kernels, column);
    try {
      for (const [i, { input, ordinal }] of parts.entries()) {
        const read = async (file: RandomAccess) => {
          const options = { limits, signal: signal ?? undefined };
          const reader = await ChunkReader.open(file, options, input.metadata);
          await reader.read(ordinal, input.columns[leaf]!, {
            page: (page) => entries.append(encoder, page),
          });
        };
        await reading(input, () => held[i] === null ? withSource(input, read) : read(held[i]!));
        entries.flush(encoder);
      }
      return encoder.finish();
    } finally {
      encoder.dispose();
      entries.release();
    }
  }
}

/** Says which input cannot be read. */
async function reading<T>({ name }: MergeInput, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FormatError) || error.message.includes(name)) throw error;
    const state = messageOf(error).replace(/^Cannot read /, "");
    throw new FormatError(`Cannot merge ${name}: ${state}`, { cause: error });
  }
}

function rowGroupOf({ input, ordinal }: RowGroupPart) {
  return input.metadata.rowGroups[ordinal]!;
}

/** Where the chunks of a row group are. */
function rangeOf(part: RowGroupPart): { readonly start: number; readonly end: number } {
  const chunks = rowGroupOf(part).columns;
  const starts = chunks.map(chunkStart);
  const ends = chunks.map(({ metaData }, i) => starts[i]! + metaData.totalCompressedSize);
  return { start: Math.min(...starts), end: Math.max(...ends) };
}

function encoderOf(kernels: Kernels, plan: ColumnPlan): ColumnChunkEncoder {
  const { compression, compressionLevel, reproducible } = plan.properties;
  embedZstd();
  const compressor = compression === "uncompressed"
    ? null
    : createCompressor(kernels, compression, compressionLevel, {
      reproducible,
      modules: codecModules([{ ...plan, ...plan.properties }]),
    });
  return new ColumnChunkEncoder(kernels, plan, compressor);
}

/**
 * Entries of pages in kernel memory, on their way to an encoder. A page may end within a row: of repeated columns the last row waits for
 * the next page.
 */
class EntryBuffers {
  readonly #kernels: Kernels;
  readonly #column: LeafColumn;
  readonly #repetition: KernelBuffer;
  readonly #definition: KernelBuffer;
  readonly #data: KernelBuffer;
  readonly #offsets: KernelBuffer;
  /** What waits. */
  #entries = 0;
  #values = 0;
  #bytes = 0;

  /** Of one column chunk. */
  constructor(kernels: Kernels, column: LeafColumn) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#column = column;
    this.#repetition = buffer();
    this.#definition = buffer();
    this.#data = buffer();
    this.#offsets = buffer();
  }

  /** Adds a page, and gives its rows to the encoder. */
  append(encoder: ColumnChunkEncoder, page: DecodedPage): void {
    const { entries, repetitionLevels, definitionLevels } = page;
    if (entries === 0) return;
    this.#put(page);
    // Each entry is a row.
    if (repetitionLevels === null) return this.flush(encoder);
    const tail = entries - repetitionLevels.lastIndexOf(0);
    if (tail > entries) return;
    let values = tail;
    if (definitionLevels !== null) {
      values = 0;
      const { maxDefinitionLevel } = this.#column;
      for (let i = entries - tail; i < entries; i++) {
        if (definitionLevels[i] === maxDefinitionLevel) values++;
      }
    }
    this.#give(encoder, this.#entries - tail, this.#values - values);
  }

  /** Gives all that waits to the encoder. */
  flush(encoder: ColumnChunkEncoder): void {
    if (this.#entries > 0) this.#give(encoder, this.#entries, this.#values);
  }

  #put({ entries, repetitionLevels, definitionLevels, values: valuesOf }: DecodedPage): void {
    const { count, bytes, offsets } = valuesOf();
    const { memory } = this.#kernels;
    const put = (buffer: KernelBuffer, used: number, source: Uint8Array) => {
      const pointer = buffer.reserve(used + source.length + SLACK_BYTES, used);
      memory.u8.set(source, pointer + used);
    };
    if (repetitionLevels !== null) put(this.#repetition, this.#entries, repetitionLevels);
    if (definitionLevels !== null) put(this.#definition, this.#entries, definitionLevels);
    put(this.#data, this.#bytes, bytes);
    if (offsets !== null) {
      const used = 4 * this.#values;
      const pointer = this.#offsets.reserve(used + 4 * (count + 1) + SLACK_BYTES, used);
      const { i32 } = memory;
      const first = (pointer + used) >>> 2;
      for (let i = 0; i <= count; i++) i32[first + i] = offsets[i]! + this.#bytes;
    }
    this.#entries += entries;
    this.#values += count;
    this.#bytes += bytes.length;
  }

  /** Gives the first entries to the encoder, and moves the others to the front. */
  #give(encoder: ColumnChunkEncoder, entries: number, values: number): void {
    if (entries > 0) {
      encoder.appendShredded({
        entries,
        values,
        repetitionLevels: this.#repetition.pointer,
        definitionLevels: this.#definition.pointer,
      }, { count: values, data: this.#data.pointer, offsets: this.#offsets.pointer });
    }
    const { u8, i32 } = this.#kernels.memory;
    const restEntries = this.#entries - entries, restValues = this.#values - values;
    for (const buffer of [this.#repetition, this.#definition]) {
      const { pointer } = buffer;
      if (pointer !== 0) u8.copyWithin(pointer, pointer + entries, pointer + this.#entries);
    }
    let from = values * this.#column.width;
    const offsets = this.#offsets.pointer >>> 2;
    if (offsets !== 0) {
      from = i32[offsets + values]!;
      for (let i = 0; i <= restValues; i++) i32[offsets + i] = i32[offsets + values + i]! - from;
    }
    const data = this.#data.pointer;
    if (restValues > 0) u8.copyWithin(data, data + from, data + this.#bytes);
    this.#bytes = restValues > 0 ? this.#bytes - from : 0;
    this.#entries = restEntries;
    this.#values = restValues;
  }

  /** Gives kernel memory back. */
  release(): void {
    for (const buffer of [this.#repetition, this.#definition, this.#data, this.#offsets]) {
      buffer.release();
    }
  }
}

function placedChunk(
  chunk: EncodedColumnChunk,
  position: number,
): { readonly copied: CopiedChunk; readonly filter: BloomFilterBytes | null } {
  const placed = placeChunk(chunk, position);
  const metaData: Mutable<typeof placed.metaData> = placed.metaData;
  const { bloomFilter, columnIndex, offsetIndex } = chunk;
  return {
    copied: {
      chunk: placed,
      columnIndex: columnIndex ?? null,
      offsetIndex: offsetIndex === undefined
        ? null
        : encodeOffsetIndex(placedPages(offsetIndex, position)),
      bloomFilter: null,
    },
    filter: bloomFilter === undefined ? null : { metaData, bytes: bloomFilter },
  };
}
