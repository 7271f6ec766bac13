/**
 * Says at which row a row group reaches a number of encoded bytes, before it is encoded.
 *
 * Workers' results come when they come; a cut that waited for them, or that depended on which of them were there, would make
 * the file depend on time. So rows are encoded a second time, on the caller's thread, and thrown away: the first ones up to
 * {@linkcode HEAD_BYTES}, and after that samples.
 *
 * ```text
 * Arrow bytes  0 ─┬──┬─────┬─────────────┬───────┬──── gap ────┬─window─┬──── gap ────┬─window─┬─ … ─ limit
 *                 └── measured from 0 on ┘ head
 * ```
 *
 * - In the head, the rows so far are encoded as if the row group ended there: that is exact. The stops get farther apart, up
 *   to nine tenths of the way to where the limit seems to be. A row group that ends in the head is measured once more shortly
 *   before its end.
 * - Beyond, windows of rows are encoded by themselves. Of that only what has changed counts: what a window takes more or less
 *   than the window at the end of the head did, column by column, is added to what rows took there. So neither dictionaries
 *   nor the beginnings of pages count again with every window.
 *
 * All of this depends on the rows of the row group alone.
 *
 * @module
 */

import type { ColumnArray } from "../arrow/column_array.ts";

/** What rows take when they are encoded as a row group of their own. */
export interface EncodedSizes {
  /** Bytes of each column chunk. */
  readonly chunkBytes: Float64Array;
  /** Bytes of each dictionary page, which are among them. */
  readonly dictionaryBytes: Float64Array;
}

/** Rows that are kept to be measured. */
export interface RowSample {
  /** Bytes that the rows are kept in. */
  readonly byteLength: number;
  /** Adds rows [from, to); they are copied. */
  append(columns: readonly ColumnArray[], from: number, to: number): void;
  /** Encodes all rows so far. */
  measure(): EncodedSizes;
  /** Forgets all rows. */
  clear(): void;
}

/** How much is measured. */
export interface MeasuringExtent {
  /** Arrow bytes of a row group's first rows that are measured throughout. */
  readonly headBytes: number;
  /** Arrow bytes of each sample after that. */
  readonly windowBytes: number;
}

/**
 * Arrow bytes that are measured at the start of a row group, and in each window: several pages of most columns. One byte of
 * eight is measured in all.
 */
export const MEASURING_EXTENT: MeasuringExtent = {
  headBytes: 8 * 1024 * 1024,
  windowBytes: 2 * 1024 * 1024,
};
/** The same for codecs that take a hundred times as long, since the caller's thread stands still meanwhile. */
export const SLOW_MEASURING_EXTENT: MeasuringExtent = {
  headBytes: 1024 * 1024,
  windowBytes: 256 * 1024,
};

/** Windows that would fit between one window and the next. */
const GAP_WINDOWS = 7;
/** The first stop, as a part of the limit: encoded rows hardly ever take more than 16 times their Arrow bytes. */
const FIRST_STOP = 1 / 16;
/** And of the head. */
const FIRST_STOP_OF_HEAD = 1 / 8;
/** How many times the Arrow bytes before there may be at the next stop: far enough not to spend too much on the way. */
const GROWTH = 8;
/** So many times, at the least, as long as the limit is not close. */
const LEAST_GROWTH = 1.08;
/** How far to go before measuring again, of the way to where the limit is expected. */
const STEP = 0.9;
/** Part of the limit from which on the rest is not measured any more. */
const CLOSE = 0.88;
/** What a row group is to have of the limit: estimates err to both sides. */
const TARGET = 0.97;

/** Decides where row groups of one file end. */
export class EncodedSizeEstimator {
  readonly #maxBytes: number;
  readonly #extent: MeasuringExtent;
  readonly #fromFirstRow: boolean;
  readonly #head: RowSample;
  readonly #window: RowSample;
  #phase: "head" | "gap" | "window" | "close" = "head";
  #stop = 0;
  #limit = Infinity;
  /** Arrow and encoded bytes at the last stop at which the latter were known or estimated, and the slope after it. */
  #arrowBytes = 0;
  #encodedBytes = 0;
  #slope = 1;
  /** What was measured at the last stop of the head. */
  #measured: EncodedSizes | null = null;
  /** Where the window at the end of the head begins, or the current one. */
  #windowStart = 0;
  /** By columns, encoded bytes an Arrow byte of the row group: of the last rows of the head, and of the window there. */
  #headSlopes: Float64Array | null = null;
  #headRates: Float64Array | null = null;

