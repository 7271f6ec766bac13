/**
 * The pages of one column chunk: the one that is being filled, those that wait for the judgement on the dictionary, and
 * those that are written.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { createValueEncoder, valueEncodingOf } from "../encoding/create_value_encoder.ts";
import { DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
import type { LeafValues, ValueLayout } from "../encoding/leaf_values.ts";
import type { ValueEncoder } from "../encoding/value_encoder.ts";
import { ValueGatherer } from "../encoding/value_gatherer.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { ChunkBuffer } from "../page/chunk_buffer.ts";
import type { PageFormat, PageSizes, PageWriter } from "../page/page_writer.ts";
import { writesBloomFilter } from "../schema/bloom_filter_columns.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import type { Shredder } from "../shred/shredder.ts";
import { BloomFilterBuilder } from "../statistics/bloom_filter.ts";
import type { BoundsScratch } from "../statistics/dictionary_bounds.ts";
import { LIMITS } from "../util/limits.ts";
import { STEP_VALUES, type Steps } from "../util/steps.ts";
import { AdaptiveEncoding } from "./adaptive_encoding.ts";
import { ChunkMetaDataBuilder } from "./chunk_meta_data.ts";
import { type DictionaryVerdict, judgeDictionary } from "./dictionary_judgement.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";
import { HeldPages } from "./held_pages.ts";
import { OpenPage } from "./open_page.ts";

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
  readonly #page: OpenPage;
  /** In use until it is given up; its dictionary page is written at the end, if any data page needs it. */
  #dictionary: DictionaryEncoder | null = null;
  #encoder: ValueEncoder;
  #rowsInChunk = 0;
  readonly #held = new HeldPages();
  /** `null`: the encoding is fixed. */
  readonly #adaptive: AdaptiveEncoding | null;
  /** The dictionary page, once nothing is added to the dictionary any more. */
  #dictionaryPage: ChunkBuffer | null = null;
  /** What is left to be done before anything else: pages set aside are written one at a time, large ones in several steps. */
  #rest: Steps<void> | null = null;
  #ended = false;

  /** Creates the pages of a chunk whose values are `width` bytes wide (0: byte arrays). */
  constructor(
    kernels: Kernels,
    plan: ColumnPlan,
    width: number,
    pageWriter: PageWriter,
    scratch: BoundsScratch,
    compressor: Compressor | null,
    judge: Compressor | null,
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
    this.#page = new OpenPage(kernels.memory);
    this.#adaptive = properties.encoding === "auto"
      ? new AdaptiveEncoding(kernels, plan, this.#layout, judge)
      : null;
    if (properties.dictionaryEnabled && dictionaryPossible(plan)) {
      const ownWidths = properties.contentDefinedChunking !== null;
      const limit = dictionaryLimit(plan);
      this.#dictionary = new DictionaryEncoder(kernels, this.#layout, limit, ownWidths);
    }
    this.#encoder = this.#dictionary ?? this.#withoutDictionary();
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
    return this.#page.rows;
  }

  /** Values and nulls of the current page. */
  get entries(): number {
    return this.#page.entries;
  }

  /** Whether it is open whether values become ids: then ids would have to be turned back into values. */
  get undecided(): boolean {
    return this.#adaptive !== null && this.#dictionary?.decided === false;
  }

  /** Bytes of finished pages and of kernel memory that are held. */
  get memoryBytes(): number {
    return this.#written.byteLength + this.#encoder.memoryBytes + this.#held.byteLength +
      this.#metaData.memoryBytes + (this.#bloomFilter?.memoryBytes ?? 0);
  }

  /** Adds levels, whose values the encoder has: those of whole rows in the end. */
  appendLevels(shredded: Shredder, entry: number, entries: number, rows: number): void {
    this.#page.append(shredded, entry, entries, rows);
  }

  /** Counts values that were given to an encoder without a dictionary. */
  countValues(values: LeafValues, from: number, count: number): void {
    this.#metaData.addValues(values, from, count);
    this.#bloomFilter?.add(values, from, count);
  }

  /** How many of the values from `from` on to add before `reached` has to be called; see `ValueEncoder.valuesUntil`. */
  valuesUntil(values: LeafValues, from: number): number {
    const { dataPageSizeLimit } = this.#plan.properties;
    const adaptive = this.#adaptive;
    if (adaptive !== null) {
      if (this.#dictionary !== null) {
        const most = this.#dictionary.valuesUntil(dataPageSizeLimit, values, from);
        return Math.min(most, adaptive.valuesUntil(this.#dictionary, values, from));
      }
      if (this.#encoder instanceof ValueGatherer) {
        return this.#encoder.valuesUntil(adaptive.gatheredBytes, values, from);
      }
    }
    return this.#encoder.valuesUntil(dataPageSizeLimit, values, from);
  }

  /** The current page has as many values as `valuesUntil` said: it is full, or its encoding can be tried. */
  reached(): void {
    const adaptive = this.#adaptive;
    if (adaptive !== null) {
      const encoder = this.#encoder;
      if (this.#dictionary?.decided === false && adaptive.isDue(this.#dictionary)) {
        return this.#begin(this.#judge(this.#dictionary, this.#growth, false));
      }
      if (this.#dictionary?.decided === true && adaptive.isDue(this.#dictionary)) {
        if (adaptive.paysStill(this.#dictionary, this.#held)) return;
        return this.#begin(this.#givingUp(this.#dictionary, 0));
      }
      if (encoder instanceof ValueGatherer) {
        return this.#begin(this.#choose(adaptive, encoder, false));
      }
    }
    this.endPage();
  }

  /** Ends the current page; more rows may follow, once everything is settled. */
  endPage(): void {
    this.#begin(this.#finishPage(false));
  }

  /** The dictionary is full: the last `excess` values do not count, and what follows is written without. */
  giveUpDictionary(excess: number): void {
    this.#begin(this.#givingUp(this.#dictionary!, excess));
  }

  /** Whether something is still to be done before anything is added. */
  get unsettled(): boolean {
    return this.#rest !== null;
  }

  /** Does the next step of what is still to be done, if there is any. Nothing may be added before all is. */
  settleNext(): boolean {
    if (this.#rest === null) return false;
    if (this.#rest.next().done) this.#rest = null;
    return true;
  }

  /** Does the first of the steps that are left, if there are any. */
  #begin(steps: Steps<void> | null): void {
    this.#rest = steps;
    this.settleNext();
  }

  /** No more rows will come. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#rest = this.#settle();
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
    this.#rest?.return();
    this.#metaData.release();
    this.#bloomFilter?.release();
    this.#page.release();
    this.#dictionary?.release();
    this.#encoder.release();
    this.#written.release();
    this.#dictionaryPage?.release();
  }

  get #layout(): ValueLayout {
    return { width: this.#width, boolean: this.#plan.physicalType === "BOOLEAN" };
  }

  /** An encoder of values in the encoding that is chosen, or asked for. */
  #fallback(): ValueEncoder {
    const encoding = this.#adaptive?.encoding ?? valueEncodingOf(this.#plan);
    return createValueEncoder(this.#kernels, encoding, this.#layout);
  }

  /** What takes the values of the next page. */
  #withoutDictionary(): ValueEncoder {
    return this.#adaptive?.due === true
      ? new ValueGatherer(this.#kernels, this.#layout)
      : this.#fallback();
  }

  /** Gives what was gathered to an encoder of the encoding that suits it; `complete`: the page ends with it. */
  *#choose(adaptive: AdaptiveEncoding, gathered: ValueGatherer, complete: boolean): Steps<void> {
    adaptive.choose(gathered.values, gathered.plainBytes, complete);
    this.#encoder = this.#fallback();
    try {
      const { count } = gathered;
      for (let at = 0; at < count; at += STEP_VALUES) {
        if (at > 0) yield;
        this.#encoder.append(gathered.values, at, Math.min(STEP_VALUES, count - at));
      }
    } finally {
      gathered.release();
    }
  }

  /**
   * Ends the current page; `isLast`: the chunk ends with it. It is written, unless the dictionary is not judged yet. Returns what is
   * left to be done, as all of the following do.
   */
  #finishPage(isLast: boolean): Steps<void> | null {
    const dictionary = this.#dictionary;
    const entries = dictionary?.dictionary.count ?? 0;
    if (dictionary === null) return this.#writeValues();
    if (entries > 0 && dictionary.decided && this.#held.length === 0) {
      return this.#writePage(dictionary);
    }
    if (entries === 0) return this.#writeNulls();
    return this.#judge(dictionary, isLast ? 1 : this.#growth, true);
  }

  /** A page without values must not need a dictionary that may never come. */
  *#writeNulls(): Steps<void> {
    const fallback = this.#fallback();
    yield* this.#writePage(fallback) ?? [];
    fallback.release();
  }

  /** Writes the current page, which has no dictionary. */
  #writeValues(): Steps<void> | null {
    return this.#adaptive === null
      ? this.#writePage(this.#encoder)
      : this.#writeAdaptively(this.#adaptive);
  }

  *#writeAdaptively(adaptive: AdaptiveEncoding): Steps<void> {
    if (this.#encoder instanceof ValueGatherer) yield* this.#choose(adaptive, this.#encoder, true);
    adaptive.countPage(this.#encoder.unencodedBytes);
    yield* this.#writePage(this.#encoder) ?? [];
    if (!adaptive.due) return;
    this.#encoder.release();
    this.#encoder = this.#withoutDictionary();
  }

  /** How many times its rows so far the chunk may come to have. */
  get #growth(): number {
    const rows = this.#rowsInChunk + this.#page.rows;
    return Math.max(1, this.#plan.properties.maxRowGroupRowCount / rows);
  }

  #writePage(encoder: ValueEncoder): Steps<void> | null {
    const levels = this.#page.levels(this.#rowsInChunk);
    const { encoding, count, unencodedBytes } = encoder;
    if (encoder === this.#dictionary) this.#metaData.addIds(this.#dictionary);
    const format = this.#pageFormat;
    const written = this.#pageWriter.writeDataPage(format, levels, encoder, this.#written);
    return afterwards(written, (sizes) => {
      this.#metaData.addDataPage(encoding, levels, count, unencodedBytes, sizes);
      this.#endPage();
    });
  }

  #endPage(): void {
    this.#rowsInChunk += this.#page.rows;
    this.#page.clear();
  }

  /** Sets the current page aside. */
  #holdPage(dictionary: DictionaryEncoder): void {
    this.#held.push(this.#page.copy(dictionary.takeIds()));
    this.#endPage();
  }

  /**
   * Writes the current page and those set aside, one way or the other, as soon as that can be said; `ended`: nothing more comes
   * into the current one.
   */
  #judge(
    dictionary: DictionaryEncoder,
    growth: number,
    ended: boolean,
  ): Steps<void> | null {
    const verdict = this.#verdict(dictionary, growth, ended);
    if (verdict === "keep") dictionary.keep();
    if (verdict === "wait") {
      if (ended) this.#holdPage(dictionary);
      return null;
    }
    if (this.#held.length > 0) {
      if (this.#page.rows > 0) this.#holdPage(dictionary);
      return this.#writeHeld(dictionary, verdict);
    }
    if (verdict === "drop") return this.#dropping(dictionary, ended);
    return ended ? this.#writePage(dictionary) : null;
  }

  /** Goes on without the dictionary; `ended`: after the current page, which is written. */
  *#dropping(dictionary: DictionaryEncoder, ended: boolean): Steps<void> {
    yield* this.#restoreValues(dictionary);
    if (ended) yield* this.#writeValues() ?? [];
    this.#dropDictionary(dictionary);
  }

  #verdict(dictionary: DictionaryEncoder, growth: number, ended: boolean): DictionaryVerdict {
    if (dictionary.decided) return "keep";
    const adaptive = this.#adaptive;
    if (adaptive !== null) {
      // Trials are made where the number of values says so, not where a page happens to end.
      if (ended && growth > 1 && !adaptive.mustJudge(this.#held)) return "wait";
      return adaptive.judge(dictionary, this.#held, growth);
    }
    const terms = {
      width: this.#width,
      byteLimit: dictionaryLimit(this.#plan),
      repeatable: this.#plan.order !== "float",
    };
    return judgeDictionary(this.#kernels, dictionary, terms, growth);
  }

  /** Writes the pages that were set aside, one at each step. */
  *#writeHeld(dictionary: DictionaryEncoder, verdict: "keep" | "drop"): Steps<void> {
    yield;
    for (let page = this.#held.shift(); page !== null; page = this.#held.shift()) {
      this.#page.restore(page);
      this.#rowsInChunk -= page.rows;
      dictionary.putIds(page.taken);
      yield* this.#writeJudgedPage(dictionary, verdict);
      yield;
    }
    if (verdict === "drop") this.#dropDictionary(dictionary);
  }

  #dropDictionary(dictionary: DictionaryEncoder): void {
    dictionary.release();
    this.#dictionary = null;
  }

  /** Writes the current page as ids, or as the values that they stand for. */
  *#writeJudgedPage(dictionary: DictionaryEncoder, verdict: "keep" | "drop"): Steps<void> {
    if (verdict === "drop") {
      yield* this.#restoreValues(dictionary);
      yield* this.#writeValues() ?? [];
    } else yield* this.#writePage(dictionary) ?? [];
  }

  /** Gives the values that the ids of the current page stand for to an encoder of values. */
  *#restoreValues(dictionary: DictionaryEncoder): Steps<void> {
    if (this.#encoder === dictionary) this.#encoder = this.#fallback();
    if (this.#takesEntries(dictionary)) return yield* this.#appendEntries(dictionary);
    const data = new KernelBuffer(this.#kernels.memory);
    const offsets = new KernelBuffer(this.#kernels.memory);
    try {
      const values = dictionary.restore(data, offsets);
      for (let at = 0; at < values.count; at += STEP_VALUES) {
        if (at > 0) yield;
        const count = Math.min(STEP_VALUES, values.count - at);
        this.countValues(values, at, count);
        this.#encoder.append(values, at, count);
      }
    } finally {
      data.release();
      offsets.release();
    }
  }

  /** Whether the page's values need not be looked up: its encoder takes entries, and they are as good as values for all that is counted. */
  #takesEntries(dictionary: DictionaryEncoder): boolean {
    // NaNs are counted, and the size of a Bloom filter depends on how many values there are.
    return this.#encoder.appendEntries !== undefined && dictionary.isFirstPage &&
      !dictionary.allNew && this.#bloomFilter === null && this.#plan.order !== "float";
  }

  *#appendEntries({ dictionary, ids, count }: DictionaryEncoder): Steps<void> {
    this.#metaData.addValues(dictionary, 0, dictionary.count);
    for (let at = 0; at < count; at += STEP_VALUES) {
      if (at > 0) yield;
      this.#encoder.appendEntries!(dictionary, ids + at * 4, Math.min(STEP_VALUES, count - at));
    }
  }

  *#givingUp(dictionary: DictionaryEncoder, excess: number): Steps<void> {
    dictionary.dropAfter(dictionary.count - excess);
    yield* this.#settle() ?? [];
    // Judging may have dropped it, and brought the fallback with that.
    if (this.#encoder !== dictionary) return;
    this.#adaptive?.forget();
    this.#encoder = this.#withoutDictionary();
  }

  /** Ends the current page, and the dictionary: what it holds now is all that it will ever hold. */
  #settle(): Steps<void> | null {
    const page = this.#page.rows > 0 ? this.#finishPage(true) : null;
    // As a rule it is done then: that is not worth a generator.
    return page === null && this.#held.length === 0 ? this.#endDictionary() : this.#settling(page);
  }

  *#settling(page: Steps<void> | null): Steps<void> {
    yield* page ?? [];
    if (this.#dictionary !== null && this.#held.length > 0) {
      yield* this.#judge(this.#dictionary, 1, true) ?? [];
    }
    yield* this.#endDictionary() ?? [];
  }

  #endDictionary(): Steps<void> | null {
    const encoder = this.#dictionary;
    if (encoder === null) return null;
    const written = this.#writeDictionary(encoder);
    if (written !== null) return this.#endingDictionary(encoder, written);
    this.#dropDictionary(encoder);
    return null;
  }

  *#endingDictionary(encoder: DictionaryEncoder, written: Steps<void>): Steps<void> {
    yield* written;
    this.#dropDictionary(encoder);
  }

  #writeDictionary({ dictionary }: DictionaryEncoder): Steps<void> | null {
    const { count, byteLength, data, offsets } = dictionary;
    if (count === 0) return null;
    const page = new ChunkBuffer();
    const kernels = this.#kernels;
    const fill = (dst: Pointer) => {
      if (offsets !== 0) kernels.plainByteArrays(offsets, data, count, dst);
      else kernels.memory.u8.copyWithin(dst, data, data + byteLength);
    };
    const format = this.#pageFormat;
    const written = this.#pageWriter.writeDictionaryPage(format, count, byteLength, fill, page);
    return afterwards(written, (sizes) => {
      const all = { count, data, offsets };
      this.#metaData.addDictionaryPage(all, sizes);
      this.#bloomFilter?.add(all, 0, count);
      this.#dictionaryPage = page;
    });
  }
}

/** Calls back with what a page has become, at once or after the steps that are returned. */
function afterwards(
  written: PageSizes | Steps<PageSizes>,
  callback: (sizes: PageSizes) => void,
): Steps<void> | null {
  if ("compressed" in written) {
    callback(written);
    return null;
  }
  return function* () {
    callback(yield* written);
  }();
}

/** Most bytes of the dictionary page. */
function dictionaryLimit({ properties }: ColumnPlan): number {
  const { dictionaryPageSizeLimit, contentDefinedChunking } = properties;
  // Any new value changes the dictionary page, and ids after it: then it must not be larger than other pages.
  return Math.min(dictionaryPageSizeLimit, contentDefinedChunking?.minChunkSize ?? Infinity);
}

function dictionaryPossible(plan: ColumnPlan): boolean {
  // parquet-mr 1.10 (Spark 3.1) finds no decimal in a dictionary: `d = 0` has no row there.
  if (plan.properties.compat && plan.physicalType === "FIXED_LEN_BYTE_ARRAY") return false;
  return plan.physicalType !== "BOOLEAN" && plan.leaf.shape !== "null";
}
