/**
 * One column chunk, from segment records to pages: the one unit of work, on the caller's thread or in a worker.
 *
 * What comes out depends on the rows alone, never on how they were cut into segments.
 *
 * @module
 */

import type { Compressor } from "../compression/codec.ts";
import type { LeafValues } from "../encoding/leaf_values.ts";
import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";
import { LIMITS, type Limits } from "../util/limits.ts";
import { ArrowDictionary } from "./arrow_dictionary.ts";
import { ChunkPages } from "./chunk_pages.ts";
import { ContentChunker } from "./content_chunker.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";
import { type LeafBuffers, valueWidth } from "./leaf_reader.ts";
import { SegmentReader } from "./segment_reader.ts";
import { type SegmentTools, type Workbench, workbenchOf } from "./workbench.ts";

/** Values of one segment: themselves, or keys of the current Arrow dictionary. */
type SegmentValues =
  | { readonly kind: "values"; readonly values: LeafValues }
  | { readonly kind: "keys"; readonly keys: Pointer; readonly keyWidth: number };

/** Bytes that the levels of a value take in a page, at the most, and what comes before them. */
const LEVEL_BYTES = 2;
const LEVELS_START_BYTES = 16;

/** How far a segment has got. */
interface Progress {
  readonly tools: SegmentTools;
  /** Values that are being added, those of the entries before `end`. */
  values: SegmentValues;
  entry: number;
  end: number;
  /** Next of `values`. */
  value: number;
  /** Keys that are resolved, and the next one of them. */
  keys: Pointer;
  key: number;
}

/** Some rows, and what they have. */
interface RowRange {
  entries: number;
  rows: number;
  values: number;
}

/** Encodes one column chunk. */
export class ColumnChunkEncoder {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #limits: Limits;
  readonly #width: number;
  readonly #segment: SegmentReader;
  readonly #bench: Workbench;
  readonly #pages: ChunkPages;
  #arrowDictionary: ArrowDictionary | null = null;
  readonly #chunker: ContentChunker | null;
  /** Entries of the segment before which a page has to end, those still to come. */
  #boundaries: number[] = [];
  /** The segment that is being encoded. */
  #progress: Progress | null = null;
  #released = false;

  /**
   * Creates the encoder; `compressor` is `null` for a column that is not compressed, and stays the caller's. `judge`: by what
   * encodings are judged with `encoding: "auto"`, whose bytes must be the same in every runtime.
   */
  constructor(
    kernels: Kernels,
    plan: ColumnPlan,
    compressor: Compressor | null,
    judge: Compressor | null = null,
  ) {
    this.#kernels = kernels;
    this.#plan = plan;
    this.#limits = plan.limits ?? LIMITS;
    this.#width = valueWidth(plan);
    this.#segment = new SegmentReader(kernels, plan);
    this.#bench = workbenchOf(kernels);
    this.#pages = new ChunkPages(
      kernels,
      plan,
      this.#width,
      this.#bench.pageWriter,
      this.#bench.boundsScratch,
      compressor,
      judge,
    );
    const { contentDefinedChunking } = plan.properties;
    this.#chunker = contentDefinedChunking === null
      ? null
      : new ContentChunker(kernels, plan, contentDefinedChunking, this.#width);
  }

  /** Bytes of finished pages and of kernel memory that are held. */
  get memoryBytes(): number {
    return this.#pages.memoryBytes;
  }

  /** Encodes the segment record at `record` in kernel memory; nothing of it is kept by reference. */
  append(record: Pointer): void {
    this.begin(record);
    while (this.advance());
  }

  /**
   * Begins to encode the segment record at `record`, which must stay there until `advance` returns `false`: about a page at a
   * time, between which other encoders may work.
   */
  begin(record: Pointer): void {
    const segment = this.#segment;
    segment.read(record);
    const tools = this.#bench.lend();
    const { shredder } = tools;
    this.#progress = {
      tools,
      values: { kind: "values", values: { count: 0, data: 0, offsets: 0 } },
      entry: 0,
      end: 0,
      value: 0,
      keys: 0,
      key: 0,
    };
    shredder.shred(
      this.#plan,
      segment.rows,
      segment.nodes,
      segment.leafNode,
      segment.shape === "null",
    );
    if (segment.dictionary !== null) this.#loadDictionary(segment.dictionary);
    const values = this.#progress.values = this.#segmentValues();
    this.#progress.end = shredder.entries;
    if (this.#chunker !== null) this.#boundaries = this.#chunker.boundaries(shredder, values);
  }

