/**
 * Compares slots of an Arrow array in Parquet's order of their values.
 *
 * | values | order |
 * |---|---|
 * | integers, dates, times, decimals | as numbers |
 * | booleans | `false` first |
 * | text, bytes | byte by byte, unsigned, a prefix first |
 * | floats | as numbers; −0 equals 0; NaNs equal each other and are above all else |
 * | floats, `ieee754TotalOrder` | IEEE 754's total order: −0 below 0, NaNs by sign and payload at both ends |
 *
 * @see "ColumnOrder" of parquet.thrift
 * @module
 */

import type {
  BooleanArray,
  BytesArray,
  DictionaryArray,
  FixedArray,
  LeafArray,
} from "../arrow/column_array.ts";
import type { ColumnPlan } from "../schema/column_plan.ts";

/**
 * Puts into `out[k]`, for every k below `count`, −1, 0 or 1 as slot `left[k]` is before, equal to
 * or after slot `right[k]`. None of these may be null.
 */
export type SlotComparison = (
  left: Uint32Array,
  right: Uint32Array,
  count: number,
  out: Int8Array,
) => void;

/** What of a column's plan decides its order. */
export type OrderPlan = Pick<ColumnPlan, "order" | "leaf" | "properties">;

/** The comparison of an array's slots. Reads the array whenever it is called: its memory must stay as it is. */
export function slotComparison(array: LeafArray, plan: OrderPlan): SlotComparison {
  switch (array.shape) {
    case "null":
      return (_left, _right, count, out) => void out.fill(0, 0, count);
    case "boolean":
      return booleans(array);
    case "bytes":
      return byteArrays(array);
    case "fixed":
      return fixed(array, plan);
    case "dictionary": {
      const entries = slotComparison(array.dictionary, plan);
      const leftKeys = new Uint32Array(KEYS), rightKeys = new Uint32Array(KEYS);
      return (left, right, count, out) => {
        for (let from = 0; from < count; from += KEYS) {
          const n = Math.min(KEYS, count - from);
          gatherKeys(array, left, from, n, leftKeys);
          gatherKeys(array, right, from, n, rightKeys);
          entries(leftKeys, rightKeys, n, out.subarray(from));
        }
      };
    }
  }
}

/** Keys that are looked up at a time. */
const KEYS = 1024;

function gatherKeys(
  { keys, keyWidth: width, keysFrom = 0 }: DictionaryArray,
  slots: Uint32Array,
  from: number,
  n: number,
  out: Uint32Array,
): void {
  for (let k = 0; k < n; k++) {
    let at = (slots[from + k]! - keysFrom) * width;
    let key = keys[at]!;
    if (width > 1) key |= keys[++at]! << 8;
    if (width > 2) key |= keys[at + 1]! << 16 | keys[at + 2]! << 24;
    out[k] = key;
  }
}

function booleans({ values: { bytes, bitOffset } }: BooleanArray): SlotComparison {
  const bit = (slot: number): number => {
    const at = bitOffset + slot;
    return bytes[at >>> 3]! >> (at & 7) & 1;
  };
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) out[k] = bit(left[k]!) - bit(right[k]!);
  };
}

function byteArrays({ offsets, data }: BytesArray): SlotComparison {
  // Large offsets are read as two words: no BigInt is made for them.
  const words = offsets instanceof Int32Array
    ? offsets
    : new Int32Array(offsets.buffer, offsets.byteOffset, offsets.length * 2);
  const large = !(offsets instanceof Int32Array);
  const at = (slot: number): number =>
    large ? words[2 * slot + 1]! * 2 ** 32 + (words[2 * slot]! >>> 0) : words[slot]!;
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) {
      const a = left[k]!, b = right[k]!;
      out[k] = compareBytes(data, at(a), at(a + 1), at(b), at(b + 1));
    }
  };
}

/** The sign only: a difference of lengths has no room in an i8. */
function compareBytes(data: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): number {
  const end = a + Math.min(aEnd - a, bEnd - b);
  const difference = (aEnd - a) - (bEnd - b);
  for (; a < end; a++, b++) {
    const x = data[a]!, y = data[b]!;
    if (x !== y) return x < y ? -1 : 1;
  }
  return Math.sign(difference);
}

function fixed(array: FixedArray, plan: OrderPlan): SlotComparison {
  const { width } = array;
  const { conversion } = plan.leaf;
  if (conversion === "millisecondsToDays") return days(array);
  // These may become signed integers that have room for them.
  switch (conversion.startsWith("uint") ? "unsigned" : plan.order) {
    case "float":
      return floats(array, plan.properties.ieee754TotalOrder);
    case "bytes":
    case "utf8":
      return (left, right, count, out) => {
        for (let k = 0; k < count; k++) {
          const a = left[k]! * width, b = right[k]! * width;
          out[k] = compareBytes(array.values, a, a + width, b, b + width);
        }
      };
    case "unsigned":
      if (width === 1) return numbers(array.values);
      if (width === 2) return numbers(view(Uint16Array, array));
      if (width === 4) return numbers(view(Uint32Array, array));
      return words(array, false);
    default:
      if (width === 1) return numbers(view(Int8Array, array));
      if (width === 2) return numbers(view(Int16Array, array));
      if (width === 4) return numbers(view(Int32Array, array));
      return words(array, true);
  }
}

