/**
 * The levels and values of a leaf column, as many rows at a time as are asked for.
 *
 * @module
 */

import { FormatError, LimitError } from "../util/errors.ts";
import type { DecodedValues } from "../verify/decoded_page.ts";
import { countOf } from "./count_of.ts";
import type { ChunkToRead } from "./chunk_to_read.ts";
import { GrowingBytes } from "./growing_bytes.ts";
import type { PageReader, ReadPage } from "./page_reader.ts";

/** Bytes of the values of one column of a batch: Arrow's offsets have 32 bits. */
const MAX_VALUE_BYTES = 2 ** 31 - 1;
/** Below this many bytes a loop is quicker than a call that copies. */
const COPY_FROM = 24;

/** Levels and values of some rows of a leaf column. Valid until the next rows are read. */
export interface LeafRows {
  /** Levels, and values or nulls. */
  readonly entries: number;
  /** One an entry; `null`: all are 0. */
  readonly repetitionLevels: Uint8Array | null;
  /** One an entry; `null`: all are the maximum. */
  readonly definitionLevels: Uint8Array | null;
  /** Values that are not null. */
  readonly values: LeafValues;
}

/** Values, PLAIN and without nulls. */
export interface LeafValues {
  readonly count: number;
  /** Values of fixed width as PLAIN has them (BOOLEAN: one byte each); byte arrays without their lengths. */
  readonly bytes: Uint8Array;
  /** Byte arrays: `count + 1` offsets into `bytes`; else `null`. */
  readonly offsets: Int32Array | null;
}

/** Reads the rows of one column chunk. */
export class LeafReader {
  readonly #chunk: ChunkToRead;
  readonly #pages: PageReader;
  readonly #definitionLevels = new GrowingBytes();
  readonly #repetitionLevels = new GrowingBytes();
  readonly #bytes = new GrowingBytes();
  readonly #offsets = new GrowingBytes();
  #page: ReadPage | null = null;
  /** Entries and values of the page that were taken. */
  #entry = 0;
  #value = 0;
  #entries = 0;
  #count = 0;

  /** Reads what `pages` of `chunk` hold. */
  constructor(chunk: ChunkToRead, pages: PageReader) {
    this.#chunk = chunk;
    this.#pages = pages;
  }

  /** The column chunk. */
  get chunk(): ChunkToRead {
    return this.#chunk;
  }

  /**
   * Reads the first page, and the dictionary ahead of it.
   *
   * @returns Bytes that a value may have by its dictionary: a few ids may stand for very many.
   */
  async open(): Promise<number> {
    this.#page = await this.#pages.next();
    const offsets = this.#pages.dictionary?.offsets;
    if (offsets === undefined || offsets === null) return this.#chunk.column.width;
    let most = 0;
    for (let i = 1; i < offsets.length; i++) most = Math.max(most, offsets[i]! - offsets[i - 1]!);
    return most;
  }

  /**
   * Reads rows.
   *
   * @param fresh Whether they are in memory of their own; else they are in that of the rows before.
   * @throws {FormatError} When they are damaged, or fewer.
   */
  async read(rows: number, fresh: boolean): Promise<LeafRows> {
    const { column } = this.#chunk;
    const isNested = column.maxRepetitionLevel > 0;
    const buffers = [this.#definitionLevels, this.#repetitionLevels, this.#bytes, this.#offsets];
    for (const buffer of buffers) buffer.clear(fresh);
    this.#entries = this.#count = 0;
    let begun = 0;
    for (let isOver = false; !isOver;) {
      const page = this.#page;
      if (page === null || this.#entry === page.entries) {
        // The last row may go on in the next page.
        if (!isNested && begun === rows) break;
        this.#page = await this.#pages.next();
        this.#entry = this.#value = 0;
        if (this.#page === null) break;
        continue;
      }
      const from = this.#entry, levels = page.repetitionLevels;
      let to: number;
      if (levels === null) {
        to = Math.min(page.entries, from + rows - begun);
        begun += to - from;
        isOver = begun === rows;
      } else {
        for (to = from; to < page.entries; to++) {
          if (levels[to] !== 0) continue;
          if (begun === rows) break;
          begun++;
        }
        isOver = to < page.entries;
      }
      this.#append(page, from, to);
      this.#entry = to;
    }
    if (begun < rows) {
      throw new FormatError(
        `Cannot read ${this.#chunk.where}: it has ${rows - begun} rows fewer than stated`,
      );
    }
    return this.#rows();
  }

  /** Checks that nothing is left. */
  async finish(): Promise<void> {
    if (this.#page !== null && this.#entry < this.#page.entries || await this.#hasMore()) {
      throw new FormatError(`Cannot read ${this.#chunk.where}: it has more rows than stated`);
    }
  }

  async #hasMore(): Promise<boolean> {
    for (;;) {
      const page = await this.#pages.next();
      if (page === null || page.entries > 0) return page !== null;
    }
  }

  #rows(): LeafRows {
    const { maxRepetitionLevel, physicalType } = this.#chunk.column;
    const isBytes = physicalType === "BYTE_ARRAY", isNested = maxRepetitionLevel > 0;
    if (isBytes && this.#count === 0) this.#offsets.grow(4).fill(0);
    return {
      entries: this.#entries,
      repetitionLevels: isNested ? this.#repetitionLevels.bytes() : null,
      definitionLevels: isNested || this.#count < this.#entries
        ? this.#definitionLevels.bytes()
        : null,
      values: {
        count: this.#count,
        bytes: this.#bytes.bytes(),
        offsets: isBytes ? this.#offsets.int32s() : null,
      },
    };
  }

  #append(page: ReadPage, from: number, to: number): void {
    const { definitionLevels, repetitionLevels } = page;
    this.#entries += to - from;
    let count = to - from;
    if (definitionLevels !== null) {
      const { maxDefinitionLevel } = this.#chunk.column;
      const room = this.#definitionLevels.grow(count);
      if (page.count === page.entries) room.fill(maxDefinitionLevel);
      else {
        room.set(definitionLevels.subarray(from, to));
        count = count === page.entries ? page.count : countOf(room, maxDefinitionLevel);
      }
    }
    if (repetitionLevels !== null) {
      this.#repetitionLevels.grow(to - from).set(repetitionLevels.subarray(from, to));
    }
    if (count === 0) return;
    const first = this.#value;
    if (page.ids !== null) {
      this.#gather(this.#pages.dictionary!, page.ids.subarray(first, first + count));
    } else this.#copy(page.values!, first, count);
    this.#value += count;
    this.#count += count;
  }

