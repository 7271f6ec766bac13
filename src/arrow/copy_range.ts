/**
 * Copies slots that follow each other: most of it is memory as it is.
 *
 * @module
 */

import { clearBitmap, copyBits, isBitSet } from "./bitmap.ts";
import { MAX_COPIED_BYTES } from "./buffers.ts";
import {
  type Bitmap,
  type BytesArray,
  type ColumnArray,
  type ColumnBatch,
  COPY_SLACK_BYTES,
  type DictionaryArray,
} from "./column_array.ts";
import { offsetAt } from "./offsets.ts";
import { readKey, take } from "./take.ts";
import { LimitError } from "../util/errors.ts";

type Dictionary = DictionaryArray["dictionary"];

/** Dictionaries that were copied, which arrays share, by what they are copies of. */
export type CopiedDictionaries = Map<Dictionary, Dictionary>;

/** Whether an array refers to dictionaries, which may be the caller's. */
export function hasDictionary(array: ColumnArray): boolean {
  switch (array.shape) {
    case "dictionary":
      return true;
    case "list":
    case "fixedSizeList":
      return hasDictionary(array.child);
    case "struct":
      return array.children.some(hasDictionary);
    default:
      return false;
  }
}

/**
 * Rows `from` to `to` of a batch, in memory of their own, dictionaries too.
 *
 * @throws {LimitError} When more than 1 GiB would be copied into one array.
 */
export function copyRows(
  batch: ColumnBatch,
  from: number,
  to: number,
  copied: CopiedDictionaries = new Map(),
): ColumnBatch {
  return {
    numRows: to - from,
    columns: batch.columns.map((column) => copyRange(column, from, to, copied)),
    byteLength: Math.ceil(batch.byteLength * (to - from) / Math.max(1, batch.numRows)),
  };
}

/** Slots `from` to `to` of an array, in memory of their own. */
function copyRange(
  array: ColumnArray,
  from: number,
  to: number,
  copied: CopiedDictionaries,
): ColumnArray {
  const length = to - from;
  const validity = array.validity === null ? null : copiedBits(array.validity, from, length);
  switch (array.shape) {
    case "null":
      return { shape: "null", length, validity };
    case "boolean":
      return { shape: "boolean", length, validity, values: copiedBits(array.values, from, length) };
    case "fixed": {
      const { width } = array;
      const values = array.values.slice(from * width, to * width);
      return { shape: "fixed", length, validity, width, values };
    }
    case "bytes": {
      const offsets = copiedOffsets(array.offsets, from, to);
      return { shape: "bytes", length, validity, offsets, data: copiedData(array, from, to) };
    }
    case "dictionary":
      return copyKeys(array, from, to, validity, copied);
    case "list": {
      const offsets = copiedOffsets(array.offsets, from, to);
      const [start, end] = [offsetAt(array.offsets, from), offsetAt(array.offsets, to)];
      const child = copyRange(array.child, start, end, copied);
      return { shape: "list", length, validity, offsets, child };
    }
    case "fixedSizeList": {
      const { listSize } = array;
      const child = copyRange(array.child, from * listSize, to * listSize, copied);
      return { shape: "fixedSizeList", length, validity, listSize, child };
    }
    case "struct": {
      const children = array.children.map((child) => copyRange(child, from, to, copied));
      return { shape: "struct", length, validity, children };
    }
  }
}

function copyKeys(
  array: DictionaryArray,
  from: number,
  to: number,
  validity: Bitmap | null,
  copied: CopiedDictionaries,
): DictionaryArray {
  const { keyWidth, keysFrom = 0, keys, dictionary } = array;
  const length = to - from;
  if (dictionary.length > length) {
    // An entry for each slot is less than all of them.
    const used = Int32Array.from(
      { length },
      (_, i) =>
        from + i < keysFrom || (validity !== null && !isBitSet(validity, i))
          ? -1
          : readKey(array, from + i),
    );
    const own = take(dictionary, used, "") as Dictionary;
    return {
      shape: "dictionary",
      length,
      validity,
      keyWidth: 4,
      keys: new Uint8Array(Uint32Array.from({ length }, (_, i) => i).buffer),
      dictionary: { ...own, validity: null },
    };
  }
  let own = copied.get(dictionary);
  if (own === undefined) {
    own = copyRange(dictionary, 0, dictionary.length, copied) as Dictionary;
    copied.set(dictionary, own);
  }
  // Slots before the first key are no rows of anybody's.
  const ownKeys = new Uint8Array(length * keyWidth);
  const first = Math.min(to, Math.max(from, keysFrom));
  ownKeys.set(
    keys.subarray((first - keysFrom) * keyWidth, (to - keysFrom) * keyWidth),
    (first - from) * keyWidth,
  );
  return { shape: "dictionary", length, validity, keyWidth, keys: ownKeys, dictionary: own };
}

function copiedBits(bitmap: Bitmap, from: number, length: number): Bitmap {
  const copy = clearBitmap(length);
  copyBits(bitmap, from, length, copy.bytes, 0);
  return copy;
}

function copiedOffsets(
  offsets: Int32Array | BigInt64Array,
  from: number,
  to: number,
): Int32Array {
  const start = offsetAt(offsets, from);
  if (offsetAt(offsets, to) - start > MAX_COPIED_BYTES) {
    throw new LimitError(
      "",
      -1,
      `Cannot copy more than ${MAX_COPIED_BYTES} bytes into one array: write smaller batches`,
    );
  }
  const copy = new Int32Array(to - from + 1);
  for (let i = 0; i < copy.length; i++) copy[i] = offsetAt(offsets, from + i) - start;
  return copy;
}

function copiedData(array: BytesArray, from: number, to: number): Uint8Array {
  const start = offsetAt(array.offsets, from), end = offsetAt(array.offsets, to);
  if (array.copyTo === undefined) return array.data.slice(start, end);
  const copy = new Uint8Array(end - start + COPY_SLACK_BYTES);
  array.copyTo(from, to, copy, 0);
  return copy.subarray(0, end - start);
}
