/**
 * Small batches as one: what a batch and each of its columns cost, whatever the rows, is paid once for many.
 *
 * @module
 */

import { copyBytes } from "../runtime/bytes.ts";
import type { BatchMemory } from "./batch_memory.ts";
import { bitmapBytes, copyBits, filledBitmap } from "./bitmap.ts";
import {
  type Bitmap,
  type BooleanArray,
  type BytesArray,
  type ColumnArray,
  type ColumnBatch,
  COPY_SLACK_BYTES,
  type CopyValues,
  type DictionaryArray,
  type FixedArray,
} from "./column_array.ts";
import type { Offsets } from "./offsets.ts";

/** Whether batches like this one can be joined, as a rule: none of its columns is nested. */
export function isJoinable({ columns }: ColumnBatch): boolean {
  return columns.every(({ shape }) =>
    shape !== "list" && shape !== "fixedSizeList" && shape !== "struct"
  );
}

/**
 * A batch to be joined later. What says where values are is copied, as it was checked: should the caller change memory all the same, values
 * are wrong, and no more than that.
 *
 * @param memory Where the copies are, until it is released.
 */
export function holdBatch(batch: ColumnBatch, memory: BatchMemory): ColumnBatch {
  return { ...batch, columns: batch.columns.map((array) => holdArray(array, memory)) };
}

function holdArray(array: ColumnArray, memory: BatchMemory): ColumnArray {
  const validity = array.validity === null
    ? null
    : heldBitmap(array.validity, array.length, memory);
  switch (array.shape) {
    case "bytes": {
      const { length } = array;
      const offsets = heldOffsets(array.offsets, memory);
      if (array.copyTo === undefined) {
        return { shape: "bytes", length, validity, offsets, data: array.data };
      }
      const data = new Uint8Array(memory.take(Number(offsets[length]!) + COPY_SLACK_BYTES));
      array.copyTo(0, length, data, Number(offsets[0]!));
      return { shape: "bytes", length, validity, offsets, data };
    }
    case "dictionary":
      return { ...array, validity, keys: heldBytes(array.keys, memory) };
    default:
      return { ...array, validity };
  }
}

