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
import { STEP_BYTES, STEP_VALUES, type Steps } from "../util/steps.ts";
import { ArrowDictionary } from "./arrow_dictionary.ts";
import { ChunkPages } from "./chunk_pages.ts";
import { ContentChunker } from "./content_chunker.ts";
import type { EncodedColumnChunk } from "./encoded_column_chunk.ts";
import { type LeafBuffers, valueWidth } from "./leaf_reader.ts";
import { PageCutter, type RowRange, type SegmentValues } from "./page_cutter.ts";
import { RECORD_BYTE_LENGTH } from "./segment.ts";
import { SegmentReader } from "./segment_reader.ts";
import type { ShreddedLevels } from "../shred/shredder.ts";
import { type SegmentTools, type Workbench, workbenchOf } from "./workbench.ts";

/** How far a segment has got. */
interface Progress {
  readonly tools: SegmentTools;
  /** Whether it has so many bytes, those of one huge row, that a page of it takes several steps. */
  isLong: boolean;
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

/** What the current page has room for, of the entries before `end`. */
interface PageRoom {
  readonly end: number;
  readonly maxRows: number;
  readonly maxValues: number;
}

const NO_VALUES: SegmentValues = { kind: "values", values: { count: 0, data: 0, offsets: 0 } };

/** Encodes one column chunk. */
export class ColumnChunkEncoder {
  readonly #kernels: Kernels;
  readonly #plan: ColumnPlan;
  readonly #width: number;
  readonly #segment: SegmentReader;
  readonly #bench: Workbench;
  readonly #pages: ChunkPages;
  readonly #cutter: PageCutter;
  #arrowDictionary: ArrowDictionary | null = null;
  readonly #chunker: ContentChunker | null;
  /** Entries of the segment before which a page has to end, those still to come. */
  #boundaries: number[] = [];
  /** The segment that is being encoded. */
  #progress: Progress | null = null;
  /** What is left of a long step of it. */
  #steps: Steps<void> | null = null;
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
    this.#cutter = new PageCutter(kernels, plan, this.#width, this.#pages);
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
    this.#segment.read(record);
    this.#progress = {
      tools: this.#bench.lend(),
      isLong: false,
      values: NO_VALUES,
      entry: 0,
      end: 0,
      value: 0,
      keys: 0,
      key: 0,
    };
    const bytes = this.#kernels.memory.i32[(record >>> 2) + RECORD_BYTE_LENGTH]!;
    const { shredder } = this.#tools;
    const { rows, nodes, leafNode, shape } = this.#segment;
    shredder.begin(this.#plan, rows, nodes, leafNode, shape === "null");
    if (bytes > STEP_BYTES) {
      this.#progress.isLong = true;
      this.#steps = this.#preparing(this.#progress);
    } else {
      while (shredder.next());
      this.#readValues(this.#progress);
    }
  }

  /** Encodes rows whose levels and values are there already, in kernel memory: those of decoded pages. Nothing of them is kept. */
  appendShredded(levels: ShreddedLevels, values: LeafValues): void {
    const tools = this.#bench.lend();
    tools.shredder.adopt(levels);
    const progress: Progress = {
      tools,
      isLong: false,
      values: { kind: "values", values },
      entry: 0,
      end: levels.entries,
      value: 0,
      keys: 0,
      key: 0,
    };
    this.#progress = progress;
    if (this.#chunker !== null) {
      this.#boundaries = this.#chunker.boundaries(tools.shredder, progress.values);
    }
    while (this.advance());
  }

