/**
 * The pages of one column chunk: the one that is being filled, those that wait for the judgement on the dictionary, and
 * those that are written.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { createValueEncoder } from "../encoding/create_value_encoder.ts";
import { DictionaryEncoder, type TakenIds } from "../encoding/dictionary_encoder.ts";
import type { LeafValues } from "../encoding/leaf_values.ts";
import type { ValueEncoder } from "../encoding/value_encoder.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { ChunkBuffer } from "../page/chunk_buffer.ts";
import type { PageFormat, PageWriter } from "../page/page_writer.ts";
import { writesBloomFilter } from "../schema/bloom_filter_columns.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { Shredder } from "../shred/shredder.ts";
import { BloomFilterBuilder } from "../statistics/bloom_filter.ts";
import type { BoundsScratch } from "../statistics/dictionary_bounds.ts";
import { LIMITS } from "../util/limits.ts";
import { ChunkMetaDataBuilder } from "./chunk_meta_data.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";

/** A page that waits for the judgement on its dictionary. */
interface HeldPage {
  readonly repetitionLevels: Uint8Array;
  readonly definitionLevels: Uint8Array;
  readonly taken: TakenIds;
  readonly entries: number;
  readonly rows: number;
}

/** Gathers levels and values into pages. */
export class ChunkPages {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #width: number;
  readonly #pageWriter: PageWriter;
  readonly #pageFormat: PageFormat;
  readonly #metaData: ChunkMetaDataBuilder;
  readonly #bloomFilter: BloomFilterBuilder | null;
  readonly #written: ChunkBuffer = new ChunkBuffer();
  readonly #repetitionLevels: KernelBuffer;
  readonly #definitionLevels: KernelBuffer;
  /** In use until it is given up; its dictionary page is written at the end, if any data page needs it. */
  #dictionary: DictionaryEncoder | null = null;
  #encoder: ValueEncoder;
  #entriesInPage = 0;
  #rowsInPage = 0;
  #rowsInChunk = 0;
  readonly #held: HeldPage[] = [];
  #heldBytes = 0;
  /** The dictionary page, once nothing is added to the dictionary any more. */
  #dictionaryPage: ChunkBuffer | null = null;
  /** What is left to be done before anything else: pages set aside are written one at a time. */
  #rest: Generator<void, void> | null = null;
  #ended = false;

