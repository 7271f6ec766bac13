/**
 * Content-defined chunking: pages end where the values themselves say so, so that rows put in, taken out or changed leave
 * all pages but those around them as they were.
 *
 * A rolling hash of the last 32 entries (levels and value) decides, wherever they are. Nothing of how the rows came plays a
 * part, and what is before them only in so far as a chunk is neither too small nor too large.
 *
 * @module
 */

import type { LeafValues } from "../encoding/leaf_values.ts";
import {
  LIKELY,
  MAX,
  MIDDLE,
  MIN,
  RARE,
  ROW,
  STATE_BYTES,
} from "../kernels/content_chunker_state.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { ContentDefinedChunking } from "../schema/column_properties.ts";
import type { Shredder } from "../shred/shredder.ts";

/** Values hashed at once. */
const BATCH = 4096;
/** Bytes that PLAIN takes for the length of a byte array. */
const LENGTH_BYTES = 4;
const HASH_BYTES = 8;
/**
 * Rows of narrow values make a page long before their bytes do, so they count for more: as many chunks, each as large as it may
 * get, have the rows that a page may have. Of 14 columns of 100,000 rows, with one row put in the middle, 91 % of the page bytes
 * stayed as they were; with 1 it were 83 %, where rows did not count 50 %.
 */
const CHUNKS_PER_ROW_LIMIT = 4;

/** Values of a segment: themselves, or keys of the dictionary that was loaded last. */
export type ChunkedValues =
  | { readonly kind: "values"; readonly values: LeafValues }
  | { readonly kind: "keys"; readonly keys: Pointer; readonly keyWidth: number };

/** Finds the boundaries of one column chunk of a file, segment by segment. */
export class ContentChunker {
  readonly #kernels: Kernels;
  readonly #maxDefinitionLevel: number;
  /** Bytes of a value; 0 for byte arrays. */
  readonly #width: number;
  readonly #state: KernelBuffer;
  /** Hashes and sizes (u32 each) of the entries of an Arrow dictionary. */
  readonly #entryHashes: KernelBuffer;
  readonly #entrySizes: KernelBuffer;
  // Of the batch: 64-bit hashes, hashes (u32), sizes (u32).
  readonly #hashes64: KernelBuffer;
  readonly #hashes: KernelBuffer;
  readonly #sizes: KernelBuffer;

  /** Creates the chunker; `width`: bytes of a fixed-width value, 0 for byte arrays. */
  constructor(
    kernels: Kernels,
    { maxDefinitionLevel, properties }: Pick<ColumnPlan, "maxDefinitionLevel" | "properties">,
    chunking: ContentDefinedChunking,
    width: number,
  ) {
    const buffer = () => new KernelBuffer(kernels.memory);
    this.#kernels = kernels;
    this.#maxDefinitionLevel = maxDefinitionLevel;
    this.#width = width;
    this.#state = buffer();
    this.#entryHashes = buffer();
    this.#entrySizes = buffer();
    this.#hashes64 = buffer();
    this.#hashes = buffer();
    this.#sizes = buffer();
    this.#start(chunking, properties.dataPageRowCountLimit);
  }

  /** Takes note of the entries that keys will stand for. */
  loadDictionary(entries: LeafValues): void {
    const { count } = entries;
    const hashes = this.#entryHashes.reserve(count * 4);
    const sizes = this.#width === 0 ? this.#entrySizes.reserve(count * 4) : 0;
    this.#describe(entries, 0, count, hashes, sizes);
    this.#hashes64.release();
  }

