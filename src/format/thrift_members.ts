/**
 * Members of structures in Thrift's compact protocol, each written where there is room for it: its id is by `delta` more than that of
 * the member before. All functions return where it ends, and refuse what is not of the type, as descriptions do.
 *
 * @module
 */

import {
  BINARY,
  BOOL,
  I32,
  I64,
  STRING,
  type ThriftType,
  WIRE_BINARY,
  WIRE_FALSE,
  WIRE_I32,
  WIRE_I64,
  WIRE_LIST,
  WIRE_TRUE,
} from "./thrift_description.ts";
import { bytesAt, varintAt, zigzagAt } from "./thrift_output.ts";
import { refuse } from "./thrift_refusal.ts";

const encoder = new TextEncoder();

/** An `i32`. */
export function i32(out: Uint8Array, at: number, delta: number, value: number): number {
  // What `|` leaves as it is, is an `i32`; what is not is refused.
  if ((value | 0) !== value) refuse(I32, value);
  out[at] = delta << 4 | WIRE_I32;
  return zigzagAt(out, at + 1, value);
}

/** An `i64`. */
export function i64(out: Uint8Array, at: number, delta: number, value: number): number {
  out[at] = delta << 4 | WIRE_I64;
  return zigzagAt(out, at + 1, safe(value));
}

/** A list of `i64`. */
export function i64s(
  out: Uint8Array,
  at: number,
  delta: number,
  values: readonly number[],
): number {
  at = listHeader(out, at, delta, WIRE_I64, values.length);
  for (let i = 0; i < values.length; i++) at = zigzagAt(out, at, safe(values[i]!));
  return at;
}

function safe(value: number): number {
  if ((value | 0) !== value && !Number.isSafeInteger(value)) refuse(I64, value);
  return value;
}

/** The one byte of a bool; with a `delta` of 0 it is an element of a list. */
export function bool(out: Uint8Array, at: number, delta: number, value: boolean): number {
  if (typeof value !== "boolean") refuse(BOOL, value);
  out[at] = delta << 4 | (value ? WIRE_TRUE : WIRE_FALSE);
  return at + 1;
}

/** A name of an enum. */
export function name<N extends string>(
  out: Uint8Array,
  at: number,
  delta: number,
  type: ThriftType<N>,
  value: N,
): number {
  out[at] = delta << 4 | WIRE_I32;
  out[at + 1] = codeOf(type, value) << 1;
  return at + 2;
}

/** The number of a name. */
export function codeOf<N extends string>(type: ThriftType<N>, value: N): number {
  const code = type.members.codes.get(value);
  if (code === undefined) refuse(type, value);
  return code!;
}

/** Bytes. */
export function binary(out: Uint8Array, at: number, delta: number, bytes: Uint8Array): number {
  if (!(bytes instanceof Uint8Array)) refuse(BINARY, bytes);
  out[at] = delta << 4 | WIRE_BINARY;
  return bytesAt(out, at + 1, bytes);
}

/** A list of bytes. */
export function binaries(
  out: Uint8Array,
  at: number,
  delta: number,
  values: readonly Uint8Array[],
): number {
  at = listHeader(out, at, delta, WIRE_BINARY, values.length);
  for (let i = 0; i < values.length; i++) {
    const bytes = values[i]!;
    if (!(bytes instanceof Uint8Array)) refuse(BINARY, bytes);
    at = bytesAt(out, at, bytes);
  }
  return at;
}

/** An element that is text, for which there is room: three bytes for each of its units. */
export function string(out: Uint8Array, at: number, text: string): number {
  const { length } = text;
  const start = varintAt(out, at, length);
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 127) return unicode(out, at, text);
    out[start + i] = unit;
  }
  return start + length;
}

function unicode(out: Uint8Array, at: number, text: string): number {
  if (!text.isWellFormed()) refuse(STRING, text);
  return bytesAt(out, at, encoder.encode(text));
}

/** The beginning of a list of `length` elements. */
export function listHeader(
  out: Uint8Array,
  at: number,
  delta: number,
  wire: number,
  length: number,
): number {
  out[at++] = delta << 4 | WIRE_LIST;
  if (length < 15) {
    out[at++] = length << 4 | wire;
    return at;
  }
  out[at++] = 0xf0 | wire;
  return varintAt(out, at, length);
}
