/**
 * Row groups become one by re-encoding: small ones, or one whose pages must not stay as they are. Pages are decoded to levels and values, which go to an encoder as they are. Nothing is put
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
import type { ParquetMetaData } from "../format/metadata.ts";
import type { RandomAccess } from "../format/read_metadata.ts";
import { buildSchemaTree } from "../format/schema_tree.ts";
import { encodeOffsetIndex } from "../format/structures.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels } from "../kernels/kernels.ts";
import { createKernels } from "../kernels/load_kernels.ts";
import { chunkToRead } from "../reader/chunk_to_read.ts";
import { LeafReader, type LeafRows } from "../reader/leaf_reader.ts";
import { PageReader } from "../reader/page_reader.ts";
import { rowsAtATime } from "../reader/rows_at_a_time.ts";
import { afterTurn, now, TURN_MS } from "../runtime/clock.ts";
import { kernelsChoice } from "../runtime/environment.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { AbortError, FormatError, messageOf } from "../util/errors.ts";
import { resolveInputLimits } from "../util/input_limits.ts";
import type { Mutable } from "../util/mutable.ts";
import { Findings } from "../verify/findings.ts";
import { readLeafColumns } from "../verify/frame/leaf_columns.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import { DecodingResources } from "../verify/pages/decoding_resources.ts";
import { sortingOf } from "./copy_row_group.ts";
import { leafPlan } from "./leaf_plan.ts";
import { type MergeInput, type RowGroupPart, withSource } from "./merge_input.ts";
import type { ResolvedMergeOptions } from "./merge_options.ts";
import type { BloomFilterBytes, CopiedChunk, MergeContext } from "./merge_output.ts";

/** Bytes of row groups that are held while they become one: more are read again for each column. */
const MAX_HELD_BYTES = 64 * 1024 * 1024;
/** Bytes of a column chunk that are read at a time. */
const WINDOW_BYTES = 2 ** 20;
/** Kernels read in steps of so many bytes, beyond the end, too. */
const SLACK_BYTES = 16;

/** Joins row groups. One for a merge: it keeps its kernels. */
export class RowGroupJoiner {
  readonly #context: MergeContext;
  readonly #options: ResolvedMergeOptions;
  readonly #kernels: Kernels;
  #lastTurn = now();

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
    const sorting = parts.map(sortingOf);
    if (parts.length > 1 && sorting.every(({ length }) => length > 0)) {
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
    const keepsSorting = parts.length === 1 && sorting[0]!.length > 0;
    output.addRowGroup({
      totalByteSize,
      numRows,
      ...(keepsSorting ? { sortingColumns: sorting[0]! } : {}),
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
    const [{ input: { metadata, columns } }] = parts as [RowGroupPart, ...RowGroupPart[]];
    const chunks = parts.map((part) =>
      rowGroupOf(part).columns[part.input.columns[leaf]!]!.metaData
    );
    const known = leafColumns(metadata)[columns[leaf]!]!;
    const column = { ...known, index: leaf, path: leaves[leaf]!.path };
    const plan = leafPlan(column, columnOrders[leaf]!, chunks, numRows);
    const encoder = encoderOf(this.#kernels, plan);
    const buffers = new RowBuffers(this.#kernels, column);
    try {
      for (const [i, part] of parts.entries()) {
        const read = (file: RandomAccess) =>
          this.#read(file, part, leaf, (rows) => buffers.append(encoder, rows));
        const { input } = part;
        await reading(input, () => held[i] === null ? withSource(input, read) : read(held[i]!));
      }
      return encoder.finish();
    } finally {
      encoder.dispose();
      buffers.release();
    }
  }

  /** Reads a column of a row group. */
  async #read(
    file: RandomAccess,
    { input: { metadata, columns }, ordinal }: RowGroupPart,
    leaf: number,
    take: (rows: LeafRows) => void,
  ): Promise<void> {
    const { signal, limits } = this.#options;
    const { numRows, columns: chunks } = metadata.rowGroups[ordinal]!;
    const index = columns[leaf]!;
    const chunk = chunkToRead(
      leafColumns(metadata)[index]!,
      chunks[index]!,
      ordinal,
      file.byteLength,
    );
    const resources = new DecodingResources(resolveInputLimits(limits));
    const reader = new LeafReader(chunk, new PageReader(file, chunk, resources, WINDOW_BYTES));
    const widest = await reader.open();
    const step = rowsAtATime(numRows, chunks[index]!.metaData.totalUncompressedSize, widest);
    for (let at = 0; at < numRows; at += step) {
      if (signal?.aborted) throw new AbortError("Cannot merge: aborted", { cause: signal.reason });
      take(await reader.read(Math.min(step, numRows - at), false));
      if (now() - this.#lastTurn < TURN_MS) continue;
      await new Promise<void>(afterTurn);
      this.#lastTurn = now();
    }
    await reader.finish();
  }
}

function leafColumns(metadata: ParquetMetaData): readonly LeafColumn[] {
  // What is wrong with annotations keeps nobody from reading.
  return readLeafColumns(new Findings(), metadata, buildSchemaTree(metadata.schema));
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
function rangeOf(
  { input: { metadata, byteLength }, ordinal }: RowGroupPart,
): { readonly start: number; readonly end: number } {
  const chunks = metadata.rowGroups[ordinal]!.columns;
  const ranges = leafColumns(metadata).map((column, i) =>
    chunkToRead(column, chunks[i]!, ordinal, byteLength)
  );
  return {
    start: Math.min(...ranges.map(({ start }) => start)),
    end: Math.max(...ranges.map(({ end }) => end)),
  };
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

/** Levels and values of rows in kernel memory, on their way to an encoder. */
class RowBuffers {
  readonly #kernels: Kernels;
  readonly #maxDefinitionLevel: number;
  readonly #repetition: KernelBuffer;
  readonly #definition: KernelBuffer;
  readonly #data: KernelBuffer;
  readonly #offsets: KernelBuffer;

  /** Of one column. */
  constructor(kernels: Kernels, { maxDefinitionLevel }: LeafColumn) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#maxDefinitionLevel = maxDefinitionLevel;
    this.#repetition = buffer();
    this.#definition = buffer();
    this.#data = buffer();
    this.#offsets = buffer();
  }

  /** Gives rows to an encoder. */
  append(encoder: ColumnChunkEncoder, rows: LeafRows): void {
    const { entries, repetitionLevels, definitionLevels, values: { count, bytes, offsets } } = rows;
    const { memory } = this.#kernels;
    const put = (buffer: KernelBuffer, source: Uint8Array) => {
      const pointer = buffer.reserve(source.length + SLACK_BYTES, 0);
      memory.u8.set(source, pointer);
    };
    if (repetitionLevels !== null) put(this.#repetition, repetitionLevels);
    if (definitionLevels !== null) put(this.#definition, definitionLevels);
    else if (this.#maxDefinitionLevel > 0) {
      const pointer = this.#definition.reserve(entries + SLACK_BYTES, 0);
      memory.u8.fill(this.#maxDefinitionLevel, pointer, pointer + entries);
    }
    put(this.#data, bytes);
    if (offsets !== null) put(this.#offsets, bytesOf(offsets));
    encoder.appendShredded({
      entries,
      values: count,
      repetitionLevels: this.#repetition.pointer,
      definitionLevels: this.#definition.pointer,
    }, { count, data: this.#data.pointer, offsets: this.#offsets.pointer });
  }

  /** Gives kernel memory back. */
  release(): void {
    for (const buffer of [this.#repetition, this.#definition, this.#data, this.#offsets]) {
      buffer.release();
    }
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
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
