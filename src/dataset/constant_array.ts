/**
 * Arrays all of whose slots have one value, found by looking at words rather than at values: rows mostly come sorted by what they are
 * partitioned by, and batches of one partition need no look at each row.
 *
 * @module
 */

import { countClearBits, hasClearBit } from "../arrow/bitmap.ts";
import type { ColumnArray } from "../arrow/column_array.ts";

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
  // Several periods that are whole words.
  const step = period % 4 === 0 ? period : period % 2 === 0 ? 2 * period : 4 * period;
  const end = start + length;
  const inWords = Math.min(end, start + step + period + 4);
  for (let i = start + period; i < inWords; i++) {
    if (bytes[i] !== bytes[i - period]) return false;
  }
  if (inWords === end) return true;
  const first = start + (4 - (bytes.byteOffset + start) % 4) % 4;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + first, end - first >> 2);
  const apart = step >> 2;
  for (let i = apart; i < words.length; i++) if (words[i] !== words[i - apart]) return false;
  for (let i = Math.max(start + period, first + 4 * words.length); i < end; i++) {
    if (bytes[i] !== bytes[i - period]) return false;
  }
  return true;
}
