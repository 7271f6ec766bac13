/**
 * RLE_DICTIONARY: ids into a dictionary page, one width byte and the RLE/bit-packed hybrid per data page.
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
   * Creates the encoder; `byteLimit` bounds the dictionary page. `ownWidths`: ids are as wide as each page needs, so that a page
   * does not depend on how many entries others have brought.
   */
  constructor(
    kernels: Kernels,
    layout: ValueLayout,
    byteLimit: number,
    ownWidths = false,
  ) {
    this.#kernels = kernels;
    this.#ownWidths = ownWidths;
    this.#width = layout.width;
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

  /** Values of the current page and those before. */
  get totalCount(): number {
    return this.#valuesBefore + this.#count;
  }

  /** PLAIN bytes of the current page's values. */
  get plainBytes(): number {
    return this.#plainBytes;
  }

  /** PLAIN bytes of the values of the current page and those before. */
  get totalPlainBytes(): number {
    return this.#plainBytesBefore + this.#plainBytes;
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
    this.#plainBytes += this.plainLengthOfIds(ids, count);
    // Who brings a dictionary has judged for himself that it pays.
    this.#decided = true;
  }

  /** Whether the current page is the first, and its values are all that the dictionary was made of. */
  get isFirstPage(): boolean {
    return this.#valuesBefore === 0;
  }

  /** Whether each of the current page's values was new: then the page's values lie in the dictionary, one after the other. */
  get allNew(): boolean {
    return this.#firstOfNew >= 0;
  }

  /** Forgets the last values of the current page, and the entries that only they had brought. */
  dropAfter(count: number): void {
    const entries = Math.max(this.#entriesBefore, this.#entriesUpTo(count));
    this.#plainBytes = this.plainLengthOfIds(this.#ids.pointer, count);
    this.#dictionary.truncate(entries);
    this.#count = count;
  }

  /** Settles that the dictionary stays. */
  keep(): void {
    this.#decided = true;
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
    this.#plainBytes = this.plainLengthOfIds(target, ids.length);
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
    const count = this.#count;
    const first = this.#firstOfNew;
    if (first < 0) return this.valuesOf(this.#ids.pointer, count, data, offsets);
    const dictionary = this.#dictionary;
    if (this.#width > 0) {
      return { count, data: dictionary.data + first * this.#width, offsets: 0 };
    }
    return { count, data: dictionary.data, offsets: dictionary.offsets + first * 4 };
  }

  /** The values that `count` ids (u32) stand for, in `data` and `offsets` as `restore` has them. */
  valuesOf(ids: Pointer, count: number, data: KernelBuffer, offsets: KernelBuffer): LeafValues {
    const { memory } = this.#kernels;
    const dictionary = this.#dictionary;
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

  #plainLength(values: LeafValues, from: number, count: number): number {
    if (this.#width > 0) return count * this.#width;
    const { i32 } = this.#kernels.memory;
    return byteArraysLength(i32, values.offsets + from * 4, count) + count * 4;
  }

  /** PLAIN bytes of the values that `count` ids (u32) stand for. */
  plainLengthOfIds(ids: Pointer, count: number): number {
    if (this.#width > 0) return count * this.#width;
    return this.#kernels.byteArraysLength(this.#dictionary.offsets, ids, count) + count * 4;
  }
}

/** Bits that tell `entries` ids apart; 0 for a single one. */
export function bitsFor(entries: number): number {
  return 32 - Math.clz32(Math.max(0, entries - 1));
}
