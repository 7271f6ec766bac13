/**
 * One column chunk, from segment records to pages: the one unit of work, on the caller's thread or in a worker.
 *
 * What comes out depends on the rows alone, never on how they were cut into segments.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import { DictionaryEncoder } from "../encoding/dictionary_encoder.ts";
import type { LeafValues } from "../encoding/leaf_values.ts";
import { BooleanEncoder, PlainEncoder } from "../encoding/plain_encoder.ts";
import type { ValueEncoder } from "../encoding/value_encoder.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import { ChunkBuffer } from "../page/chunk_buffer.ts";
import type { PageFormat } from "../page/page_writer.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { ArrowDictionary } from "./arrow_dictionary.ts";
import { ChunkMetaDataBuilder } from "./chunk_meta_data.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";
import { type LeafBuffers, valueWidth } from "./leaf_reader.ts";
import { SegmentReader } from "./segment_reader.ts";
import { type Workbench, workbenchOf } from "./workbench.ts";

/** Values of one segment: themselves, or keys of the current Arrow dictionary. */
type SegmentValues =
  | { readonly kind: "values"; readonly values: LeafValues }
  | { readonly kind: "keys"; readonly keys: Pointer; readonly keyWidth: number };

/** A page that waits for the judgement on its dictionary. */
interface HeldPage {
  readonly repetitionLevels: Uint8Array;
  readonly definitionLevels: Uint8Array;
  readonly ids: Uint32Array;
  readonly entries: number;
  readonly rows: number;
}

/** Encodes one column chunk. */
export class ColumnChunkEncoder {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #width: number;
  readonly #segment: SegmentReader;
  readonly #bench: Workbench;
  readonly #pageFormat: PageFormat;
  readonly #metaData: ChunkMetaDataBuilder;
  readonly #pages: ChunkBuffer = new ChunkBuffer();
  readonly #repetitionLevels: KernelBuffer;
  readonly #definitionLevels: KernelBuffer;
  #arrowDictionary: ArrowDictionary | null = null;
  /** In use until it is given up; its dictionary page is written at the end, if any data page needs it. */
  #dictionary: DictionaryEncoder | null = null;
  #encoder: ValueEncoder;
  #entriesInPage = 0;
  #rowsInPage = 0;
  #rowsInChunk = 0;
  readonly #held: HeldPage[] = [];
  /** The dictionary page, once the dictionary was given up after pages had been written with it. */
  #dictionaryPage: ChunkBuffer | null = null;
  #released = false;

