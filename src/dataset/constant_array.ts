/**
 * Arrays all of whose slots have one value, found by comparing bytes with those a slot further on: rows mostly come sorted by what they are
 * partitioned by, and batches of one partition need no look at each row.
 *
 * @module
 */

import { countClearBits, hasClearBit } from "../arrow/bitmap.ts";
import type { ColumnArray } from "../arrow/column_array.ts";
import { isSameBytes } from "../runtime/bytes.ts";

/** Whether the first slots all have the same value; where that takes a longer look, `false`. */
export function isConstant(array: ColumnArray, length: number): boolean {
  if (array.shape === "null") return true;
  if (array.validity !== null && hasClearBit(array.validity, 0, length)) return false;
  switch (array.shape) {
    case "boolean": {
      const clear = countClearBits(array.values, 0, length);
      return clear === 0 || clear === length;
    }
    case "fixed":
      return repeats(array.values, array.width, 0, array.width * length);
    case "dictionary": {
      const { keys, keyWidth, keysFrom = 0 } = array;
      return keysFrom === 0 && repeats(keys, keyWidth, 0, keyWidth * length);
    }
    case "bytes": {
      const { offsets, data } = array;
      if (!(offsets instanceof Int32Array)) return false;
      const start = offsets[0]!, size = offsets[1]! - start;
      for (let i = 0, end = start; i <= length; i++, end += size) {
        if (offsets[i] !== end) return false;
      }
      return repeats(data, size, start, size * length);
    }
    default:
      return false;
  }
}

/** Whether bytes are those before them, `period` bytes further on. */
function repeats(bytes: Uint8Array, period: number, start: number, length: number): boolean {
  if (length <= period) return true;
  const end = start + length;
  return isSameBytes(bytes.subarray(start, end - period), bytes.subarray(start + period, end));
}
