/**
 * Writes structures in Thrift's compact protocol, by their descriptions.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import type { Steps } from "../util/steps.ts";
import { writeFrequent } from "./structure_writers.ts";
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
import {
  bytesWritten,
  copyFrom,
  isStepOver,
  MAX_STRUCT_BYTES,
  putByte,
  putBytes,
  putDouble,
  putRaw,
  putString,
  putVarint,
  putZigzag,
  written,
  writtenInSteps,
} from "./thrift_output.ts";
import { asBoolean, asInteger, wrongType } from "./thrift_refusal.ts";

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
  return written(writeStruct, type as ThriftType<unknown>, value, maxByteLength);
}

/**
 * {@linkcode encodeStructView} in steps, between which others may have their turn: a few elements of lists of structures each, also
 * of those within such elements. Nothing of `value` may change meanwhile.
 */
export function encodeStructInSteps<T>(
  type: ThriftType<T>,
  value: T,
  maxByteLength: number = MAX_STRUCT_BYTES,
): Steps<Uint8Array<ArrayBuffer>> {
  return writtenInSteps(structInSteps(type as ThriftType<unknown>, value), maxByteLength);
}

function writeStruct(type: ThriftType<unknown>, value: unknown): void {
  const members = membersOf(type, value);
  if (writeFrequent(type, value)) return;
  const fields = type.members.fields;
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
  putByte(0);
}

function* structInSteps(type: ThriftType<unknown>, value: unknown): Steps<void> {
  const members = membersOf(type, value);
  let lastId = 0;
  for (const field of type.members.fields) {
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
  putByte(0);
}

function* listInSteps(element: ThriftType<unknown>, values: readonly unknown[]): Steps<void> {
  if (Object.isFrozen(values)) return writeList(element, values);
  const hasLists = element.members.fields.some(({ type }) => type.element?.kind === STRUCT_KIND);
  writeListHeader(element, values.length);
  for (const value of values) {
    if (hasLists) yield* structInSteps(element, value);
    else writeStruct(element, value);
    if (isStepOver()) yield;
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
  // Ids ascend and are small, so the delta always fits into the short form.
  const delta = (id - lastId) << 4;
  const wire = type.kind !== BOOL_KIND
    ? type.wire
    : asBoolean(type, member)
    ? WIRE_TRUE
    : WIRE_FALSE;
  putByte(delta | wire);
}

function writeUnion(type: ThriftType<unknown>, value: unknown): void {
  const name = type.kind === NAME_UNION_KIND
    ? value
    : (value as { type?: unknown } | null | undefined)?.type;
  const id = type.members.codes.get(name as string);
  if (id === undefined) throw wrongType(type, name);
  if (id < 16) {
    putByte((id << 4) | WIRE_STRUCT);
  } else {
    putByte(WIRE_STRUCT);
    putZigzag(id);
  }
  if (type.kind === NAME_UNION_KIND) putByte(0);
  else writeStruct(type.members.fieldById[id]!.type, value);
  putByte(0);
}

function writeValue(type: ThriftType<unknown>, value: unknown): void {
  switch (type.kind) {
    case BOOL_KIND:
      // In lists only: 1 and 2, as the libraries of Thrift have always done, whatever older texts of its specification say.
      return putByte(asBoolean(type, value) ? WIRE_TRUE : WIRE_FALSE);
    case I8_KIND:
      return putByte(asInteger(type, value));
    case I16_KIND:
      return putZigzag(asInteger(type, value));
    case I32_KIND:
      return putZigzag(asInteger(type, value));
    case I64_KIND:
      return putZigzag(asInteger(type, value));
    case ENUM_KIND: {
      const code = type.members.codes.get(value as string);
      if (code === undefined) throw wrongType(type, value);
      return putZigzag(code);
    }
    case DOUBLE_KIND:
      if (typeof value !== "number") throw wrongType(type, value);
      return putDouble(value);
    case BINARY_KIND:
      if (!(value instanceof Uint8Array)) throw wrongType(type, value);
      return putBytes(value);
    case STRING_KIND:
      if (typeof value !== "string") throw wrongType(type, value);
      return putString(value);
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
  if (known !== undefined) return putRaw(known);
  const start = bytesWritten();
  writeListHeader(element, values.length);
  for (let i = 0; i < values.length; i++) writeValue(element, values[i]);
  if (structures) frozenLists.set(values, copyFrom(start));
}

function writeListHeader(element: ThriftType<unknown>, length: number): void {
  if (length < 15) {
    putByte((length << 4) | element.wire);
  } else {
    putByte(0xf0 | element.wire);
    putVarint(length);
  }
}
