/**
 * Writes structures in Thrift's compact protocol, by their descriptions.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import type { Steps } from "../util/steps.ts";
import {
  BINARY_KIND,
  BOOL_KIND,
  DOUBLE_KIND,
  ENUM_KIND,
  I16_KIND,
  I32_KIND,
  I64_KIND,
  I8_KIND,
  LIST_KIND,
  NAME_UNION_KIND,
  STRING_KIND,
  STRUCT_KIND,
  type ThriftField,
  type ThriftType,
  UNION_KIND,
  WIRE_FALSE,
  WIRE_STRUCT,
  WIRE_TRUE,
} from "./thrift_description.ts";

/** Most bytes that a structure may take where nothing else is said: what an `i32` can count. */
export const MAX_STRUCT_BYTES: number = 2 ** 31 - 1;

/** Most bytes of a varint, of a double, of a field header and stop together, with room to spare. */
const SCALAR_ROOM = 32;
/** The buffer that is kept between calls is never larger, and at the beginning as large as most structures need. */
const MAX_KEPT_BYTES = 1 << 20;
const FIRST_KEPT_BYTES = 1 << 14;
/** Bytes that are written in a step: about a millisecond. */
const BYTES_A_STEP = 1 << 16;

const encoder = new TextEncoder();

// One growing buffer for all calls: they are synchronous and call nothing that could come back here, and a step puts back what
// it found.
let kept: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_KEPT_BYTES);
let buffer = kept;
let position = 0;
let limit = MAX_STRUCT_BYTES;
/** Where the step ends that is being done. */
let stepEnd = 0;

/**
 * Writes `value` as `type` describes it.
 *
 * @param maxByteLength Most bytes that it may take.
 * @returns The bytes, in a buffer of their own.
 * @throws {LimitError} where it takes more, or where a number has no room in its type.
 * @throws {TypeError} where a member is missing or is not of its type.
 */
export function encodeStruct<T>(
  type: ThriftType<T>,
  value: T,
  maxByteLength: number = MAX_STRUCT_BYTES,
): Uint8Array<ArrayBuffer> {
  return encodeStructView(type, value, maxByteLength).slice();
}

/** {@linkcode encodeStruct} without a buffer of its own: the bytes are valid until the next structure is written. */
export function encodeStructView<T>(
  type: ThriftType<T>,
  value: T,
  maxByteLength: number = MAX_STRUCT_BYTES,
): Uint8Array<ArrayBuffer> {
  buffer = kept;
  position = 0;
  limit = maxByteLength;
  try {
    writeStruct(type as ThriftType<unknown>, value);
    if (position > limit) throw tooLong();
    return buffer.subarray(0, position);
  } finally {
    if (buffer.length <= MAX_KEPT_BYTES) kept = buffer;
    buffer = kept;
  }
}

/**
 * {@linkcode encodeStructView} in steps, between which others may have their turn: a few elements of lists of structures each, also
 * of those within such elements. Nothing of `value` may change meanwhile.
 */
export function* encodeStructInSteps<T>(
  type: ThriftType<T>,
  value: T,
  maxByteLength: number = MAX_STRUCT_BYTES,
): Steps<Uint8Array<ArrayBuffer>> {
  const steps = structInSteps(type as ThriftType<unknown>, value);
  let written = kept;
  let end = 0;
  for (let first = true;; first = false) {
    buffer = written;
    position = end;
    stepEnd = end + BYTES_A_STEP;
    limit = maxByteLength;
    let done: boolean | undefined;
    try {
      ({ done } = steps.next());
      if (position > limit) throw tooLong();
      written = buffer;
      end = position;
    } finally {
      buffer = kept;
    }
    if (done) {
      if (first && written.length <= MAX_KEPT_BYTES) kept = buffer = written;
      return written.subarray(0, end);
    }
    // Others write in the meantime, to a buffer of their own.
    if (first && written === kept) kept = buffer = new Uint8Array(FIRST_KEPT_BYTES);
    yield;
  }
}

function writeStruct(type: ThriftType<unknown>, value: unknown): void {
  const members = membersOf(type, value);
  const fields = type.fields;
  let lastId = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    const member = members[field.key];
    if (member === undefined) {
      if (field.required) throw missing(type, field);
      continue;
    }
    writeFieldHeader(field, lastId, member);
    lastId = field.id;
    if (field.type.kind !== BOOL_KIND) writeValue(field.type, member);
  }
  makeRoom(1);
  buffer[position++] = 0;
}

