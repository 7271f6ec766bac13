/**
 * Rows of small batches one after the other, in memory of their own: what a batch and each of its columns cost, whatever the rows, is paid
 * once for many.
 *
 * @module
 */

import { copyBytes } from "../runtime/bytes.ts";
import { BatchMemory } from "./batch_memory.ts";
import { bitmapBytes, copyBits, setBits } from "./bitmap.ts";
import {
  type Bitmap,
  type BytesArray,
  type ColumnArray,
  COPY_SLACK_BYTES,
  type DictionaryArray,
  type FixedArray,
  type LeafArray,
} from "./column_array.ts";

/** Bytes of the smallest buffers. */
const FIRST_BYTES = 4096;

/** Rows that gather. */
export class GatheredRows {
  readonly #memory = new BatchMemory();
  #columns: GatheredColumn[] | null = null;
  #rows = 0;
  #valueBytes = 0;

  /** How many there are. */
  get rows(): number {
    return this.#rows;
  }

  /** Bytes of their values, keys and offsets. */
  get valueBytes(): number {
    return this.#valueBytes;
  }

  /** Bytes of memory that is held for them, and for those to come. */
  get byteLength(): number {
    return this.#memory.byteLength;
  }

  /**
   * Bytes of the values of rows [from, to), if these can be added to those that are there; else −1: a column is nested, has another
   * dictionary or width, or a dictionary that is not ours.
   */
  bytesOf(columns: readonly ColumnArray[], from: number, to: number): number {
    const gathered = this.#rows === 0 ? null : this.#columns;
    let bytes = 0;
    for (let i = 0; i < columns.length; i++) {
      const array = columns[i]!;
      const own = isGatherable(array, to) && (gathered === null || gathered[i]!.goesOnWith(array))
        ? bytesOf(array, from, to)
        : -1;
      if (own < 0) return -1;
      bytes += own;
    }
    return bytes;
  }

  /** Adds rows [from, to), of which {@linkcode GatheredRows.bytesOf} has said that they can be, and how many bytes they have. */
  append(columns: readonly ColumnArray[], from: number, to: number, bytes: number): void {
    const gathered = this.#columns ??= columns.map(() => new GatheredColumn(this.#memory));
    for (let i = 0; i < columns.length; i++) gathered[i]!.append(columns[i] as LeafArray, from, to);
    this.#rows += to - from;
    this.#valueBytes += bytes;
  }

  /** Takes all rows: columns that are valid until more are added. */
  take(): readonly ColumnArray[] {
    this.#rows = this.#valueBytes = 0;
    return this.#columns?.map((column) => column.take()) ?? [];
  }

  /** Drops all rows, and the memory. */
  release(): void {
    this.#rows = this.#valueBytes = 0;
    this.#columns = null;
    this.#memory.release();
  }
}

function isGatherable(array: ColumnArray, to: number): array is LeafArray {
  switch (array.shape) {
    case "null":
    case "boolean":
    case "fixed":
      return true;
    case "bytes":
      // Slots at the end that are null need no offsets.
      return array.offsets.length > to;
    case "dictionary":
      return array.owned === true;
    default:
      return false;
  }
}

function bytesOf(array: LeafArray, from: number, to: number): number {
  switch (array.shape) {
    case "null":
      return 0;
    case "boolean":
      return (to - from) / 8;
    case "fixed":
      return (to - from) * array.width;
    case "bytes":
      return (to - from) * 4 + Number(array.offsets[to]) - Number(array.offsets[from]);
    case "dictionary":
      return (to - from) * array.keyWidth;
  }
}

/** Slots of one column. Its buffers stay when its slots are taken. */
class GatheredColumn {
  readonly #memory: BatchMemory;
  #shape: LeafArray["shape"] = "null";
  /** Bytes of a value, or of a key. */
  #width = 0;
  #dictionary: DictionaryArray["dictionary"] | null = null;
  #length = 0;
  /** Whether a slot may be null. */
  #hasValidity = false;
  #validity: Uint8Array = NOTHING;
  /** Values, bits or keys. */
  #values: Uint8Array = NOTHING;
  #offsets: Int32Array = NO_OFFSETS;

  constructor(memory: BatchMemory) {
    this.#memory = memory;
  }

