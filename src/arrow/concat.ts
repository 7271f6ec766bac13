/**
 * Puts arrays of one type one after the other: the chunks of a dictionary.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { Allowance } from "./allowance.ts";
import { clearBitmap, copyBits, filledBitmap } from "./bitmap.ts";
import { MAX_COPIED_BYTES } from "./buffers.ts";
import type {
  Bitmap,
  BooleanArray,
  BytesArray,
  ColumnArray,
  DictionaryArray,
  FixedArray,
  FixedSizeListArray,
  ListArray,
  StructArray,
} from "./column_array.ts";
import { offsetAt } from "./offsets.ts";
import { readKey, take } from "./take.ts";

/**
 * Joins arrays of one type. All their slots must have been checked.
 *
 * @param arrays At least one.
 * @param path Dotted path, for messages.
 * @param allowance Of the batch, for which arrays are joined; `null`: a few slots, which cost nothing.
 * @throws {LimitError} When more than 1 GiB would be copied into one array.
 */
export function concat(
  arrays: readonly ColumnArray[],
  path: string,
  allowance: Allowance | null = null,
): ColumnArray {
  const first = arrays[0]!;
  if (arrays.length === 1) return first;
  // Chunks may have dictionaries of their own, and a run-end encoded chunk may have become one.
  if (arrays.some((array) => array.shape === "dictionary")) {
    return concat(arrays.map((array) => decoded(array, path, allowance)), path, allowance);
  }
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const validity = concatValidity(arrays, length);
  switch (first.shape) {
    case "null":
      return { shape: "null", length, validity: null };
    case "boolean": {
      const values = clearBitmap(length);
      let at = 0;
      for (const array of arrays as BooleanArray[]) {
        copyBits(array.values, 0, array.length, values.bytes, at);
        at += array.length;
      }
      return { shape: "boolean", length, validity, values };
    }
    case "fixed": {
      const values = concatBytes(
        (arrays as FixedArray[]).map((array) => array.values),
        path,
        allowance,
      );
      return { shape: "fixed", length, validity, width: first.width, values };
    }
    case "bytes": {
      const chunks = arrays as BytesArray[];
      const data = concatBytes(
        chunks.map(({ data, offsets, length }) =>
          data.subarray(offsetAt(offsets, 0), offsetAt(offsets, length))
        ),
        path,
        allowance,
      );
      return { shape: "bytes", length, validity, offsets: concatOffsets(chunks, length), data };
    }
    case "list": {
      const chunks = arrays as ListArray[];
      const children = chunks.map(({ child, offsets, length }) =>
        range(child, offsetAt(offsets, 0), offsetAt(offsets, length), path, allowance)
      );
      const child = concat(children, path, allowance);
      return { shape: "list", length, validity, offsets: concatOffsets(chunks, length), child };
    }
    case "fixedSizeList": {
      const child = concat(
        (arrays as FixedSizeListArray[]).map((array) => array.child),
        path,
        allowance,
      );
      return { shape: "fixedSizeList", length, validity, listSize: first.listSize, child };
    }
    case "struct": {
      const children = first.children.map((_, i) =>
        concat((arrays as StructArray[]).map((array) => array.children[i]!), path, allowance)
      );
      return { shape: "struct", length, validity, children };
    }
    case "dictionary":
      throw new TypeError("Cannot join dictionary arrays: they are decoded before");
  }
}

function decoded(array: ColumnArray, path: string, allowance: Allowance | null): ColumnArray {
  if (array.shape !== "dictionary") return array;
  const { validity, length } = array;
  return { ...take(array.dictionary, dictionaryIndices(array), path, allowance), length, validity };
}

/** The keys of a dictionary array; −1 for slots whose key refers to nothing. */
function dictionaryIndices(array: DictionaryArray): Int32Array {
  const indices = new Int32Array(array.length);
  for (let i = 0; i < array.length; i++) indices[i] = readKey(array, i);
  return indices;
}

function range(
  array: ColumnArray,
  from: number,
  to: number,
  path: string,
  allowance: Allowance | null,
): ColumnArray {
  if (from === 0 && to === array.length) return array;
  return take(array, Int32Array.from({ length: to - from }, (_, i) => from + i), path, allowance);
}

function concatValidity(arrays: readonly ColumnArray[], length: number): Bitmap | null {
  if (arrays.every((array) => array.validity === null)) return null;
  const joined = clearBitmap(length);
  let at = 0;
  for (const array of arrays) {
    copyBits(array.validity ?? filledBitmap(array.length), 0, array.length, joined.bytes, at);
    at += array.length;
  }
  return joined;
}

function concatOffsets(arrays: readonly (BytesArray | ListArray)[], length: number): Int32Array {
  const offsets = new Int32Array(length + 1);
  let at = 0, base = 0;
  for (const array of arrays) {
    const start = offsetAt(array.offsets, 0);
    for (let i = 0; i < array.length; i++) {
      offsets[at + i + 1] = base + offsetAt(array.offsets, i + 1) - start;
    }
    at += array.length;
    base = offsets[at]!;
  }
  return offsets;
}

function concatBytes(
  parts: readonly Uint8Array[],
  path: string,
  allowance: Allowance | null,
): Uint8Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  if (total > MAX_COPIED_BYTES) {
    throw new LimitError(path, -1, `Cannot join a dictionary of ${total} bytes`);
  }
  allowance?.spend(total, path);
  const joined = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