  /** Creates the encoder; `compressor` is `null` for a column that is not compressed, and stays the caller's. */
  constructor(kernels: Kernels, plan: ColumnPlan, compressor: Compressor | null) {
    const { properties } = plan;
    this.#kernels = kernels;
    this.#plan = plan;
    this.#width = valueWidth(plan);
    this.#segment = new SegmentReader(kernels, plan);
    this.#bench = workbenchOf(kernels);
    this.#pageFormat = {
      version: properties.writerVersion,
      maxRepetitionLevel: plan.maxRepetitionLevel,
      maxDefinitionLevel: plan.maxDefinitionLevel,
      compressor,
      checksum: properties.pageChecksum,
      path: plan.arrowPath,
    };
    this.#metaData = new ChunkMetaDataBuilder(kernels, plan, this.#width);
    this.#repetitionLevels = new KernelBuffer(kernels.memory);
    this.#definitionLevels = new KernelBuffer(kernels.memory);
    if (properties.dictionaryEnabled && dictionaryPossible(plan)) {
      const limit = properties.dictionaryPageSizeLimit;
      const repeatable = plan.order !== "float";
      this.#dictionary = new DictionaryEncoder(kernels, this.#layout, limit, repeatable);
    }
    this.#encoder = this.#dictionary ?? this.#fallback();
  }

  /** Bytes of finished pages and of kernel memory that are held. */
  get memoryBytes(): number {
    return this.#pages.byteLength + this.#encoder.memoryBytes;
  }

  /** Encodes the segment record at `record` in kernel memory; nothing of it is kept by reference. */
  append(record: Pointer): void {
    const segment = this.#segment;
    segment.read(record);
    const { shredder } = this.#bench;
    shredder.shred(
      this.#plan,
      segment.rows,
      segment.nodes,
      segment.leafNode,
      segment.shape === "null",
    );
    if (segment.dictionary !== null) this.#loadDictionary(segment.dictionary);
    const values = this.#segmentValues();
    const { entries } = shredder;
    let entry = 0;
    let value = 0;
    while (entry < entries) {
      const consumed = this.#appendToPage(values, entry, value);
      entry += consumed.entries;
      value += consumed.values;
    }
  }

  /** Closes the chunk and gives the encoder's kernel memory back. */
  finish(): EncodedColumnChunk {
    if (this.#rowsInPage > 0) this.#finishPage(true);
    if (this.#dictionary !== null && this.#held.length > 0) this.#judge(this.#dictionary, 1);
    if (this.#dictionary !== null) this.#closeDictionary(this.#dictionary);
    const parts: Uint8Array<ArrayBuffer>[] = [];
    const dictionaryBytes = this.#dictionaryPage?.byteLength ?? 0;
    if (this.#dictionaryPage !== null) parts.push(...this.#dictionaryPage.takeParts());
    const byteLength = dictionaryBytes + this.#pages.byteLength;
    parts.push(...this.#pages.takeParts());
    const metaData = this.#metaData.finish(dictionaryBytes);
    this.dispose();
    return { column: this.#plan.index, parts, byteLength, metaData };
  }

  /** Gives all kernel memory back. Safe at any time, more than once. */
  dispose(): void {
    if (this.#released) return;
    this.#released = true;
    this.#bench.leave();
    this.#metaData.release();
    this.#repetitionLevels.release();
    this.#definitionLevels.release();
    this.#arrowDictionary?.release();
    this.#dictionary?.release();
    this.#encoder.release();
    this.#pages.release();
    this.#dictionaryPage?.release();
  }

  get #layout(): { width: number; boolean: boolean } {
    return { width: this.#width, boolean: this.#plan.physicalType === "BOOLEAN" };
  }

  #fallback(): ValueEncoder {
    const { physicalType, properties } = this.#plan;
    if (physicalType !== "BOOLEAN") return new PlainEncoder(this.#kernels, this.#layout);
    // RLE is the default of data pages v2; readers of v1 pages expect PLAIN.
    const encoding = properties.encoding ?? (properties.writerVersion === "2.0" ? "RLE" : "PLAIN");
    return new BooleanEncoder(this.#kernels, encoding === "RLE" ? "RLE" : "PLAIN");
  }

  #segmentValues(): SegmentValues {
    const { leaf, shape, keyWidth } = this.#segment;
    const { selection, values } = this.#bench.shredder;
    if (shape === "null") return { kind: "values", values: { count: 0, data: 0, offsets: 0 } };
    if (shape === "dictionary") {
      const keys = this.#bench.leafReader.select(leaf.values, keyWidth, selection, values);
      return { kind: "keys", keys, keyWidth };
    }
    return {
      kind: "values",
      values: this.#bench.leafReader.read(this.#plan, leaf, selection, values),
    };
  }

  #loadDictionary(entries: LeafBuffers): void {
    this.#arrowDictionary ??= new ArrowDictionary(this.#kernels, this.#width);
    const all = { kind: "range", base: 0 } as const;
    this.#arrowDictionary.load(
      this.#bench.leafReader.read(this.#plan, entries, all, entries.slots),
    );
  }

  /** Adds rows to the current page until it is full or the segment ends. Returns what was used up. */
  #appendToPage(
    segmentValues: SegmentValues,
    entry: number,
    value: number,
  ): { entries: number; values: number } {
    const { properties } = this.#plan;
    const values = this.#limitingValues(segmentValues);
    const maxRows = properties.dataPageRowCountLimit - this.#rowsInPage;
    const maxValues = this.#encoder.valuesUntil(properties.dataPageSizeLimit, values, value);
    if (maxRows <= 0 || maxValues <= 0) {
      this.#finishPage(false);
      return { entries: 0, values: 0 };
    }
    const rows = this.#takeRows(entry, maxRows, maxValues);
    const appended = this.#appendValues(segmentValues, value, rows.values);
    if (appended === rows.values) {
      this.#appendLevels(entry, rows.entries, rows.rows);
      const full = rows.rows === maxRows || rows.values >= maxValues;
      if (full) this.#finishPage(false);
      return rows;
    }
    // The dictionary is full: the rows that it still holds whole end its last page.
    const kept = this.#rowsHolding(entry, rows.entries, appended);
    this.#appendLevels(entry, kept.entries, kept.rows);
    const dictionary = this.#dictionary!;
    this.#giveUpDictionary(dictionary, dictionary.count - (appended - kept.values));
    return kept;
  }

  /** The values by which a page is cut: keys count as they come. */
  #limitingValues(segmentValues: SegmentValues): LeafValues {
    if (segmentValues.kind === "values") return segmentValues.values;
    if (this.#dictionary !== null) {
      return { count: this.#bench.shredder.values, data: 0, offsets: 0 };
    }
    const { keys, keyWidth } = segmentValues;
    return this.#arrowDictionary!.values(keys, keyWidth, this.#bench.shredder.values);
  }

  #appendValues(segmentValues: SegmentValues, from: number, count: number): number {
    if (count === 0) return 0;
    const dictionary = this.#dictionary;
    if (segmentValues.kind === "keys") {
      const { keyWidth } = segmentValues;
      const keys = segmentValues.keys + from * keyWidth;
      if (dictionary !== null) {
        return this.#arrowDictionary!.appendIds(dictionary, keys, keyWidth, count);
      }
      const values = this.#arrowDictionary!.values(keys, keyWidth, count);
      this.#metaData.addValues(values, 0, count);
      return this.#encoder.append(values, 0, count);
    }
    const { values } = segmentValues;
    if (dictionary === null) {
      this.#metaData.addValues(values, from, count);
      return this.#encoder.append(values, from, count);
    }
    return dictionary.append(values, from, count);
  }

  /** Counts the rows from `entry` on that the page may take. */
  #takeRows(
    entry: number,
    maxRows: number,
    maxValues: number,
  ): { entries: number; rows: number; values: number } {
    const { entries, repetitionLevels, definitionLevels } = this.#bench.shredder;
    const left = entries - entry;
    if (definitionLevels === 0) {
      const rows = Math.min(left, maxRows, maxValues);
      return { entries: rows, rows, values: rows };
    }
    const result = this.#bench.result.reserve(16);
    this.#kernels.takeRows(
      repetitionLevels === 0 ? 0 : repetitionLevels + entry,
      definitionLevels + entry,
      left,
      this.#plan.maxDefinitionLevel,
      Math.min(maxRows, left),
      Math.min(maxValues, left),
      result,
    );
    const { i32 } = this.#kernels.memory;
    const word = result >>> 2;
    return { entries: i32[word]!, rows: i32[word + 1]!, values: i32[word + 2]! };
  }

  /** The most whole rows from `entry` on that hold no more than `maxValues` values. */
  #rowsHolding(
    entry: number,
    entries: number,
    maxValues: number,
  ): { entries: number; rows: number; values: number } {
    const { repetitionLevels, definitionLevels } = this.#bench.shredder;
    const { u8 } = this.#kernels.memory;
    const whole = { entries: 0, rows: 0, values: 0 };
    let rows = 0;
    let values = 0;
    for (let i = 0; i <= entries; i++) {
      const startsRow = i === entries || repetitionLevels === 0 ||
        u8[repetitionLevels + entry + i] === 0;
      if (startsRow) {
        whole.entries = i;
        whole.rows = rows;
        whole.values = values;
        rows++;
      }
      if (i === entries) break;
      const isValue = definitionLevels === 0 ||
        u8[definitionLevels + entry + i] === this.#plan.maxDefinitionLevel;
      if (isValue && ++values > maxValues) break;
    }
    return whole;
  }

  #appendLevels(entry: number, entries: number, rows: number): void {
    const { repetitionLevels, definitionLevels } = this.#bench.shredder;
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

  /** Ends the current page; `isLast`: the chunk ends with it. It is written, unless the dictionary is not judged yet. */
  #finishPage(isLast: boolean): void {
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
      this.#judge(dictionary, isLast ? 1 : this.#growth);
    }
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
    };
    const { encoding, count, unencodedBytes } = encoder;
    const sizes = this.#bench.pageWriter.writeDataPage(
      this.#pageFormat,
      levels,
      encoder,
      this.#pages,
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
    this.#held.push({
      repetitionLevels: copy(this.#repetitionLevels),
      definitionLevels: copy(this.#definitionLevels),
      ids: dictionary.takeIds(),
      entries,
      rows: this.#rowsInPage,
    });
    this.#endPage();
  }

  /** Writes the current page and those set aside, one way or the other, as soon as that can be said. */
  #judge(dictionary: DictionaryEncoder, growth: number): void {
    const verdict = dictionary.judge(growth);
    if (verdict === "wait") return this.#holdPage(dictionary);
    if (this.#held.length > 0) {
      if (this.#rowsInPage > 0) this.#holdPage(dictionary);
      for (const page of this.#held.splice(0)) {
        this.#restoreLevels(page);
        dictionary.putIds(page.ids);
        this.#writeJudgedPage(dictionary, verdict);
      }
    } else this.#writeJudgedPage(dictionary, verdict);
    if (verdict === "drop") {
      dictionary.release();
      this.#dictionary = null;
    }
  }

  /** Writes the current page as ids, or as the values that they stand for. */
  #writeJudgedPage(dictionary: DictionaryEncoder, verdict: "keep" | "drop"): void {
    if (verdict === "drop") {
      if (this.#encoder === dictionary) this.#encoder = this.#fallback();
      const data = new KernelBuffer(this.#kernels.memory);
      const offsets = new KernelBuffer(this.#kernels.memory);
      const values = dictionary.restore(data, offsets);
      this.#metaData.addValues(values, 0, values.count);
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

  /** The dictionary is full: the current page keeps its first `count` ids, what follows is written without. */
  #giveUpDictionary(dictionary: DictionaryEncoder, count: number): void {
    dictionary.dropAfter(count);
    if (this.#rowsInPage > 0) this.#finishPage(true);
    // What it was judged on is all that it will ever hold; judging may have dropped it.
    if (this.#dictionary === null) return;
    if (this.#held.length > 0) this.#judge(dictionary, 1);
    if (this.#dictionary === null) return;
    this.#closeDictionary(dictionary);
    this.#encoder = this.#fallback();
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
      const sizes = this.#bench.pageWriter.writeDictionaryPage(
        this.#pageFormat,
        count,
        byteLength,
        fill,
        page,
      );
      this.#metaData.addDictionaryPage({ count, data, offsets }, sizes);
      this.#dictionaryPage = page;
    }
    encoder.release();
    this.#dictionary = null;
  }
}

function dictionaryPossible(plan: ColumnPlan): boolean {
  return plan.physicalType !== "BOOLEAN" && plan.leaf.shape !== "null";
}