function* structInSteps(type: ThriftType<unknown>, value: unknown): Steps<void> {
  const members = membersOf(type, value);
  let lastId = 0;
  for (const field of type.fields) {
    const member = members[field.key];
    if (member === undefined) {
      if (field.required) throw missing(type, field);
      continue;
    }
    writeFieldHeader(field, lastId, member);
    lastId = field.id;
    const { element, kind } = field.type;
    if (kind === LIST_KIND && element!.kind === STRUCT_KIND && Array.isArray(member)) {
      yield* listInSteps(element!, member);
    } else if (kind !== BOOL_KIND) writeValue(field.type, member);
  }
  makeRoom(1);
  buffer[position++] = 0;
}

function* listInSteps(element: ThriftType<unknown>, values: readonly unknown[]): Steps<void> {
  if (Object.isFrozen(values)) return writeList(element, values);
  const hasLists = element.fields.some(({ type }) => type.element?.kind === STRUCT_KIND);
  writeListHeader(element, values.length);
  for (const value of values) {
    if (hasLists) yield* structInSteps(element, value);
    else writeStruct(element, value);
    if (position < stepEnd) continue;
    yield;
  }
}

function membersOf(
  type: ThriftType<unknown>,
  value: unknown,
): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null) throw wrongType(type, value);
  return value as Readonly<Record<string, unknown>>;
}

function missing(type: ThriftType<unknown>, field: ThriftField): TypeError {
  return new TypeError(`Cannot write ${type.name}.${field.key}: it is required`);
}

/** What comes before a member; of a bool that is all. */
function writeFieldHeader({ id, type }: ThriftField, lastId: number, member: unknown): void {
  makeRoom(SCALAR_ROOM);
  // Ids ascend and are small, so the delta always fits into the short form.
  const delta = (id - lastId) << 4;
  const wire = type.kind !== BOOL_KIND ? type.wire : asBoolean(member) ? WIRE_TRUE : WIRE_FALSE;
  buffer[position++] = delta | wire;
}

function writeUnion(type: ThriftType<unknown>, value: unknown): void {
  const name = type.kind === NAME_UNION_KIND
    ? value
    : (value as { type?: unknown } | null | undefined)?.type;
  const id = type.codes.get(name as string);
  if (id === undefined) throw wrongType(type, name);
  makeRoom(SCALAR_ROOM);
  if (id < 16) {
    buffer[position++] = (id << 4) | WIRE_STRUCT;
  } else {
    buffer[position++] = WIRE_STRUCT;
    writeZigzag(id);
  }
  if (type.kind === NAME_UNION_KIND) buffer[position++] = 0;
  else writeStruct(type.fieldById[id]!.type, value);
  makeRoom(1);
  buffer[position++] = 0;
}

function writeValue(type: ThriftType<unknown>, value: unknown): void {
  switch (type.kind) {
    case BOOL_KIND:
      // In lists only: 1 and 2, as the libraries of Thrift have always done, whatever older texts of its specification say.
      makeRoom(1);
      buffer[position++] = asBoolean(value) ? WIRE_TRUE : WIRE_FALSE;
      return;
    case I8_KIND:
      makeRoom(1);
      buffer[position++] = asInteger(type, value, 2 ** 7);
      return;
    case I16_KIND:
      makeRoom(SCALAR_ROOM);
      return writeZigzag(asInteger(type, value, 2 ** 15));
    case I32_KIND:
      makeRoom(SCALAR_ROOM);
      return writeZigzag(asInteger(type, value, 2 ** 31));
    case I64_KIND:
      makeRoom(SCALAR_ROOM);
      return writeZigzag(asInteger(type, value, 2 ** 53));
    case ENUM_KIND: {
      const code = type.codes.get(value as string);
      if (code === undefined) throw wrongType(type, value);
      makeRoom(SCALAR_ROOM);
      return writeZigzag(code);
    }
    case DOUBLE_KIND:
      if (typeof value !== "number") throw wrongType(type, value);
      makeRoom(SCALAR_ROOM);
      new DataView(buffer.buffer).setFloat64(position, value, true);
      position += 8;
      return;
    case BINARY_KIND:
      if (!(value instanceof Uint8Array)) throw wrongType(type, value);
      return writeBytes(value);
    case STRING_KIND:
      if (typeof value !== "string") throw wrongType(type, value);
      return writeString(value);
    case LIST_KIND:
      if (!Array.isArray(value)) throw wrongType(type, value);
      return writeList(type.element!, value);
    case STRUCT_KIND:
      return writeStruct(type, value);
    case UNION_KIND:
    case NAME_UNION_KIND:
      return writeUnion(type, value);
  }
}