  #copy({ bytes, offsets }: DecodedValues, first: number, count: number): void {
    if (offsets === null) {
      const { width } = this.#chunk.column;
      this.#grow(count * width).set(bytes.subarray(first * width, (first + count) * width));
      return;
    }
    const start = offsets[first]!, end = offsets[first + count]!;
    const ends = this.#growOffsets(count), shift = this.#bytes.length - start;
    this.#grow(end - start).set(bytes.subarray(start, end));
    for (let i = 0; i < count; i++) ends[i] = offsets[first + i + 1]! + shift;
  }

  /** Appends the values of a dictionary that ids stand for. */
  #gather({ bytes, offsets }: DecodedValues, ids: Uint32Array): void {
    const { width } = this.#chunk.column;
    if (offsets !== null) return this.#gatherByteArrays(bytes, offsets, ids);
    const target = this.#grow(ids.length * width);
    if (width === 4 || width === 8) {
      // Every buffer begins at a multiple of 8, and has values of this width only.
      const source = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
      const words = new Int32Array(target.buffer, target.byteOffset, target.length >>> 2);
      if (width === 4) { for (let i = 0; i < ids.length; i++) words[i] = source[ids[i]!]!; }
      else {
        for (let i = 0, to = 0; i < ids.length; i++) {
          const at = ids[i]! * 2;
          words[to++] = source[at]!;
          words[to++] = source[at + 1]!;
        }
      }
      return;
    }
    for (let i = 0, to = 0; i < ids.length; i++) {
      for (let k = 0, at = ids[i]! * width; k < width; k++) target[to++] = bytes[at++]!;
    }
  }

  #gatherByteArrays(bytes: Uint8Array, offsets: Uint32Array, ids: Uint32Array): void {
    let total = this.#bytes.length;
    const ends = this.#growOffsets(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      total += offsets[id + 1]! - offsets[id]!;
      ends[i] = total;
    }
    const target = this.#grow(total - this.#bytes.length);
    for (let i = 0, to = 0; i < ids.length; i++) {
      const id = ids[i]!, end = offsets[id + 1]!;
      let at = offsets[id]!;
      if (end - at >= COPY_FROM) {
        target.set(bytes.subarray(at, end), to);
        to += end - at;
      } else while (at < end) target[to++] = bytes[at++]!;
    }
  }

  /** Room for more bytes of values. */
  #grow(byteLength: number): Uint8Array {
    if (this.#bytes.length + byteLength > MAX_VALUE_BYTES) {
      throw new LimitError(
        this.#chunk.column.name,
        -1,
        "Cannot read a batch of rows: values of one column come to more than 2 GiB",
      );
    }
    return this.#bytes.grow(byteLength);
  }

  /** Room for the ends of more byte arrays. */
  #growOffsets(count: number): Int32Array {
    if (this.#count === 0) this.#offsets.grow(4).fill(0);
    const room = this.#offsets.grow(count * 4);
    return new Int32Array(room.buffer, room.byteOffset, count);
  }
}
