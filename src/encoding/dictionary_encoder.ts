/**
 * RLE_DICTIONARY: ids into a dictionary page, one width byte and the RLE/bit-packed hybrid per data page.
 *
 * Whether a dictionary pays is judged once, as a rule when the first page is full: the number of distinct values that the
 * whole chunk may have is estimated from the repetitions seen so far. Where there are none yet, nothing can be estimated,
 * and the judgement waits. Until it is made no page is written, so that nothing is lost by giving up: ids can be turned back
 * into values.
 *
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#dictionary-encoding-plain_dictionary--2-and-rle_dictionary--8
 * @module
 */

import { HashDictionary } from "../kernels/hash_dictionary.ts";
import { KernelBuffer } from "../kernels/kernel_buffer.ts";
import { type Kernels, maxHybridSize, type Pointer } from "../kernels/kernels.ts";
import type { LeafValues, ValueLayout } from "./leaf_values.ts";
import { byteArraysLength, byteArraysUntil } from "./plain_encoder.ts";
import type { ValueEncoder } from "./value_encoder.ts";

/** What an id is taken to need, so that a page's end does not depend on how the dictionary grows. */
const ID_BYTES = 2;
/** A dictionary has to save this share of the PLAIN bytes to be worth its indirection. */
const WORTHWHILE = 0.95;
/** Values on which a dictionary is judged at the earliest, as long as more may come. */
const SMALLEST_SAMPLE = 1000;

/** Ids of a page that was set aside. */
export interface TakenIds {
  readonly ids: Uint32Array;
  /** The first entry that the page has brought, if each of its values was new; else −1. */
  readonly newFrom: number;
}

/** Gathers ids of one data page after another, and the dictionary of the chunk. */
export class DictionaryEncoder implements ValueEncoder {
  readonly encoding = "RLE_DICTIONARY";
  readonly #kernels: Kernels;
  readonly #width: number;
  readonly #byteLimit: number;
  readonly #repeatable: boolean;
  readonly #ownWidths: boolean;
  readonly #dictionary: HashDictionary;
  readonly #ids: KernelBuffer;
  #count = 0;
  /** PLAIN bytes of the current page's values. */
  #plainBytes = 0;
  /** Entries when the current page began. */
  #entriesBefore = 0;
  /** Values, and their PLAIN bytes, of the pages before. */
  #valuesBefore = 0;
  #plainBytesBefore = 0;
  #decided = false;
  /** The entry from which on the current page's values are the dictionary's, one by one; −1: they are not. Of pages put back. */
  #newFrom = -1;

  /**
   * Creates the encoder; `byteLimit` bounds the dictionary page. `repeatable`: values that are distinct over a page may
   * still come again; measurements (floats) hardly ever do. `ownWidths`: ids are as wide as each page needs, so that a page
   * does not depend on how many entries others have brought.
   */
  constructor(
    kernels: Kernels,
    layout: ValueLayout,
    byteLimit: number,
    repeatable: boolean,
    ownWidths = false,
  ) {
    this.#kernels = kernels;
    this.#repeatable = repeatable;
    this.#ownWidths = ownWidths;
    this.#width = layout.width;
    this.#byteLimit = byteLimit;
    this.#dictionary = new HashDictionary(kernels, layout.width, byteLimit);
    this.#ids = new KernelBuffer(kernels.memory);
  }

  get count(): number {
    return this.#count;
  }

  /** Ids of the current page (u32). */
  get ids(): Pointer {
    return this.#ids.pointer;
  }

  /** The chunk's dictionary. */
  get dictionary(): HashDictionary {
    return this.#dictionary;
  }

  /** Entries that the pages before the current one have brought. */
  get entriesBefore(): number {
    return this.#entriesBefore;
  }

  /** Whether it is settled that the dictionary stays. */
  get decided(): boolean {
    return this.#decided;
  }

  get unencodedBytes(): number {
    return this.#plainBytes - (this.#width > 0 ? 0 : this.#count * 4);
  }

