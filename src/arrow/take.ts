/**
 * Gathers slots of an array by index: the slow way that always works.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { Allowance } from "./allowance.ts";
import { clearBitmap, isBitSet } from "./bitmap.ts";
import { copyBytes } from "./bytes.ts";
import { MAX_COPIED_BYTES } from "./buffers.ts";
import type { Bitmap, ColumnArray, DictionaryArray } from "./column_array.ts";
import { offsetAt } from "./offsets.ts";
import { longestValue, plainSize } from "./plain_size.ts";

/**
 * Gathers slots.
 *
 * @param array The array to take from; its slots that are taken must have been checked.
 * @param indices A slot each; −1 for null.
 * @param path Dotted path of the array, for messages.
 * @param allowance Of the batch, for which slots are gathered; `null`: a few slots, which cost nothing.
 * @returns A new array of as many slots as there are indices.
 * @throws {LimitError} When more than 1 GiB would be copied into one array.
 */
export function take(
  array: ColumnArray,
  indices: Int32Array,
  path: string,
  allowance: Allowance | null = null,
): ColumnArray {
  const length = indices.length;
  allowance?.spend(length >> 3, path);
  const validity = takeValidity(array.validity, indices);
  switch (array.shape) {
    case "null":
      return { shape: "null", length, validity: null };
    case "boolean": {
      const values = clearBitmap(length);
      for (let i = 0; i < length; i++) {
        const from = indices[i]!;
        if (from >= 0 && isBitSet(array.values, from)) values.bytes[i >> 3]! |= 1 << (i & 7);
      }
      return { shape: "boolean", length, validity, values };
    }
    case "fixed": {
      const { width } = array;
      const values = takeFixed(array.values, width, indices, path, allowance);
      return { shape: "fixed", length, validity, width, values };
    }
    case "bytes": {
      const offsets = new Int32Array(length + 1);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const from = indices[i]!;
        if (from >= 0) total += offsetAt(array.offsets, from + 1) - offsetAt(array.offsets, from);
        assertCopied(total, path);
        offsets[i + 1] = total;
      }
      allowance?.spend(4 * length + total, path);
      const data = new Uint8Array(total);
      for (let i = 0; i < length; i++) {
        const from = indices[i]!, at = offsets[i]!, size = offsets[i + 1]! - at;
        if (size > 0) copyBytes(array.data, offsetAt(array.offsets, from), size, data, at);
      }
      return { shape: "bytes", length, validity, offsets, data };
    }
    case "dictionary": {
      const { keyWidth, dictionary } = array;
      const keys = takeFixed(
        array.keys,
        keyWidth,
        withoutFirst(indices, array.keysFrom),
        path,
        allowance,
      );
      const taken = { shape: "dictionary", length, validity, keyWidth, keys, dictionary } as const;
      if (allowance !== null) {
        const exact = () => plainSize(dictionary, (slot) => readKey(taken, slot), 0, length);
        allowance.spendPlain(length * longestValue(dictionary), exact, path);
      }
      return taken;
    }
    case "list": {
      const offsets = new Int32Array(length + 1);
      let total = 0;
      for (let i = 0; i < length; i++) {
        const from = indices[i]!;
        if (from >= 0) total += offsetAt(array.offsets, from + 1) - offsetAt(array.offsets, from);
        assertCopied(total * 4, path);
        offsets[i + 1] = total;
      }
      allowance?.spend(4 * (length + total), path);
      const children = new Int32Array(total);
      for (let i = 0; i < length; i++) {
        const from = indices[i]!, at = offsets[i]!, size = offsets[i + 1]! - at;
        if (size === 0) continue;
        const start = offsetAt(array.offsets, from);
        for (let k = 0; k < size; k++) children[at + k] = start + k;
      }
      const child = take(array.child, children, path, allowance);
      return { shape: "list", length, validity, offsets, child };
    }
    case "fixedSizeList": {
      const { listSize } = array;
      assertCopied(length * listSize * 4, path);
      allowance?.spend(length * listSize * 4, path);
      const children = new Int32Array(length * listSize).fill(-1);
      for (let i = 0; i < length; i++) {
        const from = indices[i]!;
        if (from < 0) continue;
        for (let k = 0; k < listSize; k++) children[i * listSize + k] = from * listSize + k;
      }
      const child = take(array.child, children, path, allowance);
      return { shape: "fixedSizeList", length, validity, listSize, child };
    }
    case "struct": {
      const children = array.children.map((child) => take(child, indices, path, allowance));
      return { shape: "struct", length, validity, children };
    }
  }
}

/** The key of a slot; −1 where it refers to nothing. */
export function readKey(array: DictionaryArray, slot: number): number {
  const { keys, keyWidth, keysFrom = 0, dictionary } = array;
  const at = (slot - keysFrom) * keyWidth;
  let key = 0;
  for (let k = keyWidth - 1; k >= 0; k--) key = key * 256 + keys[at + k]!;
  return key < dictionary.length ? key : -1;
}

/** Indices into what is left when the first `count` slots are not there. */
function withoutFirst(indices: Int32Array, count = 0): Int32Array {
  return count === 0 ? indices : indices.map((index) => Math.max(-1, index - count));
}

function assertCopied(bytes: number, path: string): void {
  if (bytes > MAX_COPIED_BYTES) {
    throw new LimitError(
      path,
      -1,
      `Cannot copy more than ${MAX_COPIED_BYTES} bytes into one array: write smaller batches`,
    );
  }
}

function takeValidity(validity: Bitmap | null, indices: Int32Array): Bitmap | null {
  const taken = clearBitmap(indices.length);
  let nulls = 0;
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]!;
    if (from >= 0 && (validity === null || isBitSet(validity, from))) {
      taken.bytes[i >> 3]! |= 1 << (i & 7);
    } else {
      nulls++;
    }
  }
  return nulls === 0 ? null : taken;
}

/** Zeros stand where the index is −1. */
function takeFixed(
  values: Uint8Array,
  width: number,
  indices: Int32Array,
  path: string,
  allowance: Allowance | null,
): Uint8Array {
  assertCopied(indices.length * width, path);
  allowance?.spend(indices.length * width, path);
  const taken = new Uint8Array(indices.length * width);
  if (width === 1) {
    for (let i = 0; i < indices.length; i++) {
      const from = indices[i]!;
      if (from >= 0) taken[i] = values[from]!;
    }
    return taken;
  }
  if ((width === 4 || width === 8) && values.byteOffset % 4 === 0) {
    const words = width / 4;
    const source = new Int32Array(values.buffer, values.byteOffset, values.length >> 2);
    const target = new Int32Array(taken.buffer);
    for (let i = 0; i < indices.length; i++) {
      const from = indices[i]!;
      if (from < 0) continue;
      for (let k = 0; k < words; k++) target[i * words + k] = source[from * words + k]!;
    }
    return taken;
  }
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]! * width;
    if (from < 0) continue;
    for (let k = 0; k < width; k++) taken[i * width + k] = values[from + k]!;
  }
  return taken;
}