  /**
   * @param maxBytes Encoded bytes that a row group is to have at most.
   * @param sample Makes a sample, which is used again and again.
   * @param fromFirstRow Whether a few Arrow bytes may stand for any number of encoded ones, as keys of a dictionary do.
   */
  constructor(
    maxBytes: number,
    sample: () => RowSample,
    fromFirstRow: boolean,
    extent: MeasuringExtent = MEASURING_EXTENT,
  ) {
    this.#maxBytes = maxBytes;
    this.#extent = extent;
    this.#fromFirstRow = fromFirstRow;
    this.#head = sample();
    this.#window = sample();
    this.restart();
  }

  /** Arrow bytes of the row group at which `reached` is to be called, with the first row that brings as many. */
  get stop(): number {
    return this.#stop;
  }

  /** Arrow bytes that the row group is not to exceed, as far as is known by now; it ends when it has as many. */
  get limit(): number {
    return this.#limit;
  }

  /**
   * Whether the row group may end at `arrowBytes` because the next row would exceed the limit. Else `reached` is to be called
   * first: a guess from a few rows is not good enough to end at.
   */
  mayEndAt(arrowBytes: number): boolean {
    return this.#phase !== "head" || arrowBytes === this.#arrowBytes;
  }

  /** Bytes of rows that are kept to be measured. */
  get memoryBytes(): number {
    return this.#head.byteLength + this.#window.byteLength;
  }

  /** Encoded bytes that the row group is expected to have at `arrowBytes`. */
  encodedBytes(arrowBytes: number): number {
    return this.#encodedBytes + (arrowBytes - this.#arrowBytes) * this.#slope;
  }