  /** Whether slots of an array are of the kind of those that are there. */
  goesOnWith(array: LeafArray): boolean {
    return array.shape === this.#shape && widthOf(array) === this.#width &&
      (array.shape !== "dictionary" || array.dictionary === this.#dictionary);
  }

  append(array: LeafArray, from: number, to: number): void {
    const length = this.#length, rows = to - from, end = length + rows;
    if (length === 0) this.#begin(array);
    this.#appendValidity(array.validity, from, rows);
    switch (array.shape) {
      case "null":
        break;
      case "boolean":
        this.#values = this.#roomForBits(this.#values, length, end);
        copyBits(array.values, from, rows, this.#values, length);
        break;
      case "fixed":
        this.#appendFixed(array, from, to);
        break;
      case "bytes":
        this.#appendBytes(array, from, to);
        break;
      case "dictionary": {
        const width = this.#width, first = (from - (array.keysFrom ?? 0)) * width;
        this.#values = this.#room(this.#values, length * width, end * width);
        copyBytes(this.#values, length * width, array.keys, first, first + rows * width);
      }
    }
    this.#length = end;
  }

  /** Takes the slots. */
  take(): LeafArray {
    const length = this.#length, width = this.#width, values = this.#values;
    const validity = this.#hasValidity ? { bytes: this.#validity, bitOffset: 0 } : null;
    this.#length = 0;
    this.#hasValidity = false;
    switch (this.#shape) {
      case "null":
        return { shape: "null", length, validity };
      case "boolean":
        return { shape: "boolean", length, validity, values: { bytes: values, bitOffset: 0 } };
      case "fixed": {
        const own = values.subarray(0, length * width);
        return { shape: "fixed", length, validity, width, values: own };
      }
      case "bytes": {
        const offsets = this.#offsets.subarray(0, length + 1);
        return { shape: "bytes", length, validity, offsets, data: values };
      }
      case "dictionary": {
        const keys = values.subarray(0, length * width);
        const keyWidth = width as DictionaryArray["keyWidth"];
        const dictionary = this.#dictionary!;
        return { shape: "dictionary", length, validity, keyWidth, keys, dictionary, owned: true };
      }
    }
  }

  #begin(array: LeafArray): void {
    this.#shape = array.shape;
    this.#width = widthOf(array);
    this.#dictionary = array.shape === "dictionary" ? array.dictionary : null;
  }

  #appendValidity(validity: Bitmap | null, from: number, rows: number): void {
    if (validity === null && !this.#hasValidity) return;
    const length = this.#length;
    // Those of slots before may be missing.
    const known = this.#hasValidity ? length : 0;
    this.#validity = this.#roomForBits(this.#validity, known, length + rows);
    setBits(this.#validity, known, length - known);
    this.#hasValidity = true;
    if (validity === null) setBits(this.#validity, length, rows);
    else copyBits(validity, from, rows, this.#validity, length);
  }

  #appendFixed(array: FixedArray, from: number, to: number): void {
    const { width, values } = array, at = this.#length * width;
    this.#values = this.#room(this.#values, at, at + (to - from) * width);
    copyBytes(this.#values, at, values, from * width, to * width);
  }

  #appendBytes(array: BytesArray, from: number, to: number): void {
    const length = this.#length, end = length + to - from;
    const at = length === 0 ? 0 : this.#offsets[length]!;
    if (end >= this.#offsets.length) {
      const bytes = new Uint8Array(this.#offsets.buffer, 0, this.#offsets.byteLength);
      const { buffer } = this.#room(bytes, length === 0 ? 0 : (length + 1) * 4, (end + 1) * 4);
      this.#offsets = new Int32Array(buffer);
    }
    const offsets = this.#offsets;
    offsets[length] = at;
    // Of wide offsets the lower halves: what they differ by is right, whatever the upper ones are.
    const step = array.offsets instanceof Int32Array ? 1 : 2;
    const { buffer, byteOffset } = array.offsets;
    const words = new Int32Array(buffer, byteOffset, array.offsets.length * step);
    const shift = at - words[from * step]! | 0;
    for (let slot = length, w = from * step; slot <= end; slot++, w += step) {
      offsets[slot] = words[w]! + shift;
    }
    const stop = offsets[end]!;
    if (array.copyTo === undefined) {
      const { data } = array;
      this.#values = this.#room(this.#values, at, stop);
      copyBytes(this.#values, at, data, Number(array.offsets[from]), Number(array.offsets[to]));
    } else {
      this.#values = this.#room(this.#values, at, stop + COPY_SLACK_BYTES);
      array.copyTo(from, to, this.#values, at);
    }
  }

  /** Room for bits [length, end), which are clear. */
  #roomForBits(bytes: Uint8Array, length: number, end: number): Uint8Array {
    const used = bitmapBytes(length), needed = bitmapBytes(end);
    return this.#room(bytes, used, needed).fill(0, used, needed);
  }

  /** Room for `needed` bytes, of which the first `used` are what they were. */
  #room(bytes: Uint8Array, used: number, needed: number): Uint8Array {
    if (needed <= bytes.length) return bytes;
    const buffer = this.#memory.take(Math.max(FIRST_BYTES, needed, bytes.length * 2));
    const larger = new Uint8Array(buffer);
    copyBytes(larger, 0, bytes, 0, used);
    return larger;
  }
}

/** Bytes of a value, or of a key; 0: they differ, or are bits. */
function widthOf(array: LeafArray): number {
  switch (array.shape) {
    case "fixed":
      return array.width;
    case "dictionary":
      return array.keyWidth;
    default:
      return 0;
  }
}

const NOTHING = new Uint8Array(0);
const NO_OFFSETS = new Int32Array(0);
