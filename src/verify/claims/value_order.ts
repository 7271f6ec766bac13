/**
 * The order of a column's values, and what a value of it may look like.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (ColumnOrder)
 * @module
 */

import type { DecodedValues } from "../decoded_page.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { float16Key } from "./float16.ts";

/** What is compared, and how. */
export type OrderKind =
  | "boolean"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "float16"
  | "float"
  | "double"
  | "int96"
  /** Unsigned, byte by byte; a prefix comes first. */
  | "bytes"
  /** Two's complement, big-endian. */
  | "decimal";

/** The order of a column. */
export interface ValueOrder {
  readonly kind: OrderKind;
  /** Bytes of a value; 0: they have lengths of their own. */
  readonly width: number;
  /** IEEE 754 total order: −0 < +0, and NaNs have a place. */
  readonly total: boolean;
}

/** Kinds that have NaNs. */
export function isFloating(kind: OrderKind): boolean {
  return kind === "double" || kind === "float" || kind === "float16";
}

/** What the values of a column are compared as; `null`: the specification defines no order. */
function kindOf(column: LeafColumn): OrderKind | null {
  const { logicalType, element } = column;
  if (element.convertedType === "INTERVAL") return null;
  switch (logicalType?.type) {
    case "GEOMETRY":
    case "GEOGRAPHY":
    case "VARIANT":
    case "FILE":
    case "LIST":
    case "MAP":
    case "UNRECOGNIZED":
      return null;
  }
  const unsigned = logicalType?.type === "INTEGER" && !logicalType.isSigned;
  switch (column.physicalType) {
    case "BOOLEAN":
      return "boolean";
    case "INT32":
      return unsigned ? "uint32" : "int32";
    case "INT64":
      return unsigned ? "uint64" : "int64";
    case "FLOAT":
      return "float";
    case "DOUBLE":
      return "double";
    case "INT96":
      return "int96";
    default:
      if (logicalType?.type === "FLOAT16") return column.width === 2 ? "float16" : null;
      return logicalType?.type === "DECIMAL" ? "decimal" : "bytes";
  }
}

/** Whether the order that the file gives for a column is one that its type can have. */
export function orderFitsType(column: LeafColumn): boolean {
  const kind = kindOf(column);
  switch (column.order?.type) {
    case "IEEE_754_TOTAL_ORDER":
      return kind !== null && isFloating(kind);
    case "INT96_TIMESTAMP_ORDER":
      return column.physicalType === "INT96";
    default:
      return true;
  }
}

/**
 * The order in which a column's bounds are. Where the file gives none, that of the type: who uses such bounds at all takes
 * them so.
 *
 * @returns The order; `null` where it is not defined, or not known.
 */
export function boundsOrder(column: LeafColumn): ValueOrder | null {
  const kind = kindOf(column);
  const given = column.order?.type ?? "TYPE_ORDER";
  if (kind === null || given === "UNRECOGNIZED" || !orderFitsType(column)) return null;
  if (kind === "int96" && given !== "INT96_TIMESTAMP_ORDER") return null;
  return { kind, width: column.width, total: given === "IEEE_754_TOTAL_ORDER" };
}

/** The order in which the rows of a sorted row group are: INT96 has but one that makes sense. */
export function rowOrder(column: LeafColumn): ValueOrder | null {
  const kind = kindOf(column);
  if (kind === null) return null;
  const total = column.order?.type === "IEEE_754_TOTAL_ORDER" && isFloating(kind);
  return { kind, width: column.width, total };
}

/** Two values by their positions: negative, 0, or positive. */
export type Comparator = (left: number, right: number) => number;

function compareNumbers(left: number, right: number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Numbers in the order of their type, zeros told apart, NaNs above all others. In total order those with a sign are below
 * all others, and each has its own place: see {@linkcode compareKeys}.
 */
function compareFloats(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) {
    return left !== 0 ? 0 : compareNumbers(1 / left, 1 / right);
  }
  return left === left ? -1 : right === right ? 1 : 0;
}