  get maxByteLength(): number {
    return 1 + maxHybridSize(this.#count, this.bitWidth);
  }

  get memoryBytes(): number {
    return this.#dictionary.memoryBytes + this.#count * 4;
  }

  /** Bits of an id. */
  get bitWidth(): number {
    return bitsFor(this.#dictionary.count);
  }

  valuesUntil(byteLimit: number, values: LeafValues, from: number): number {
    const ids = Math.max(0, Math.ceil(byteLimit / ID_BYTES) - this.#count);
    if (this.#decided || this.#width > 0 || values.offsets === 0) return ids;
    // The page may yet turn into a PLAIN one: long strings must end it in time.
    const room = byteLimit - this.#plainBytes;
    if (room <= 0) return 0;
    return Math.min(ids, byteArraysUntil(room, this.#kernels.memory.i32, values, from));
  }

  append(values: LeafValues, from: number, count: number): number {
    const ids = this.#ids.reserve((this.#count + count) * 4, this.#count * 4) + this.#count * 4;
    const taken = this.#width > 0
      ? this.#dictionary.appendFixed(values.data + from * this.#width, count, ids)
      : this.#dictionary.appendBytes(values.offsets + from * 4, values.data, count, ids);
    this.#count += taken;
    this.#plainBytes += this.#plainLength(values, from, taken);
    return taken;
  }

  /** Adds `count` ids that are in the dictionary already; `write` puts them where it is told to. */
  appendIds(count: number, write: (ids: Pointer) => void): void {
    const ids = this.#ids.reserve((this.#count + count) * 4, this.#count * 4) + this.#count * 4;
    write(ids);
    this.#count += count;
    this.#plainBytes += this.#plainLengthOfIds(ids, count);
    // Who brings a dictionary has judged for himself that it pays.
    this.#decided = true;
  }

  /** Forgets the last values of the current page, and the entries that only they had brought. */
  dropAfter(count: number): void {
    const entries = Math.max(this.#entriesBefore, this.#entriesUpTo(count));
    this.#plainBytes = this.#plainLengthOfIds(this.#ids.pointer, count);
    this.#dictionary.truncate(entries);
    this.#count = count;
  }

  /**
   * Judges whether the dictionary pays, on all values so far. `growth`: how many times as many values the chunk may come
   * to have at most; 1 when these are all, and then the answer is never to wait.
   */
  judge(growth: number): "keep" | "drop" | "wait" {
    if (this.#decided) return "keep";
    const sample = this.#valuesBefore + this.#count;
    const entries = this.#dictionary.count;
    const more = growth > 1;
    if (more && sample < SMALLEST_SAMPLE) return "wait";
    if (more && entries === sample && this.#mayRepeat()) return "wait";
    const entryBytes = this.#dictionary.byteLength / Math.max(1, entries);
    const plainBytes = (this.#plainBytesBefore + this.#plainBytes) / Math.max(1, sample);
    let values = sample;
    let distinct = entries;
    if (more) {
      const population = estimatePopulation(sample, entries);
      values = Math.min(
        sample * growth,
        Math.max(sample, valuesToReach(this.#byteLimit / entryBytes, population)),
      );
      distinct = expectedDistinct(values, population);
    }
    const idBytes = values * bitsFor(Math.ceil(distinct)) / 8;
    this.#decided = distinct * entryBytes + idBytes < values * plainBytes * WORTHWHILE;
    return this.#decided ? "keep" : "drop";
  }

  /** Takes the current page's ids out, and starts the next page. */
  takeIds(): TakenIds {
    const word = this.#ids.pointer >>> 2;
    const taken = {
      ids: this.#kernels.memory.u32.slice(word, word + this.#count),
      newFrom: this.#firstOfNew,
    };
    this.#endPage();
    return taken;
  }

  /** Puts ids that were taken out back as the current page. */
  putIds({ ids, newFrom }: TakenIds): void {
    const target = this.#ids.reserve(ids.length * 4);
    this.#kernels.memory.u32.set(ids, target >>> 2);
    this.#count = ids.length;
    this.#newFrom = newFrom;
    this.#plainBytes = this.#plainLengthOfIds(target, ids.length);
  }

  /** The first entry that the current page has brought, if each of its values was new; else −1. */
  get #firstOfNew(): number {
    if (this.#newFrom >= 0) return this.#newFrom;
    const isNew = this.#dictionary.count - this.#entriesBefore === this.#count;
    return isNew ? this.#entriesBefore : -1;
  }

  /**
   * The current page's values again, in `data` and (byte arrays) `offsets`, which the caller provides and gives back, or in the
   * dictionary itself.
   */
  restore(data: KernelBuffer, offsets: KernelBuffer): LeafValues {
    const { memory } = this.#kernels;
    const count = this.#count;
    const ids = this.#ids.pointer;
    const dictionary = this.#dictionary;
    const first = this.#firstOfNew;
    if (first >= 0) {
      const { data, offsets } = dictionary;
      if (this.#width > 0) return { count, data: data + first * this.#width, offsets: 0 };
      return { count, data, offsets: offsets + first * 4 };
    }
    if (this.#width > 0) {
      const target = data.reserve(count * this.#width + 16);
      this.#kernels.gather(dictionary.data, this.#width, ids, count, target);
      return { count, data: target, offsets: 0 };
    }
    const bytes = this.#kernels.byteArraysLength(dictionary.offsets, ids, count);
    const target = data.reserve(bytes + 16);
    const targetOffsets = offsets.reserve((count + 1) * 4);
    memory.i32[targetOffsets >>> 2] = 0;
    this.#kernels.gatherByteArrays(
      dictionary.offsets,
      dictionary.data,
      ids,
      count,
      targetOffsets,
      target,
    );
    return { count, data: target, offsets: targetOffsets };
  }

  write(dst: Pointer): number {
    const width = this.#ownWidths ? bitsFor(this.#entriesUpTo(this.#count)) : this.bitWidth;
    this.#kernels.memory.u8[dst] = width;
    const bytes = this.#kernels.hybrid32(this.#ids.pointer, this.#count, width, dst + 1);
    this.#endPage();
    return bytes + 1;
  }

  release(): void {
    this.#ids.release();
    this.#dictionary.release();
  }

  /** The fewest first entries of the dictionary that hold the first `count` values of the page. */
  #entriesUpTo(count: number): number {
    const { u32 } = this.#kernels.memory;
    const word = this.#ids.pointer >>> 2;
    let entries = 0;
    for (let i = 0; i < count; i++) entries = Math.max(entries, u32[word + i]! + 1);
    return entries;
  }

  #endPage(): void {
    this.#valuesBefore += this.#count;
    this.#plainBytesBefore += this.#plainBytes;
    this.#count = 0;
    this.#plainBytes = 0;
    this.#entriesBefore = this.#dictionary.count;
    this.#newFrom = -1;
  }

  /** Whether values that were all distinct so far may yet come again: not when they rise or fall throughout, as ids and times do. */
  #mayRepeat(): boolean {
    if (!this.#repeatable) return false;
    const { count, data } = this.#dictionary;
    const { i32, i64 } = this.#kernels.memory;
    if (this.#width === 4) return !isMonotonic(i32, data / 4, count);
    if (this.#width === 8) return !isMonotonic(i64, data / 8, count);
    return true;
  }

  #plainLength(values: LeafValues, from: number, count: number): number {
    if (this.#width > 0) return count * this.#width;
    const { i32 } = this.#kernels.memory;
    return byteArraysLength(i32, values.offsets + from * 4, count) + count * 4;
  }

  #plainLengthOfIds(ids: Pointer, count: number): number {
    if (this.#width > 0) return count * this.#width;
    return this.#kernels.byteArraysLength(this.#dictionary.offsets, ids, count) + count * 4;
  }
}

/** Bits that tell `entries` ids apart; 0 for a single one. */
function bitsFor(entries: number): number {
  return 32 - Math.clz32(Math.max(0, entries - 1));
}

/** Whether n > 1 distinct numbers only rise or only fall. */
function isMonotonic(
  values: Int32Array | BigInt64Array,
  from: number,
  n: number,
): boolean {
  if (n < 2) return false;
  const rises = values[from + 1]! > values[from]!;
  for (let i = from + 1; i < from + n; i++) {
    if (values[i]! > values[i - 1]! !== rises) return false;
  }
  return true;
}

/** Distinct values expected among n draws from a population of equally likely ones. */
function expectedDistinct(draws: number, population: number): number {
  if (population === Infinity) return draws;
  return population * -Math.expm1(-draws / population);
}

/** Size of the population from which `distinct` values came in n draws: the inverse of `expectedDistinct`. */
function estimatePopulation(draws: number, distinct: number): number {
  if (distinct >= draws) return Infinity;
  let low = distinct;
  let high = draws * draws;
  for (let i = 0; i < 60 && high - low > 0.5; i++) {
    const middle = (low + high) / 2;
    if (expectedDistinct(draws, middle) < distinct) low = middle;
    else high = middle;
  }
  return high;
}

/** Draws after which `distinct` values are expected. */
function valuesToReach(distinct: number, population: number): number {
  if (population === Infinity) return distinct;
  return distinct >= population ? Infinity : -population * Math.log1p(-distinct / population);
}