  /** Finds levels and values of a long segment. */
  *#preparing(progress: Progress): Steps<void> {
    while (progress.tools.shredder.next()) yield;
    yield;
    this.#readValues(progress);
  }

  #readValues(progress: Progress): void {
    const { shredder } = progress.tools;
    if (this.#segment.dictionary !== null) this.#loadDictionary(this.#segment.dictionary);
    const values = progress.values = this.#segmentValues();
    progress.end = shredder.entries;
    if (this.#chunker !== null) this.#boundaries = this.#chunker.boundaries(shredder, values);
  }

  /** Encodes as much as belongs into a page, or a part of that, of the segment that was begun. Returns whether there is more. */
  advance(): boolean {
    if (this.#pages.settleNext()) return true;
    if (this.#steps !== null) return this.#step(this.#steps);
    const progress = this.#progress;
    if (progress === null) return false;
    const { entries } = progress.tools.shredder;
    if (progress.entry < progress.end) {
      const { values } = progress;
      if (values.kind === "values" || (this.#pages.dictionary !== null && !this.#pages.undecided)) {
        this.#appendToPage(progress, values);
        if (this.#steps !== null) return true;
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

  /** Does a step, and remembers those that are left. There is more to do in any case. */
  #step(steps: Steps<void>): true {
    this.#steps = steps.next().done ? null : steps;
    return true;
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
    this.#steps = null;
    if (this.#progress !== null) this.#bench.takeBack(this.#progress.tools);
    this.#progress = null;
  }

  get #tools(): SegmentTools {
    return this.#progress!.tools;
  }

  #segmentValues(): SegmentValues {
    const { leaf, shape, keyWidth } = this.#segment;
    const { selection, values } = this.#tools.shredder;
    if (shape === "null") return NO_VALUES;
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
      ? this.#cutter.take(progress.tools, progress.entry, entries, left.entries, atOnce)
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

  /** Adds rows to the current page until it is full or all are added. */
  #appendToPage(progress: Progress, segmentValues: SegmentValues): void {
    const { tools, entry, value } = progress;
    const { properties } = this.#plan;
    const pages = this.#pages;
    const boundary = this.#boundaries[0];
    if (entry === boundary) {
      this.#boundaries.shift();
      if (pages.rows > 0) pages.endPage();
      return;
    }
    const end = Math.min(progress.end, boundary ?? Infinity);
    const values = this.#limitingValues(segmentValues);
    const maxRows = properties.dataPageRowCountLimit - pages.rows;
    const maxValues = pages.valuesUntil(values, value);
    if (maxRows <= 0) return pages.endPage();
    if (maxValues <= 0) return pages.reached();
    const most = { end, maxRows, maxValues };
    if (progress.isLong) {
      this.#step(this.#appendingRows(progress, segmentValues, most));
      return;
    }
    const taken = this.#cutter.take(tools, entry, end, maxRows, maxValues);
    const rows = this.#cutter.fitting(tools, segmentValues, entry, value, taken);
    if (rows.rows === 0) return pages.endPage();
    this.#rowsEncoded(progress, rows, this.#encode(segmentValues, value, rows.values), most);
  }

  /** Adds rows of a long segment. */
  *#appendingRows(
    progress: Progress,
    segmentValues: SegmentValues,
    most: PageRoom,
  ): Steps<void> {
    const { tools, entry, value } = progress;
    const { end, maxRows, maxValues } = most;
    const taken = yield* this.#cutter.takeInSteps(tools, entry, end, maxRows, maxValues);
    const rows = this.#cutter.fitting(tools, segmentValues, entry, value, taken);
    if (rows.rows === 0) return this.#pages.endPage();
    let appended = 0;
    while (appended < rows.values) {
      const some = Math.min(STEP_VALUES, rows.values - appended);
      const count = this.#encode(segmentValues, value + appended, some);
      appended += count;
      yield;
      if (count < some) break;
    }
    this.#rowsEncoded(progress, rows, appended, most);
  }

  /** Rows have come into the page, of whose values the encoder has taken `appended`. */
  #rowsEncoded(progress: Progress, rows: RowRange, appended: number, most: PageRoom): void {
    const { tools, entry } = progress;
    const pages = this.#pages;
    // Where the dictionary is full, the rows that it still holds whole end its last page.
    const kept = appended === rows.values
      ? rows
      : this.#cutter.rowsHolding(tools, entry, rows.entries, appended);
    pages.appendLevels(tools.shredder, entry, kept.entries, kept.rows);
    progress.entry += kept.entries;
    progress.value += kept.values;
    if (kept !== rows) pages.giveUpDictionary(appended - kept.values);
    else if (rows.rows === most.maxRows) pages.endPage();
    else if (rows.values >= most.maxValues) pages.reached();
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
}