  /** Encodes as much as belongs into a page, of the segment that was begun. Returns whether there is more. */
  advance(): boolean {
    if (this.#pages.settleNext()) return true;
    const progress = this.#progress;
    if (progress === null) return false;
    const { entries } = progress.tools.shredder;
    if (progress.entry < progress.end) {
      const { values } = progress;
      if (values.kind === "values" || (this.#pages.dictionary !== null && !this.#pages.undecided)) {
        const consumed = this.#appendToPage(values, progress.entry, progress.end, progress.value);
        progress.entry += consumed.entries;
        progress.value += consumed.values;
      } else {
        // Keys are of no use any more.
        progress.end = progress.entry;
        progress.keys = values.keys;
        progress.key = progress.value;
      }
    }
    if (progress.entry < progress.end) return true;
    if (progress.entry < entries) {
      this.#resolveKeys(progress);
      return true;
    }
    this.#leaveSegment();
    return this.#pages.unsettled;
  }

  /** Does a part of what `finish` would do at once. Returns whether there is more. */
  settle(): boolean {
    this.#pages.end();
    return this.#pages.settleNext();
  }

  /** Closes the chunk and gives the encoder's kernel memory back. */
  finish(): EncodedColumnChunk {
    while (this.settle());
    const chunk = this.#pages.finish();
    this.dispose();
    return chunk;
  }

  /** Gives all kernel memory back. Safe at any time, more than once. */
  dispose(): void {
    if (this.#released) return;
    this.#released = true;
    this.#leaveSegment();
    this.#bench.leave();
    this.#arrowDictionary?.release();
    this.#chunker?.release();
    this.#pages.release();
  }

  #leaveSegment(): void {
    if (this.#progress !== null) this.#bench.takeBack(this.#progress.tools);
    this.#progress = null;
  }

  get #tools(): SegmentTools {
    return this.#progress!.tools;
  }

  #segmentValues(): SegmentValues {
    const { leaf, shape, keyWidth } = this.#segment;
    const { selection, values } = this.#tools.shredder;
    if (shape === "null") return { kind: "values", values: { count: 0, data: 0, offsets: 0 } };
    if (shape === "dictionary") {
      const keys = this.#tools.leafReader.select(leaf.values, keyWidth, selection, values);
      return { kind: "keys", keys, keyWidth };
    }
    return {
      kind: "values",
      values: this.#tools.leafReader.read(this.#plan, leaf, selection, values),
    };
  }

  /**
   * Looks up the next values that keys stand for: without a dictionary of our own keys are of no use any more. Not page by
   * page, which would take long, and not all at once where few keys stand for gigabytes, but as many rows as have a bearable
   * size together.
   */
  #resolveKeys(progress: Progress): void {
    const { keyWidth } = this.#segment;
    const { entries, values } = progress.tools.shredder;
    const dictionary = this.#arrowDictionary!;
    const left = { entries: entries - progress.entry, values: values - progress.key };
    const atOnce = dictionary.valuesAtOnce(left.values);
    const rows = atOnce < left.values
      ? this.#takeRows(progress.entry, entries, left.entries, atOnce)
      : left;
    const resolved = dictionary.values(
      progress.keys + progress.key * keyWidth,
      keyWidth,
      rows.values,
    );
    progress.values = { kind: "values", values: resolved };
    progress.value = 0;
    progress.end = progress.entry + rows.entries;
    progress.key += rows.values;
  }