  /** Takes rows of the row group; all of them, in order, and none beyond `stop` but the row that reaches it. */
  append(columns: readonly ColumnArray[], from: number, to: number): void {
    if (this.#phase === "head") this.#head.append(columns, from, to);
    if (this.#phase === "window" || (this.#phase === "head" && this.#inLastWindow)) {
      this.#window.append(columns, from, to);
    }
  }

  /** The row group has `arrowBytes` now, which are no fewer than `stop`. */
  reached(arrowBytes: number): void {
    switch (this.#phase) {
      case "head":
        return this.#reachedInHead(arrowBytes);
      case "gap":
        this.#phase = "window";
        this.#windowStart = arrowBytes;
        this.#stop = arrowBytes + this.#extent.windowBytes;
        return;
      case "window":
        return this.#windowComplete(arrowBytes);
      case "close":
        return;
    }
  }

  /** Begins the next row group. */
  restart(): void {
    this.#head.clear();
    this.#window.clear();
    this.#phase = "head";
    // What the last row group came to is the best guess there is.
    if (this.#arrowBytes > 0) this.#slope = this.#encodedBytes / this.#arrowBytes;
    this.#arrowBytes = this.#encodedBytes = 0;
    this.#limit = Infinity;
    this.#measured = null;
    this.#windowStart = 0;
    this.#stop = this.#fromFirstRow
      ? 0
      : Math.min(this.#maxBytes * FIRST_STOP, this.#extent.headBytes * FIRST_STOP_OF_HEAD);
  }

  /** Whether the head has come to its last rows, which are a window too. */
  get #inLastWindow(): boolean {
    return this.#windowStart > 0;
  }

  #reachedInHead(arrowBytes: number): void {
    const { headBytes, windowBytes } = this.#extent;
    if (arrowBytes >= headBytes - windowBytes && arrowBytes < headBytes && !this.#inLastWindow) {
      this.#windowStart = arrowBytes;
    }
    const before = this.#measured;
    const arrowBefore = this.#arrowBytes;
    const measured = this.#measured = this.#head.measure();
    const encodedBytes = sumOf(measured.chunkBytes);
    // A dictionary does not come again.
    const average = (encodedBytes - sumOf(measured.dictionaryBytes)) / Math.max(1, arrowBytes);
    const more = arrowBytes - arrowBefore;
    const slope = before === null ? average : (encodedBytes - this.#encodedBytes) / more;
    this.#arrowBytes = arrowBytes;
    this.#encodedBytes = encodedBytes;
    // Rows may seem to take next to nothing as long as they are in one page with those before.
    this.#slope = Math.max(slope, average / 2);
    if (this.#isClose()) return;
    if (arrowBytes < headBytes) {
      const next = Math.min(
        arrowBytes * GROWTH,
        arrowBytes + STEP * (this.#expectedEnd(slope) - arrowBytes),
        // As much again takes no more than as much again.
        arrowBytes * TARGET * this.#maxBytes / Math.max(1, encodedBytes),
      );
      this.#stop = Math.max(next, arrowBytes * LEAST_GROWTH, arrowBytes + 1);
      this.#limit = Math.max(this.#stop, this.#expectedEnd(this.#slope));
      // The window at the end of the head begins and ends with stops.
      const windowStart = headBytes - windowBytes;
      if (arrowBytes < windowStart) this.#stop = Math.min(this.#stop, windowStart);
      else this.#stop = Math.min(this.#stop, headBytes);
      return;
    }
    this.#leaveHead(measured, before, arrowBytes, more);
  }

  /** The head is complete: what its last rows took, in both ways of measuring, is what windows are compared with. */
  #leaveHead(
    now: EncodedSizes,
    before: EncodedSizes | null,
    arrowBytes: number,
    more: number,
  ): void {
    this.#headSlopes = now.chunkBytes.map((bytes, i) => {
      const average = (bytes - now.dictionaryBytes[i]!) / arrowBytes;
      return before === null
        ? average
        : Math.max((bytes - before.chunkBytes[i]!) / more, average / 2);
    });
    // Without a window there, since a single row went through all of it, the head stands for one.
    this.#headRates = this.#inLastWindow
      ? this.#windowRates(arrowBytes)
      : now.chunkBytes.map((bytes, i) => (bytes - now.dictionaryBytes[i]!) / arrowBytes);
    this.#slope = sumOf(this.#headSlopes);
    this.#head.clear();
    this.#gap();
  }

  #windowComplete(arrowBytes: number): void {
    const rates = this.#windowRates(arrowBytes);
    let slope = 0;
    for (let i = 0; i < rates.length; i++) {
      slope += Math.max(0, this.#headSlopes![i]! + rates[i]! - this.#headRates![i]!);
    }
    // Between two windows rows are taken to be between them in this too.
    this.#encodedBytes += (arrowBytes - this.#arrowBytes) * (this.#slope + slope) / 2;
    this.#arrowBytes = arrowBytes;
    this.#slope = slope;
    this.#gap();
  }

  /** Encoded bytes an Arrow byte of the window's rows, without dictionaries; the window ends. */
  #windowRates(arrowBytes: number): Float64Array {
    const { chunkBytes, dictionaryBytes } = this.#window.measure();
    this.#window.clear();
    const bytes = Math.max(1, arrowBytes - this.#windowStart);
    return chunkBytes.map((chunk, i) => (chunk - dictionaryBytes[i]!) / bytes);
  }

  /** Goes on without measuring, up to the next window or the end. */
  #gap(): void {
    if (this.#isClose()) return;
    const { windowBytes } = this.#extent;
    this.#phase = "gap";
    this.#limit = this.#expectedEnd(this.#slope);
    const left = this.#limit - this.#arrowBytes;
    // A window that the row group would not outlive by much is of no use.
    if (left < 2 * windowBytes) this.#close();
    else this.#stop = this.#arrowBytes + Math.min(GAP_WINDOWS * windowBytes, left / 2);
  }

  #isClose(): boolean {
    if (this.#encodedBytes < CLOSE * this.#maxBytes) return false;
    this.#limit = this.#expectedEnd(this.#slope);
    this.#close();
    return true;
  }

  #close(): void {
    this.#phase = "close";
    this.#stop = Infinity;
    this.#head.clear();
    this.#window.clear();
  }

  /** Arrow bytes at which the target is reached if rows go on to take `slope` encoded bytes each. */
  #expectedEnd(slope: number): number {
    const left = TARGET * this.#maxBytes - this.#encodedBytes;
    if (left <= 0) return this.#arrowBytes;
    return slope > 0 ? this.#arrowBytes + left / slope : Infinity;
  }
}

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}