/**
 * Bytes of lists of structures that never change, by the list: those of a schema and its column orders are the same in the footer of
 * every file that is written with it.
 */
const frozenLists = new WeakMap<readonly unknown[], Uint8Array>();

function writeList(element: ThriftType<unknown>, values: readonly unknown[]): void {
  const structures = element.kind >= STRUCT_KIND && values.length > 0 && Object.isFrozen(values);
  const known = structures ? frozenLists.get(values) : undefined;
  if (known !== undefined) {
    makeRoom(known.length);
    buffer.set(known, position);
    position += known.length;
    return;
  }
  const start = position;
  writeElements(element, values);
  if (structures) frozenLists.set(values, buffer.slice(start, position));
}

function writeElements(element: ThriftType<unknown>, values: readonly unknown[]): void {
  writeListHeader(element, values.length);
  for (let i = 0; i < values.length; i++) writeValue(element, values[i]);
}

function writeListHeader(element: ThriftType<unknown>, length: number): void {
  makeRoom(SCALAR_ROOM);
  if (length < 15) {
    buffer[position++] = (length << 4) | element.wire;
  } else {
    buffer[position++] = 0xf0 | element.wire;
    writeVarint(length);
  }
}

function writeBytes(bytes: Uint8Array): void {
  const length = bytes.length;
  makeRoom(length + SCALAR_ROOM);
  writeVarint(length);
  if (length <= 16) {
    for (let i = 0; i < length; i++) buffer[position + i] = bytes[i]!;
  } else {
    buffer.set(bytes, position);
  }
  position += length;
}

function writeString(text: string): void {
  const length = text.length;
  if (length < 128) {
    makeRoom(length + SCALAR_ROOM);
    const target = buffer;
    const start = position + 1;
    let i = 0;
    for (; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > 127) break;
      target[start + i] = unit;
    }
    if (i === length) {
      target[position] = length;
      position = start + length;
      return;
    }
  }
  // UTF-8 has no form for a lone surrogate; the encoder would put another character in its place.
  if (!text.isWellFormed()) {
    throw new TypeError(
      `Cannot write ${JSON.stringify(text.slice(0, 64))}: it is not valid Unicode`,
    );
  }
  writeBytes(encoder.encode(text));
}

/** Unsigned LEB128 of a number below 2^31. */
function writeVarint(value: number): void {
  while (value > 127) {
    buffer[position++] = (value & 127) | 128;
    value >>>= 7;
  }
  buffer[position++] = value;
}

/** Zigzag LEB128 of a safe integer. */
function writeZigzag(value: number): void {
  if (value >= -0x40000000 && value < 0x40000000) return writeVarint((value << 1) ^ (value >> 31));
  // The zigzag form of a safe integer may be none itself: its sign goes into the first byte, the magnitude is cut in steps.
  const sign = value < 0 ? 1 : 0;
  const magnitude = value < 0 ? -value - 1 : value;
  buffer[position++] = ((magnitude % 64) << 1) | sign | 128;
  let rest = Math.floor(magnitude / 64);
  while (rest > 127) {
    buffer[position++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  buffer[position++] = rest;
}

function makeRoom(byteLength: number): void {
  const end = position + byteLength;
  if (end <= buffer.length) return;
  if (end - SCALAR_ROOM > limit) throw tooLong();
  const grown = new Uint8Array(Math.max(end, buffer.length * 2));
  grown.set(buffer.subarray(0, position));
  buffer = grown;
}

function asBoolean(value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(`Cannot write ${show(value)} as bool`);
  return value;
}

/** `value`, if it is an integer in [−bound, bound). */
function asInteger(type: ThriftType<unknown>, value: unknown, bound: number): number {
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(type, value);
  if (value < -bound || value >= bound || !Number.isSafeInteger(value)) {
    throw new LimitError("", -1, `Cannot write ${value} as ${type.name}: it is out of range`);
  }
  return value;
}

function tooLong(): LimitError {
  return new LimitError("", -1, `Cannot write metadata of more than ${limit} bytes`);
}

function wrongType(type: ThriftType<unknown>, value: unknown): TypeError {
  return new TypeError(`Cannot write ${show(value)} as ${type.name}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : String(value);
}