  #loadDictionary(entries: LeafBuffers): void {
    this.#arrowDictionary ??= new ArrowDictionary(
      this.#kernels,
      this.#width,
      this.#plan.arrowPath,
    );
    const all = { kind: "range", base: 0 } as const;
    const values = this.#tools.leafReader.read(this.#plan, entries, all, entries.slots);
    this.#arrowDictionary.load(values);
    this.#chunker?.loadDictionary(values);
  }

  /** Adds rows to the current page until it is full or `end` is reached. Returns what was used up. */
  #appendToPage(
    segmentValues: SegmentValues,
    entry: number,
    end: number,
    value: number,
  ): { entries: number; values: number } {
    const { properties } = this.#plan;
    const boundary = this.#boundaries[0];
    if (entry === boundary) {
      this.#boundaries.shift();
      if (this.#pages.rows > 0) this.#pages.endPage();
      return { entries: 0, values: 0 };
    }
    if (boundary !== undefined && boundary < end) end = boundary;
    const values = this.#limitingValues(segmentValues);
    const maxRows = properties.dataPageRowCountLimit - this.#pages.rows;
    const maxValues = this.#pages.valuesUntil(values, value);
    if (maxRows <= 0 || maxValues <= 0) {
      if (maxRows <= 0) this.#pages.endPage();
      else this.#pages.reached();
      return { entries: 0, values: 0 };
    }
    const rows = this.#fitting(
      segmentValues,
      entry,
      value,
      this.#takeRows(entry, end, maxRows, maxValues),
    );
    if (rows.rows === 0) {
      this.#pages.endPage();
      return rows;
    }
    const appended = this.#encode(segmentValues, value, rows.values);
    if (appended === rows.values) {
      this.#pages.appendLevels(this.#tools.shredder, entry, rows.entries, rows.rows);
      if (rows.rows === maxRows) this.#pages.endPage();
      else if (rows.values >= maxValues) this.#pages.reached();
      return rows;
    }
    // The dictionary is full: the rows that it still holds whole end its last page.
    const kept = this.#rowsHolding(entry, rows.entries, appended);
    this.#pages.appendLevels(this.#tools.shredder, entry, kept.entries, kept.rows);
    this.#pages.giveUpDictionary(appended - kept.values);
    return kept;
  }

  /** Of some rows, those with which the page does not outgrow what a page may be; an empty page takes one in any case. */
  #fitting(segmentValues: SegmentValues, entry: number, value: number, rows: RowRange): RowRange {
    if (this.#fits(segmentValues, value, rows)) return rows;
    const end = entry + rows.entries;
    // No number of values is to end the range.
    const take = (n: number) => this.#takeRows(entry, end, n, rows.values + 1);
    let fit = { entries: 0, rows: 0, values: 0 };
    let tooMany = rows.rows;
    while (fit.rows + 1 < tooMany) {
      const some = take((fit.rows + tooMany) >>> 1);
      if (this.#fits(segmentValues, value, some)) fit = some;
      else tooMany = some.rows;
    }
    return fit.rows > 0 || this.#pages.rows > 0 ? fit : take(1);
  }

  /** Whether rows may join those of the current page. */
  #fits(segmentValues: SegmentValues, value: number, rows: RowRange): boolean {
    const { encoder, dictionary } = this.#pages;
    const { maxPageEntries, maxPageBytes } = this.#limits;
    const entries = this.#pages.entries + rows.entries;
    if (entries > maxPageEntries) return false;
    const levels = LEVELS_START_BYTES + entries * LEVEL_BYTES;
    const ids = (encoder.count + rows.values) * 4;
    if (segmentValues.kind === "keys" || dictionary?.decided === true) {
      return levels + ids <= maxPageBytes;
    }
    // Ids may yet turn into the values that they stand for.
    const lengths = this.#width > 0 ? 0 : encoder.count * 4;
    const bytes = this.#plainBytes(segmentValues.values, value, rows.values);
    return levels + encoder.unencodedBytes + lengths + bytes <= maxPageBytes;
  }

  /** Bytes of values as PLAIN has them. */
  #plainBytes(values: LeafValues, from: number, count: number): number {
    if (count === 0) return 0;
    if (this.#width > 0) return count * this.#width;
    const { i32 } = this.#kernels.memory;
    const word = (values.offsets >>> 2) + from;
    return i32[word + count]! - i32[word]! + count * 4;
  }

  /** The values by which a page is cut: keys count as they come. */
  #limitingValues(segmentValues: SegmentValues): LeafValues {
    if (segmentValues.kind === "values") return segmentValues.values;
    return { count: this.#tools.shredder.values, data: 0, offsets: 0 };
  }

  /** Gives values to the encoder of the current page. Returns how many it took. */
  #encode(segmentValues: SegmentValues, from: number, count: number): number {
    if (count === 0) return 0;
    const { dictionary } = this.#pages;
    if (segmentValues.kind === "keys") {
      const { keyWidth } = segmentValues;
      const keys = segmentValues.keys + from * keyWidth;
      return this.#arrowDictionary!.appendIds(dictionary!, keys, keyWidth, count);
    }
    const { values } = segmentValues;
    if (dictionary === null) this.#pages.countValues(values, from, count);
    return this.#pages.encoder.append(values, from, count);
  }

  /** Counts the rows between `entry` and `end` that have no more than so many rows and about so many values. */
  #takeRows(
    entry: number,
    end: number,
    maxRows: number,
    maxValues: number,
  ): RowRange {
    const { repetitionLevels, definitionLevels } = this.#tools.shredder;
    const left = end - entry;
    if (definitionLevels === 0) {
      const rows = Math.min(left, maxRows, maxValues);
      return { entries: rows, rows, values: rows };
    }
    const result = this.#tools.result.reserve(16);
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
  ): RowRange {
    const { repetitionLevels, definitionLevels } = this.#tools.shredder;
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
}