function heldOffsets(offsets: Offsets, memory: BatchMemory): Offsets {
  const bytes = new Uint8Array(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  const { buffer } = heldBytes(bytes, memory);
  return offsets instanceof Int32Array
    ? new Int32Array(buffer, 0, offsets.length)
    : new BigInt64Array(buffer, 0, offsets.length);
}

function heldBytes(bytes: Uint8Array, memory: BatchMemory): Uint8Array {
  const held = new Uint8Array(memory.take(bytes.length), 0, bytes.length);
  copyBytes(held, 0, bytes, 0, bytes.length);
  return held;
}

function heldBitmap({ bytes, bitOffset }: Bitmap, length: number, memory: BatchMemory): Bitmap {
  const from = bitOffset >>> 3;
  const used = bytes.subarray(from, from + bitmapBytes((bitOffset & 7) + length));
  return { bytes: heldBytes(used, memory), bitOffset: bitOffset & 7 };
}

/**
 * Joins checked batches of one schema. Offsets and bitmaps are copied; values are, when they are asked for, straight to where they are needed.
 *
 * @param memory Where the copies are, until it is released.
 * @returns A batch that is valid as long as all of `batches` are; `null`: they cannot be joined, for a column is nested, has several dictionaries
 * or too many bytes.
 */
export function joinBatches(
  batches: readonly ColumnBatch[],
  memory: BatchMemory,
): ColumnBatch | null {
  const numRows = batches.reduce((sum, batch) => sum + batch.numRows, 0);
  const columns: ColumnArray[] = [];
  for (let i = 0; i < batches[0]!.columns.length; i++) {
    const joined = joinArrays(batches.map((batch) => batch.columns[i]!), numRows, memory);
    if (joined === null) return null;
    columns.push(joined);
  }
  const byteLength = batches.reduce((sum, batch) => sum + batch.byteLength, 0);
  return { numRows, columns, byteLength };
}

function joinArrays(
  arrays: readonly ColumnArray[],
  length: number,
  memory: BatchMemory,
): ColumnArray | null {
  const { shape } = arrays[0]!;
  if (arrays.some((array) => array.shape !== shape)) return null;
  const validity = joinedValidity(arrays, length, memory);
  switch (shape) {
    case "null":
      return { shape, length, validity };
    case "boolean": {
      const bitmaps = (arrays as BooleanArray[]).map(({ values }) => values);
      return { shape, length, validity, values: joinedBits(bitmaps, arrays, length, memory) };
    }
    case "fixed":
      return joinedFixed(arrays as FixedArray[], length, validity, memory);
    case "bytes":
      return joinedByteArrays(arrays as BytesArray[], length, validity, memory);
    case "dictionary":
      return joinedKeys(arrays as DictionaryArray[], length, validity, memory);
    default:
      return null;
  }
}

function joinedFixed(
  arrays: readonly FixedArray[],
  length: number,
  validity: Bitmap | null,
  memory: BatchMemory,
): FixedArray | null {
  const { width } = arrays[0]!;
  if (arrays.some((array) => array.width !== width)) return null;
  const parts = new Parts(arrays);
  const copyTo: CopyValues = (from, to, target, at) => {
    parts.each(from, to, ({ values }, first, end, rows) => {
      copyBytes(target, at + rows * width, values, first * width, end * width);
    });
  };
  let values: Uint8Array | null = null;
  return {
    shape: "fixed",
    length,
    validity,
    width,
    get values() {
      return values ??= gathered(copyTo, length, length * width, memory);
    },
    copyTo,
  };
}

function joinedByteArrays(
  arrays: readonly BytesArray[],
  length: number,
  validity: Bitmap | null,
  memory: BatchMemory,
): BytesArray | null {
  let bytes = 0;
  for (const { offsets, length } of arrays) {
    // Slots at the end that are null need no offsets.
    if (offsets.length <= length) return null;
    bytes += Number(offsets[length]!) - Number(offsets[0]!);
  }
  if (bytes > 0x7fffffff) return null;
  const offsets = new Int32Array(memory.take((length + 1) * 4), 0, length + 1);
  let slot = 0, base = 0;
  for (const array of arrays) {
    base = rebase(array.offsets, array.length, base, offsets, slot);
    slot += array.length;
  }
  const parts = new Parts(arrays);
  const copyTo: CopyValues = (from, to, target, at) => {
    const start = offsets[from]!;
    parts.each(from, to, (array, first, end, rows) => {
      const place = at + offsets[from + rows]! - start;
      if (array.copyTo !== undefined) return array.copyTo(first, end, target, place);
      const { data } = array;
      copyBytes(target, place, data, Number(array.offsets[first]!), Number(array.offsets[end]!));
    });
  };
  let data: Uint8Array | null = null;
  return {
    shape: "bytes",
    length,
    validity,
    offsets,
    get data() {
      return data ??= gathered(copyTo, length, bytes, memory);
    },
    copyTo,
  };
}

/** All values as a whole, where somebody looks at them, not only copies them: datasets at what they are partitioned by. */
function gathered(
  copyTo: CopyValues,
  length: number,
  byteLength: number,
  memory: BatchMemory,
): Uint8Array {
  const bytes = new Uint8Array(
    memory.take(byteLength + COPY_SLACK_BYTES),
    0,
    byteLength + COPY_SLACK_BYTES,
  );
  copyTo(0, length, bytes, 0);
  return bytes.subarray(0, byteLength);
}

/** Writes the offsets of `length` slots so that they go on at `base`, from `slot` on; returns where they end. */
function rebase(
  source: Offsets,
  length: number,
  base: number,
  target: Int32Array,
  slot: number,
): number {
  // Of wide offsets the lower halves: what they differ by is right, whatever the upper ones are.
  const step = source instanceof Int32Array ? 1 : 2;
  const words = new Int32Array(source.buffer, source.byteOffset, (length + 1) * step);
  const shift = base - words[0]! | 0;
  for (let i = 0, w = 0; i <= length; i++, w += step) target[slot + i] = words[w]! + shift;
  return target[slot + length]!;
}

function joinedKeys(
  arrays: readonly DictionaryArray[],
  length: number,
  validity: Bitmap | null,
  memory: BatchMemory,
): DictionaryArray | null {
  const { keyWidth, dictionary } = arrays[0]!;
  const alike = arrays.every((array) =>
    array.dictionary === dictionary && array.keyWidth === keyWidth &&
    (array.keysFrom ?? 0) === 0
  );
  if (!alike) return null;
  const keys = new Uint8Array(memory.take(length * keyWidth), 0, length * keyWidth);
  let at = 0;
  for (const array of arrays) {
    copyBytes(keys, at, array.keys, 0, array.length * keyWidth);
    at += array.length * keyWidth;
  }
  return { shape: "dictionary", length, validity, keyWidth, keys, dictionary };
}

function joinedValidity(
  arrays: readonly ColumnArray[],
  length: number,
  memory: BatchMemory,
): Bitmap | null {
  if (arrays.every(({ validity }) => validity === null)) return null;
  const bitmaps = arrays.map((array) => array.validity ?? filledBitmap(array.length));
  return joinedBits(bitmaps, arrays, length, memory);
}

/** The bits of slots of arrays. */
function joinedBits(
  bitmaps: readonly Bitmap[],
  arrays: readonly ColumnArray[],
  length: number,
  memory: BatchMemory,
): Bitmap {
  const bytes = new Uint8Array(memory.take(bitmapBytes(length)), 0, bitmapBytes(length)).fill(0);
  let at = 0;
  for (const [i, array] of arrays.entries()) {
    copyBits(bitmaps[i]!, 0, array.length, bytes, at);
    at += array.length;
  }
  return { bytes, bitOffset: 0 };
}

/** Arrays whose slots are counted through. */
class Parts<A extends ColumnArray> {
  readonly #arrays: readonly A[];
  /** First slot of each, and of what would follow. */
  readonly #starts: readonly number[];
  /** The part that was asked for last: slots are asked for in order, as a rule. */
  #last = 0;

  constructor(arrays: readonly A[]) {
    this.#arrays = arrays;
    let start = 0;
    this.#starts = [0, ...arrays.map((array) => start += array.length)];
  }

  /** Visits the parts of slots [from, to): slots [first, end) of each array, the first of which is `rows` behind `from`. */
  each(
    from: number,
    to: number,
    visit: (array: A, first: number, end: number, rows: number) => void,
  ): void {
    const starts = this.#starts;
    let i = this.#last;
    if (starts[i]! > from) i = 0;
    while (starts[i + 1]! <= from) i++;
    for (let slot = from; slot < to; i++) {
      const end = Math.min(to, starts[i + 1]!);
      this.#last = i;
      visit(this.#arrays[i]!, slot - starts[i]!, end - starts[i]!, slot - from);
      slot = end;
    }
  }
}
