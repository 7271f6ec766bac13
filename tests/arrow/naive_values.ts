/**
 * Reads columns slot by slot into plain values, as slowly and plainly as possible: the oracle of the tests of `arrow/`.
 *
 * Fixed-width slots become hex strings, so that comparisons are bit for bit; byte strings too.
 */

import type { Bitmap, ColumnArray, ColumnBatch } from "../../src/arrow/column_array.ts";

export type Value = null | boolean | string | Value[];

function bit(bitmap: Bitmap, index: number): boolean {
  const at = bitmap.bitOffset + index;
  return (bitmap.bytes[at >> 3]! & (1 << (at & 7))) !== 0;
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The value of one slot. */
export function slotValue(array: ColumnArray, index: number): Value {
  if (index < 0 || index >= array.length) throw new RangeError(`slot ${index} of ${array.length}`);
  if (array.shape === "null") return null;
  if (array.validity !== null && !bit(array.validity, index)) return null;
  switch (array.shape) {
    case "boolean":
      return bit(array.values, index);
    case "fixed":
      if (array.values.length !== array.length * array.width) {
        throw new Error("values are not exact");
      }
      return hex(array.values.subarray(index * array.width, (index + 1) * array.width));
    case "bytes":
      return hex(
        array.data.subarray(Number(array.offsets[index]), Number(array.offsets[index + 1])),
      );
    case "dictionary": {
      if (array.dictionary.validity !== null) throw new Error("a dictionary with validity");
      let key = 0;
      for (let i = array.keyWidth - 1; i >= 0; i--) {
        key = key * 256 + array.keys[index * array.keyWidth + i]!;
      }
      return slotValue(array.dictionary, key);
    }
    case "list": {
      if (array.offsets.length !== array.length + 1) throw new Error("offsets are not exact");
      const values: Value[] = [];
      for (let i = Number(array.offsets[index]); i < Number(array.offsets[index + 1]); i++) {
        values.push(slotValue(array.child, i));
      }
      return values;
    }
    case "fixedSizeList":
      return Array.from(
        { length: array.listSize },
        (_, i) => slotValue(array.child, index * array.listSize + i),
      );
    case "struct":
      return array.children.map((child) => {
        if (child.length !== array.length) throw new Error("a child of another length");
        return slotValue(child, index);
      });
  }
}

/** All slots of an array. */
export function arrayValues(array: ColumnArray): Value[] {
  return Array.from({ length: array.length }, (_, i) => slotValue(array, i));
}

/** All columns of a batch. */
export function batchValues(batch: ColumnBatch): Value[][] {
  return batch.columns.map((column) => {
    if (column.length !== batch.numRows) throw new Error("a column of another length");
    return arrayValues(column);
  });
}