  /** Creates the pages of a chunk whose values are `width` bytes wide (0: byte arrays). */
  constructor(
    kernels: Kernels,
    plan: ColumnPlan,
    width: number,
    pageWriter: PageWriter,
    scratch: BoundsScratch,
    compressor: Compressor | null,
  ) {
    const { properties } = plan;
    this.#kernels = kernels;
    this.#plan = plan;
    this.#width = width;
    this.#pageWriter = pageWriter;
    this.#pageFormat = {
      version: properties.writerVersion,
      maxRepetitionLevel: plan.maxRepetitionLevel,
      maxDefinitionLevel: plan.maxDefinitionLevel,
      compressor,
      checksum: properties.pageChecksum,
      maxBytes: (plan.limits ?? LIMITS).maxPageBytes,
      path: plan.arrowPath,
    };
    this.#metaData = new ChunkMetaDataBuilder(kernels, plan, width, scratch);
    this.#bloomFilter = writesBloomFilter(plan)
      ? new BloomFilterBuilder(kernels, plan, width)
      : null;
    this.#repetitionLevels = new KernelBuffer(kernels.memory);
    this.#definitionLevels = new KernelBuffer(kernels.memory);
    if (properties.dictionaryEnabled && dictionaryPossible(plan)) {
      const { dictionaryPageSizeLimit, contentDefinedChunking } = properties;
      // Any new value changes the dictionary page, and ids after it: then it must not be larger than other pages.
      const limit = Math.min(
        dictionaryPageSizeLimit,
        contentDefinedChunking?.minChunkSize ?? Infinity,
      );
      const repeatable = plan.order !== "float";
      this.#dictionary = new DictionaryEncoder(
        kernels,
        this.#layout,
        limit,
        repeatable,
        contentDefinedChunking !== null,
      );
    }
    this.#encoder = this.#dictionary ?? this.#fallback();
  }

  /** What takes the values of the current page. */
  get encoder(): ValueEncoder {
    return this.#encoder;
  }

  /** The same as `encoder` as long as a dictionary is in use, else `null`. */
  get dictionary(): DictionaryEncoder | null {
    return this.#dictionary;
  }

  /** Rows of the current page. */
  get rows(): number {
    return this.#rowsInPage;
  }

  /** Values and nulls of the current page. */
  get entries(): number {
    return this.#entriesInPage;
  }

  /** Bytes of finished pages and of kernel memory that are held. */
  get memoryBytes(): number {
    return this.#written.byteLength + this.#encoder.memoryBytes + this.#heldBytes +
      this.#metaData.memoryBytes + (this.#bloomFilter?.memoryBytes ?? 0);
  }

  /** Adds the levels of whole rows, whose values the encoder has. */
  appendLevels(shredded: Shredder, entry: number, entries: number, rows: number): void {
    const { repetitionLevels, definitionLevels } = shredded;
    const used = this.#entriesInPage;
    const { memory } = this.#kernels;
    if (repetitionLevels !== 0) {
      const levels = this.#repetitionLevels.reserve(used + entries, used);
      const from = repetitionLevels + entry;
      memory.u8.copyWithin(levels + used, from, from + entries);
    }
    if (definitionLevels !== 0) {
      const levels = this.#definitionLevels.reserve(used + entries, used);
      const from = definitionLevels + entry;
      memory.u8.copyWithin(levels + used, from, from + entries);
    }
    this.#entriesInPage += entries;
    this.#rowsInPage += rows;
  }

  /** Counts values that were given to an encoder without a dictionary. */
  countValues(values: LeafValues, from: number, count: number): void {
    this.#metaData.addValues(values, from, count);
    this.#bloomFilter?.add(values, from, count);
  }

  /** Ends the current page; more rows may follow, once everything is settled. */
  endPage(): void {
    this.#rest = this.#finishPage(false);
  }

  /** The dictionary is full: the last `excess` values do not count, and what follows is written without. */
  giveUpDictionary(excess: number): void {
    this.#rest = this.#givingUp(this.#dictionary!, excess);
  }

  /** Whether pages that were set aside are still to be written. */
  get unsettled(): boolean {
    return this.#rest !== null;
  }

  /** Writes the next of the pages that were set aside, if there is one. Nothing may be added before all are written. */
  settleNext(): boolean {
    if (this.#rest === null) return false;
    if (this.#rest.next().done) this.#rest = null;
    return true;
  }

  /** No more rows will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest = this.#settling();
  }

  /** Ends the chunk. */
  finish(): EncodedColumnChunk {
    this.end();
    while (this.settleNext());
    const dictionaryBytes = this.#dictionaryPage?.byteLength ?? 0;
    const byteLength = dictionaryBytes + this.#written.byteLength;
    const parts = this.#written.takeParts();
    if (this.#dictionaryPage !== null) parts.unshift(...this.#dictionaryPage.takeParts());
    const bloomFilter = this.#bloomFilter?.finish() ?? null;
    return {
      column: this.#plan.index,
      parts,
      byteLength,
      ...this.#metaData.finish(dictionaryBytes),
      ...(bloomFilter === null ? {} : { bloomFilter }),
    };
  }

  /** Gives all memory back. */
  release(): void {
    this.#metaData.release();
    this.#bloomFilter?.release();
    this.#repetitionLevels.release();
    this.#definitionLevels.release();
    this.#dictionary?.release();
    this.#encoder.release();
    this.#written.release();
    this.#dictionaryPage?.release();
  }

  get #layout(): { width: number; boolean: boolean } {
    return { width: this.#width, boolean: this.#plan.physicalType === "BOOLEAN" };
  }

  #fallback(): ValueEncoder {
    return createValueEncoder(this.#kernels, this.#plan, this.#layout);
  }

  /**
   * Ends the current page; `isLast`: the chunk ends with it. It is written, unless the dictionary is not judged yet. Returns
   * what is left to be done.
   */
  #finishPage(isLast: boolean): Generator<void, void> | null {
    const dictionary = this.#dictionary;
    const entries = dictionary?.dictionary.count ?? 0;
    if (dictionary === null || (entries > 0 && dictionary.decided && this.#held.length === 0)) {
      this.#writePage(this.#encoder);
    } else if (entries === 0) {
      // A page without values must not need a dictionary that may never come.
      const fallback = this.#fallback();
      this.#writePage(fallback);
      fallback.release();
    } else {
      return this.#judge(dictionary, isLast ? 1 : this.#growth);
    }
    return null;
  }

  /** How many times its rows so far the chunk may come to have. */
  get #growth(): number {
    const rows = this.#rowsInChunk + this.#rowsInPage;
    return Math.max(1, this.#plan.properties.maxRowGroupRowCount / rows);
  }

  #writePage(encoder: ValueEncoder): void {
    const levels = {
      repetition: this.#repetitionLevels.pointer,
      definition: this.#definitionLevels.pointer,
      entries: this.#entriesInPage,
      rows: this.#rowsInPage,
      firstRow: this.#rowsInChunk,
    };
    const { encoding, count, unencodedBytes } = encoder;
    if (encoder === this.#dictionary) this.#metaData.addIds(this.#dictionary);
    const sizes = this.#pageWriter.writeDataPage(
      this.#pageFormat,
      levels,
      encoder,
      this.#written,
    );
    this.#metaData.addDataPage(encoding, levels, count, unencodedBytes, sizes);
    this.#endPage();
  }

  #endPage(): void {
    this.#rowsInChunk += this.#rowsInPage;
    this.#entriesInPage = 0;
    this.#rowsInPage = 0;
  }

  /** Sets the current page aside. */
  #holdPage(dictionary: DictionaryEncoder): void {
    const { u8 } = this.#kernels.memory;
    const entries = this.#entriesInPage;
    const copy = ({ pointer }: KernelBuffer) => u8.slice(pointer, pointer + entries);
    const page = {
      repetitionLevels: copy(this.#repetitionLevels),
      definitionLevels: copy(this.#definitionLevels),
      taken: dictionary.takeIds(),
      entries,
      rows: this.#rowsInPage,
    };
    this.#held.push(page);
    this.#heldBytes += entries * 2 + page.taken.ids.byteLength;
    this.#endPage();
  }

  /** Writes the current page and those set aside, one way or the other, as soon as that can be said. Returns what is left. */
  #judge(dictionary: DictionaryEncoder, growth: number): Generator<void, void> | null {
    const verdict = dictionary.judge(growth);
    if (verdict === "wait") {
      this.#holdPage(dictionary);
      return null;
    }
    if (this.#held.length > 0) {
      if (this.#rowsInPage > 0) this.#holdPage(dictionary);
      return this.#writeHeld(dictionary, verdict);
    }
    this.#writeJudgedPage(dictionary, verdict);
    if (verdict === "drop") this.#dropDictionary(dictionary);
    return null;
  }

  /** Writes the pages that were set aside, one at each step. */
  *#writeHeld(dictionary: DictionaryEncoder, verdict: "keep" | "drop"): Generator<void, void> {
    for (const page of this.#held.splice(0)) {
      this.#heldBytes -= page.entries * 2 + page.taken.ids.byteLength;
      this.#restoreLevels(page);
      dictionary.putIds(page.taken);
      this.#writeJudgedPage(dictionary, verdict);
      yield;
    }
    if (verdict === "drop") this.#dropDictionary(dictionary);
  }

  #dropDictionary(dictionary: DictionaryEncoder): void {
    dictionary.release();
    this.#dictionary = null;
  }

  /** Writes the current page as ids, or as the values that they stand for. */
  #writeJudgedPage(dictionary: DictionaryEncoder, verdict: "keep" | "drop"): void {
    if (verdict === "drop") {
      if (this.#encoder === dictionary) this.#encoder = this.#fallback();
      const data = new KernelBuffer(this.#kernels.memory);
      const offsets = new KernelBuffer(this.#kernels.memory);
      const values = dictionary.restore(data, offsets);
      this.countValues(values, 0, values.count);
      this.#encoder.append(values, 0, values.count);
      data.release();
      offsets.release();
    }
    this.#writePage(this.#encoder);
  }

  #restoreLevels({ repetitionLevels, definitionLevels, entries, rows }: HeldPage): void {
    const { memory } = this.#kernels;
    const repetition = this.#repetitionLevels.reserve(entries);
    memory.u8.set(repetitionLevels, repetition);
    const definition = this.#definitionLevels.reserve(entries);
    memory.u8.set(definitionLevels, definition);
    this.#entriesInPage = entries;
    this.#rowsInPage = rows;
    this.#rowsInChunk -= rows;
  }

  *#givingUp(dictionary: DictionaryEncoder, excess: number): Generator<void, void> {
    dictionary.dropAfter(dictionary.count - excess);
    yield* this.#settling();
    // Judging may have dropped it, and brought the fallback with that.
    if (this.#encoder === dictionary) this.#encoder = this.#fallback();
  }

  /** Ends the current page, and the dictionary: what it holds now is all that it will ever hold. */
  *#settling(): Generator<void, void> {
    if (this.#rowsInPage > 0) yield* this.#finishPage(true) ?? [];
    if (this.#dictionary !== null && this.#held.length > 0) {
      yield* this.#judge(this.#dictionary, 1) ?? [];
    }
    if (this.#dictionary !== null) this.#closeDictionary(this.#dictionary);
  }

  #closeDictionary(encoder: DictionaryEncoder): void {
    const { dictionary } = encoder;
    const { count, byteLength, data, offsets } = dictionary;
    if (count > 0) {
      const page = new ChunkBuffer();
      const kernels = this.#kernels;
      const fill = (dst: Pointer) => {
        if (offsets !== 0) kernels.plainByteArrays(offsets, data, count, dst);
        else kernels.memory.u8.copyWithin(dst, data, data + byteLength);
      };
      const sizes = this.#pageWriter.writeDictionaryPage(
        this.#pageFormat,
        count,
        byteLength,
        fill,
        page,
      );
      const all = { count, data, offsets };
      this.#metaData.addDictionaryPage(all, sizes);
      this.#bloomFilter?.add(all, 0, count);
      this.#dictionaryPage = page;
    }
    encoder.release();
    this.#dictionary = null;
  }
}

function dictionaryPossible(plan: ColumnPlan): boolean {
  // parquet-mr 1.10 (Spark 3.1) finds no decimal in a dictionary: `d = 0` has no row there.
  if (plan.properties.compat && plan.physicalType === "FIXED_LEN_BYTE_ARRAY") return false;
  return plan.physicalType !== "BOOLEAN" && plan.leaf.shape !== "null";
}