  /**
   * Goes through the rows that were shredded last. Returns the entries before which a chunk ends, in order; each begins a
   * row, and 0 is one of them where the rows before were a whole chunk.
   */
  boundaries(shredded: Shredder, values: ChunkedValues): number[] {
    const { entries, values: count, repetitionLevels, definitionLevels } = shredded;
    const state = this.#state.pointer;
    const result = state + STATE_BYTES;
    const boundaries: number[] = [];
    const capacity = Math.min(BATCH, count);
    const hashes = this.#hashes.reserve(capacity * 4);
    const sizes = this.#width === 0 ? this.#sizes.reserve(capacity * 4) : 0;
    let value = 0;
    let batchFrom = 0;
    let batchTo = 0;
    for (let entry = 0; entry < entries;) {
      if (value === batchTo && value < count) {
        batchFrom = value;
        batchTo = Math.min(count, value + BATCH);
        this.#prepare(values, batchFrom, batchTo - batchFrom, hashes, sizes);
      }
      // So many entries need no more values than there are in the batch.
      const n = value === count ? entries - entry : Math.min(entries - entry, batchTo - value);
      const used = (value - batchFrom) * 4;
      this.#kernels.contentBoundary(
        state,
        repetitionLevels === 0 ? 0 : repetitionLevels + entry,
        definitionLevels === 0 ? 0 : definitionLevels + entry,
        n,
        this.#maxDefinitionLevel,
        hashes + used,
        sizes === 0 ? 0 : sizes + used,
        this.#width,
        result,
      );
      const { u32 } = this.#kernels.memory;
      const word = result >>> 2;
      entry += u32[word]!;
      value += u32[word + 1]!;
      if (u32[word + 2] === 1) boundaries.push(entry);
    }
    // Thousands of columns may have a chunker each.
    for (const buffer of [this.#hashes64, this.#hashes, this.#sizes]) buffer.release();
    return boundaries;
  }

  /** Gives all memory back. */
  release(): void {
    this.#state.release();
    this.#entryHashes.release();
    this.#entrySizes.release();
    this.#hashes64.release();
    this.#hashes.release();
    this.#sizes.release();
  }

  /** Sets the state that the kernel works on up, with room for what it returns behind it. */
  #start(
    { minChunkSize, maxChunkSize, normLevel }: ContentDefinedChunking,
    pageRows: number,
  ): void {
    const state = this.#state.reserve(STATE_BYTES + 16);
    const { memory } = this.#kernels;
    memory.u8.fill(0, state, state + STATE_BYTES);
    const middle = (minChunkSize + maxChunkSize) / 2;
    // One hash in so many bytes is a hit, so that a chunk is expected to end about the middle.
    const chance = 2 ** 32 / (middle - minChunkSize);
    const put = (at: number, value: number) => memory.f64[(state + at) >>> 3] = value;
    put(MIN, minChunkSize);
    put(MIDDLE, middle);
    put(MAX, maxChunkSize);
    put(RARE, chance / 2 ** normLevel);
    put(LIKELY, chance * 2 ** normLevel);
    put(ROW, CHUNKS_PER_ROW_LIMIT * maxChunkSize / pageRows);
  }

  #prepare(
    values: ChunkedValues,
    from: number,
    count: number,
    hashes: Pointer,
    sizes: Pointer,
  ): void {
    if (values.kind === "values") {
      return this.#describe(values.values, from, count, hashes, sizes);
    }
    const { keys, keyWidth } = values;
    const first = keys + from * keyWidth;
    this.#kernels.mapKeys(first, keyWidth, count, this.#entryHashes.pointer, hashes);
    if (sizes !== 0) {
      this.#kernels.mapKeys(first, keyWidth, count, this.#entrySizes.pointer, sizes);
    }
  }

  /** Writes hashes and (byte arrays) sizes of values. */
  #describe(
    values: LeafValues,
    from: number,
    count: number,
    hashes: Pointer,
    sizes: Pointer,
  ): void {
    const width = this.#width;
    const long = this.#hashes64.reserve(count * HASH_BYTES);
    const offsets = values.offsets + from * 4;
    if (width > 0) this.#kernels.xxh64Fixed(values.data + from * width, width, count, long);
    else this.#kernels.xxh64ByteArrays(offsets, values.data, count, long);
    const { u32, i32 } = this.#kernels.memory;
    for (let i = 0, to = hashes >>> 2, at = long >>> 2; i < count; i++) {
      u32[to + i] = u32[at + 2 * i]!;
    }
    if (sizes === 0) return;
    for (let i = 0, to = sizes >>> 2, at = offsets >>> 2; i < count; i++) {
      u32[to + i] = i32[at + i + 1]! - i32[at + i]! + LENGTH_BYTES;
    }
  }
}