/** A view of an array's values; of a copy, where they do not begin where such a view may. */
function view<T extends ArrayBufferView>(
  type: { new (buffer: ArrayBufferLike, offset: number, n: number): T; BYTES_PER_ELEMENT: number },
  { values }: FixedArray,
): T {
  const size = type.BYTES_PER_ELEMENT;
  const { buffer, byteOffset, byteLength } = values.byteOffset % size === 0
    ? values
    : values.slice();
  return new type(buffer, byteOffset, byteLength / size);
}

type NumberArray =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array;

function numbers(values: NumberArray): SlotComparison {
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) {
      const a = values[left[k]!]!, b = values[right[k]!]!;
      out[k] = a < b ? -1 : a > b ? 1 : 0;
    }
  };
}

/** Integers of several words, the lowest first, without a BigInt for each. */
function words(array: FixedArray, signed: boolean): SlotComparison {
  const per = array.width / 4;
  const low = view(Uint32Array, array);
  const top = signed ? view(Int32Array, array) : low;
  // By far the most common: a third faster without the inner loop.
  if (per === 2) {
    return (left, right, count, out) => {
      for (let k = 0; k < count; k++) {
        const i = left[k]! * 2, j = right[k]! * 2;
        let a = top[i + 1]!, b = top[j + 1]!;
        if (a === b) {
          a = low[i]!;
          b = low[j]!;
        }
        out[k] = a < b ? -1 : a > b ? 1 : 0;
      }
    };
  }
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) {
      const aLow = left[k]! * per, bLow = right[k]! * per;
      let word = per - 1;
      let a = top[aLow + word]!, b = top[bLow + word]!;
      while (a === b && word > 0) {
        word--;
        a = low[aLow + word]!;
        b = low[bLow + word]!;
      }
      out[k] = a < b ? -1 : a > b ? 1 : 0;
    }
  };
}

const MILLISECONDS_PER_DAY = 86_400_000n;

/** Milliseconds that are written as days: those of one day are equal. */
function days(array: FixedArray): SlotComparison {
  const values = view(BigInt64Array, array);
  const day = (slot: number): number => {
    const value = values[slot]!;
    const rest = value % MILLISECONDS_PER_DAY;
    return Number((value - rest) / MILLISECONDS_PER_DAY) - (rest < 0n ? 1 : 0);
  };
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) out[k] = Math.sign(day(left[k]!) - day(right[k]!));
  };
}

function floats(array: FixedArray, total: boolean): SlotComparison {
  if (array.width === 2) return halves(view(Uint16Array, array), total);
  if (total) return totalOrder(array);
  const values = array.width === 4 ? view(Float32Array, array) : view(Float64Array, array);
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) {
      const a = values[left[k]!]!, b = values[right[k]!]!;
      out[k] = a < b ? -1 : a > b ? 1 : a === b ? 0 : Number(a !== a) - Number(b !== b);
    }
  };
}

const HALF_INFINITY = 0x7c00;

/** Halves by integers that are in the same order. */
function halves(values: Uint16Array, total: boolean): SlotComparison {
  const key = (slot: number): number => {
    const bits = values[slot]!;
    const magnitude = bits & 0x7fff;
    if (total) return bits > 0x7fff ? -1 - magnitude : magnitude;
    if (magnitude > HALF_INFINITY) return 0x8000;
    return bits > 0x7fff ? -magnitude : magnitude;
  };
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) out[k] = Math.sign(key(left[k]!) - key(right[k]!));
  };
}

/** Singles and doubles in IEEE 754's total order: as integers, those below zero upside down. */
function totalOrder(array: FixedArray): SlotComparison {
  const per = array.width / 4;
  const bits = view(Int32Array, array);
  return (left, right, count, out) => {
    for (let k = 0; k < count; k++) {
      const i = left[k]! * per, j = right[k]! * per;
      let a = bits[i + per - 1]!, b = bits[j + per - 1]!;
      const flip = a >> 31;
      a ^= flip & 0x7fffffff;
      b ^= (b >> 31) & 0x7fffffff;
      if (a === b && per === 2) {
        a = (bits[i]! ^ flip) >>> 0;
        b = (bits[j]! ^ flip) >>> 0;
      }
      out[k] = a < b ? -1 : a > b ? 1 : 0;
    }
  };
}
