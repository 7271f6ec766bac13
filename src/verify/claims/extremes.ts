/**
 * The least and the greatest of values, found in one pass over what was decoded.
 *
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import { float16Key, isFloat16NaN } from "./float16.ts";
import { type Comparator, comparator, isFloating, type ValueOrder } from "./value_order.ts";

/** Positions of the least and the greatest value. */
interface Range {
  readonly min: number;
  readonly max: number;
}

/** The least and the greatest of some values, PLAIN. */
export interface Extremes {
  readonly min: Uint8Array;
  readonly max: Uint8Array;
  /** All values are NaN, and these are the outermost in total order. Else NaNs were passed over. */
  readonly nan: boolean;
}

/** Positions that count: all up to a number, or those listed. */
export type Picks = Uint32Array | null;

/** One 32-bit number each. `top` is what its sign bit is flipped with, so that one signed comparison serves all. */
function range32(numbers: Int32Array, picks: Picks, top: number): Range {
  const n = picks === null ? numbers.length : picks.length;
  let min = -1, max = -1;
  let least = 0x7fffffff, greatest = -0x80000000;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    const value = numbers[i]! ^ top;
    if (value < least || min === -1) {
      least = value;
      min = i;
    }
    if (value > greatest || max === -1) {
      greatest = value;
      max = i;
    }
  }
  return { min, max };
}

/** Two words each, of which the higher decides first. Twice as fast as BigInt64Array. */
function range64(words: Int32Array, picks: Picks, top: number): Range {
  const n = picks === null ? words.length >> 1 : picks.length;
  let min = -1, max = -1;
  let leastHigh = 0, leastLow = 0, greatestHigh = 0, greatestLow = 0;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    const high = words[2 * i + 1]! ^ top;
    // Signed comparison of what had its sign bit flipped is unsigned comparison.
    const low = words[2 * i]! ^ -0x80000000;
    if (high < leastHigh || (high === leastHigh && low < leastLow) || min === -1) {
      leastHigh = high;
      leastLow = low;
      min = i;
    }
    if (high > greatestHigh || (high === greatestHigh && low > greatestLow) || max === -1) {
      greatestHigh = high;
      greatestLow = low;
      max = i;
    }
  }
  return { min, max };
}

/** Numbers without NaN. A zero that is least or greatest is looked up again for its sign: −0 is less than +0. */
function rangeFloats(numbers: Float32Array | Float64Array, picks: Picks): Range {
  const n = picks === null ? numbers.length : picks.length;
  let min = -1, max = -1;
  let least = Infinity, greatest = -Infinity;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    const value = numbers[i]!;
    if (value < least || (min === -1 && value === value)) {
      least = value;
      min = i;
    }
    if (value > greatest || (max === -1 && value === value)) {
      greatest = value;
      max = i;
    }
  }
  const zero = (sign: number, otherwise: number): number => {
    for (let k = 0; k < n; k++) {
      const i = picks === null ? k : picks[k]!;
      if (numbers[i] === 0 && 1 / numbers[i]! === sign) return i;
    }
    return otherwise;
  };
  if (least === 0) min = zero(-Infinity, min);
  if (greatest === 0) max = zero(Infinity, max);
  return { min, max };
}

function rangeHalves(halves: Uint16Array, picks: Picks): Range {
  const n = picks === null ? halves.length : picks.length;
  let min = -1, max = -1;
  let least = 0, greatest = 0;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    const bits = halves[i]!;
    if (isFloat16NaN(bits)) continue;
    const key = float16Key(bits, false);
    if (key < least || min === -1) {
      least = key;
      min = i;
    }
    if (key > greatest || max === -1) {
      greatest = key;
      max = i;
    }
  }
  return { min, max };
}

/** Whatever can be compared. */
function rangeBy(compare: Comparator, count: number, picks: Picks): Range {
  const n = picks === null ? count : picks.length;
  let min = -1, max = -1;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    if (min === -1 || compare(i, min) < 0) min = i;
    if (max === -1 || compare(i, max) > 0) max = i;
  }
  return { min, max };
}

/**
 * Byte strings. Most are told apart by their first four bytes, as one signed number: `top` flips its sign bit for unsigned
 * bytes. Not for decimals of different lengths, whose first bytes do not compare.
 */
