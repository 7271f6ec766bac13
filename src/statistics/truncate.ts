/**
 * Shortening of bounds: a minimum becomes a prefix, a maximum a prefix that is incremented.
 *
 * @see "Statistics" of parquet.thrift (`is_max_value_exact`, `is_min_value_exact`)
 * @module
 */

import type { ColumnPlan } from "../schema/column_plan.ts";
import type { ColumnProperties } from "../schema/column_properties.ts";

/** A bound as it is written. */
export interface Bound {
  readonly value: Uint8Array;
  /** Whether it is a value that occurs, and not just a bound of those that do. */
  readonly exact: boolean;
}

/** Longest bound that is written whole where the column's bounds are to be cut and this one cannot be. */
const MAX_WHOLE_BYTES = 64 * 1024;

/**
 * Bytes at the start of a value after which no byte matters for the bounds that are written of it: what is longer than this is cut, or
 * left out.
 */
export function decidingBytes(
  { statisticsTruncateLength, columnIndexTruncateLength }: Pick<
    ColumnProperties,
    "statisticsTruncateLength" | "columnIndexTruncateLength"
  >,
): number {
  const longest = Math.max(
    statisticsTruncateLength ?? Infinity,
    columnIndexTruncateLength ?? Infinity,
  );
  return Math.max(MAX_WHOLE_BYTES, longest) + 1;
}

/**
 * A minimum of the column as it is written where bounds are cut to `length` bytes (`null`: never); `null` where it is far too
 * long and cannot be cut.
 */
export function writtenMin(bound: Bound, plan: ColumnPlan, length: number | null): Bound | null {
  if (length === null || bound.value.length <= length) return bound;
  return wholeUnlessHuge(mayBeCut(plan) ? truncateMin(bound, length, isUtf8(plan)) : bound);
}

/** The same for a maximum. */
export function writtenMax(bound: Bound, plan: ColumnPlan, length: number | null): Bound | null {
  if (length === null || bound.value.length <= length) return bound;
  return wholeUnlessHuge(mayBeCut(plan) ? truncateMax(bound, length, isUtf8(plan)) : bound);
}

/** SPEC: a bound has to be a value of its type, so only byte strings of free length may be cut. */
function mayBeCut({ physicalType, order }: ColumnPlan): boolean {
  return physicalType === "BYTE_ARRAY" && order !== "decimal";
}

function isUtf8({ order }: ColumnPlan): boolean {
  return order === "utf8";
}

function wholeUnlessHuge(bound: Bound): Bound | null {
  return bound.exact && bound.value.length > MAX_WHOLE_BYTES ? null : bound;
}

/** The longest prefix of at most `length` bytes; of whole characters when `utf8`. */
export function truncateMin(bound: Bound, length: number, utf8: boolean): Bound {
  const { value } = bound;
  if (value.length <= length) return bound;
  return { value: value.slice(0, utf8 ? characterBoundary(value, length) : length), exact: false };
}

/** The smallest upper bound of at most `length` bytes that a prefix gives; the whole value when there is none. */
export function truncateMax(bound: Bound, length: number, utf8: boolean): Bound {
  const { value } = bound;
  if (value.length <= length) return bound;
  const cut = utf8
    ? incrementUtf8(value.slice(0, characterBoundary(value, length)))
    : incrementBytes(value.slice(0, length));
  return cut === null ? bound : { value: cut, exact: false };
}

function isContinuation(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

/** The last character boundary at or before `length`. */
function characterBoundary(value: Uint8Array, length: number): number {
  let end = length;
  while (end > 0 && isContinuation(value[end])) end--;
  return end;
}

/** Increments the last byte that is not 0xFF, and drops what follows. */
function incrementBytes(prefix: Uint8Array): Uint8Array | null {
  for (let i = prefix.length - 1; i >= 0; i--) {
    const byte = prefix[i]!;
    if (byte < 0xff) {
      prefix[i] = byte + 1;
      return prefix.slice(0, i + 1);
    }
  }
  return null;
}

/** Largest code point that UTF-8 writes in 1, 2, 3 and 4 bytes. */
const LARGEST_CODE_POINT = [0x7f, 0x7ff, 0xffff, 0x10ffff];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** Increments the last character that can be without taking more bytes, and drops what follows. */
function incrementUtf8(prefix: Uint8Array): Uint8Array | null {
  let end = prefix.length;
  while (end > 0) {
    let start = end - 1;
    while (start > 0 && isContinuation(prefix[start])) start--;
    const character = decoder.decode(prefix.subarray(start, end)).codePointAt(0)!;
    // U+D800 to U+DFFF are surrogates, not characters.
    const next = character === 0xd7ff ? 0xe000 : character + 1;
    if (next <= LARGEST_CODE_POINT[end - start - 1]!) {
      const encoded = encoder.encode(String.fromCodePoint(next));
      const bound = new Uint8Array(start + encoded.length);
      bound.set(prefix.subarray(0, start));
      bound.set(encoded, start);
      return bound;
    }
    end = start;
  }
  return null;
}