/** Bytes, unsigned, a prefix first. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return (aEnd - aStart) - (bEnd - bStart);
}

/** Big-endian two's complement of any lengths; no bytes are 0. */
function compareDecimals(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const aSign = aEnd > aStart && a[aStart]! >= 0x80 ? 0xff : 0;
  const bSign = bEnd > bStart && b[bStart]! >= 0x80 ? 0xff : 0;
  if (aSign !== bSign) return aSign === 0 ? 1 : -1;
  const length = Math.max(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const ai = aEnd - length + i, bi = bEnd - length + i;
    const difference = (ai < aStart ? aSign : a[ai]!) - (bi < bStart ? bSign : b[bi]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Sortable keys of a float's bits in total order: high and low words. */
function totalOrderComparator(words: Int32Array, perValue: 1 | 2): Comparator {
  return (left, right) => {
    const leftTop = words[left * perValue + perValue - 1]!;
    const rightTop = words[right * perValue + perValue - 1]!;
    const leftKey = leftTop ^ ((leftTop >> 31) & 0x7fffffff);
    const rightKey = rightTop ^ ((rightTop >> 31) & 0x7fffffff);
    if (leftKey !== rightKey) return leftKey < rightKey ? -1 : 1;
    if (perValue === 1) return 0;
    // Of negative numbers the larger word is the smaller number.
    const flip = leftTop >> 31;
    return compareNumbers((words[2 * left]! ^ flip) >>> 0, (words[2 * right]! ^ flip) >>> 0);
  };
}

/**
 * Compares values of one array by their positions. Zeros of different sign differ, −0 being the smaller; NaNs are above all
 * other values, and equal, unless the order is total.
 *
 * @param values The values; `bytes` at a multiple of 8 bytes of its buffer.
 */
export function comparator(order: ValueOrder, values: DecodedValues): Comparator {
  const { bytes, offsets, count } = values;
  const { buffer, byteOffset } = bytes;
  switch (order.kind) {
    case "boolean":
      return (left, right) => bytes[left]! - bytes[right]!;
    case "int32": {
      const numbers = new Int32Array(buffer, byteOffset, count);
      return (left, right) => compareNumbers(numbers[left]!, numbers[right]!);
    }
    case "uint32": {
      const numbers = new Uint32Array(buffer, byteOffset, count);
      return (left, right) => compareNumbers(numbers[left]!, numbers[right]!);
    }
    case "int64":
    case "uint64": {
      const low = new Uint32Array(buffer, byteOffset, 2 * count);
      const high = order.kind === "uint64" ? low : new Int32Array(buffer, byteOffset, 2 * count);
      return (left, right) =>
        compareNumbers(high[2 * left + 1]!, high[2 * right + 1]!) ||
        compareNumbers(low[2 * left]!, low[2 * right]!);
    }
    case "float": {
      if (order.total) return totalOrderComparator(new Int32Array(buffer, byteOffset, count), 1);
      const numbers = new Float32Array(buffer, byteOffset, count);
      return (left, right) => compareFloats(numbers[left]!, numbers[right]!);
    }
    case "double": {
      if (order.total) {
        return totalOrderComparator(new Int32Array(buffer, byteOffset, 2 * count), 2);
      }
      const numbers = new Float64Array(buffer, byteOffset, count);
      return (left, right) => compareFloats(numbers[left]!, numbers[right]!);
    }
    case "float16": {
      const halves = new Uint16Array(buffer, byteOffset, count);
      const { total } = order;
      return (left, right) => float16Key(halves[left]!, total) - float16Key(halves[right]!, total);
    }
    case "int96": {
      const words = new Int32Array(buffer, byteOffset, 3 * count);
      return (left, right) =>
        compareNumbers(words[3 * left + 2]!, words[3 * right + 2]!) ||
        compareNumbers(words[3 * left + 1]!, words[3 * right + 1]!) ||
        compareNumbers(words[3 * left]! >>> 0, words[3 * right]! >>> 0);
    }
    case "bytes":
    case "decimal": {
      const { width } = order;
      const start = offsets === null ? (i: number) => i * width : (i: number) => offsets[i]!;
      const compare = order.kind === "bytes" ? compareBytes : compareDecimals;
      return (left, right) =>
        compare(bytes, start(left), start(left + 1), bytes, start(right), start(right + 1));
    }
  }
}

/** The values given, in an array of their own that {@linkcode comparator} can take. */
export function valuesOf(order: ValueOrder, list: readonly Uint8Array[]): DecodedValues {
  const offsets = new Uint32Array(list.length + 1);
  list.forEach((value, i) => offsets[i + 1] = offsets[i]! + value.length);
  const bytes = new Uint8Array(Math.ceil(offsets[list.length]! / 8) * 8);
  list.forEach((value, i) => bytes.set(value, offsets[i]!));
  const fixed = order.kind !== "bytes" && order.kind !== "decimal";
  return { count: list.length, bytes, offsets: fixed ? null : offsets };
}

/** Two values in their order, as {@linkcode comparator} has it: zeros of different sign differ. */
export function compareValues(order: ValueOrder, left: Uint8Array, right: Uint8Array): number {
  // They may be long, and need not be copied.
  if (order.kind === "bytes" || order.kind === "decimal") {
    const compare = order.kind === "bytes" ? compareBytes : compareDecimals;
    return compare(left, 0, left.length, right, 0, right.length);
  }
  return comparator(order, valuesOf(order, [left, right]))(0, 1);
}

/** Whether a value is a zero. Only of floating point. */
function isZero(value: Uint8Array): boolean {
  for (let i = 0; i < value.length - 1; i++) if (value[i] !== 0) return false;
  return (value[value.length - 1]! & 0x7f) === 0;
}

/** {@linkcode compareValues}, but zeros are equal unless the order is total. */
export function compareLoosely(order: ValueOrder, left: Uint8Array, right: Uint8Array): number {
  if (isFloating(order.kind) && !order.total && isZero(left) && isZero(right)) return 0;
  return compareValues(order, left, right);
}

/** Whether a value, of the right length, is a NaN. */
export function isNaNValue(order: ValueOrder, value: Uint8Array): boolean {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  switch (order.kind) {
    case "float16":
      return (view.getUint16(0, true) & 0x7fff) > 0x7c00;
    case "float":
      return Number.isNaN(view.getFloat32(0, true));
    case "double":
      return Number.isNaN(view.getFloat64(0, true));
    default:
      return false;
  }
}