function rangeBytes(values: DecodedValues, order: ValueOrder, picks: Picks, top: number): Range {
  const { bytes, offsets } = values;
  const { width } = order;
  const compare = comparator(order, values);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const n = picks === null ? values.count : picks.length;
  let min = -1, max = -1;
  let least = 0, greatest = 0;
  for (let k = 0; k < n; k++) {
    const i = picks === null ? k : picks[k]!;
    const start = offsets === null ? i * width : offsets[i]!;
    const length = offsets === null ? width : offsets[i + 1]! - start;
    let prefix = 0;
    if (length >= 4) {
      prefix = view.getInt32(start, false);
    } else {
      for (let at = 0; at < length; at++) prefix |= bytes[start + at]! << (24 - 8 * at);
    }
    prefix ^= top;
    if (min === -1 || prefix < least || (prefix === least && compare(i, min) < 0)) {
      least = prefix;
      min = i;
    }
    if (max === -1 || prefix > greatest || (prefix === greatest && compare(i, max) > 0)) {
      greatest = prefix;
      max = i;
    }
  }
  return { min, max };
}

const SIGN_BIT = -0x80000000;

function rangeOf(order: ValueOrder, values: DecodedValues, picks: Picks): Range {
  const { bytes, count, offsets } = values;
  const { buffer, byteOffset } = bytes;
  switch (order.kind) {
    case "int32":
      return range32(new Int32Array(buffer, byteOffset, count), picks, 0);
    case "uint32":
      return range32(new Int32Array(buffer, byteOffset, count), picks, SIGN_BIT);
    case "int64":
      return range64(new Int32Array(buffer, byteOffset, 2 * count), picks, 0);
    case "uint64":
      return range64(new Int32Array(buffer, byteOffset, 2 * count), picks, SIGN_BIT);
    case "float":
      return rangeFloats(new Float32Array(buffer, byteOffset, count), picks);
    case "double":
      return rangeFloats(new Float64Array(buffer, byteOffset, count), picks);
    case "float16":
      return rangeHalves(new Uint16Array(buffer, byteOffset, count), picks);
    case "bytes":
      return rangeBytes(values, order, picks, SIGN_BIT);
    case "decimal":
      if (offsets === null) return rangeBytes(values, order, picks, 0);
      break;
  }
  return rangeBy(comparator(order, values), count, picks);
}

/** A value by its position: a view. */
export function valueAt(values: DecodedValues, width: number, i: number): Uint8Array {
  const { bytes, offsets } = values;
  return offsets === null
    ? bytes.subarray(i * width, (i + 1) * width)
    : bytes.subarray(offsets[i]!, offsets[i + 1]!);
}

/**
 * The least and the greatest value. Of floating point numbers NaNs are passed over, unless there is nothing else.
 *
 * @param order Their order.
 * @param values All values.
 * @param picks Those that count; `null`: all.
 * @returns Views of the values; `null` where no value counts.
 */
export function findExtremes(
  order: ValueOrder,
  values: DecodedValues,
  picks: Picks,
): Extremes | null {
  if ((picks === null ? values.count : picks.length) === 0) return null;
  let range = rangeOf(order, values, picks);
  const nan = range.min === -1;
  if (nan) {
    // Only of floating point: nothing but NaNs.
    range = rangeBy(comparator({ ...order, total: true }, values), values.count, picks);
  }
  return {
    min: valueAt(values, order.width, range.min),
    max: valueAt(values, order.width, range.max),
    nan,
  };
}

/** {@linkcode findExtremes} of byte strings whose ranks are known: costs nothing of their length. */
export function findRankedExtremes(
  order: ValueOrder,
  values: DecodedValues,
  ranks: Uint32Array,
  picks: Uint32Array,
): Extremes | null {
  if (picks.length === 0) return null;
  const { min, max } = rangeBy((left, right) => ranks[left]! - ranks[right]!, 0, picks);
  return {
    min: valueAt(values, order.width, min),
    max: valueAt(values, order.width, max),
    nan: false,
  };
}

/** Number of NaNs. `picks` may name a position more than once, and it counts as often. */
export function countNaNs(order: ValueOrder, values: DecodedValues, picks: Picks): number {
  if (!isFloating(order.kind)) return 0;
  const { bytes, count } = values;
  const n = picks === null ? count : picks.length;
  let nans = 0;
  if (order.kind === "float16") {
    const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
    for (let k = 0; k < n; k++) {
      if (isFloat16NaN(halves[picks === null ? k : picks[k]!]!)) nans++;
    }
    return nans;
  }
  const numbers = order.kind === "float"
    ? new Float32Array(bytes.buffer, bytes.byteOffset, count)
    : new Float64Array(bytes.buffer, bytes.byteOffset, count);
  for (let k = 0; k < n; k++) {
    const value = numbers[picks === null ? k : picks[k]!]!;
    if (value !== value) nans++;
  }
  return nans;
}
