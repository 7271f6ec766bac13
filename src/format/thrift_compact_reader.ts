/**
 * Reads structures in Thrift's compact protocol, by their descriptions.
 *
 * The bytes may be hostile: every length is held against the bytes that are left, depth is capped, properties are only those
 * that the description names, and the work is linear in the bytes.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";
import type { Steps } from "../util/steps.ts";
import {
  BINARY_KIND,
  BOOL_KIND,
  DOUBLE_KIND,
  EMPTY,
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
  WIRE_BINARY,
  WIRE_DOUBLE,
  WIRE_FALSE,
  WIRE_I16,
  WIRE_I32,
  WIRE_I64,
  WIRE_I8,
  WIRE_LIST,
  WIRE_MAP,
  WIRE_SET,
  WIRE_STRUCT,
  WIRE_TRUE,
  WIRE_UUID,
} from "./thrift_description.ts";

/** Something that was read, though it is not as the specification has it. */
export interface ThriftAnomaly {
  /**
   * - `"unknownField"`: a member that the specification does not have; it was skipped.
   * - `"integerWidth"`: an integer written as one of another width.
   * - `"emptyListType"`: an empty list that says it would hold something else.
   * - `"longFieldHeader"`: a field id in its long form where the short one would do.
   * - `"paddedInteger"`: an integer with bytes that add nothing.
   * - `"trailingBytes"`: bytes after the structure, where it should have ended.
   */
  readonly kind:
    | "unknownField"
    | "integerWidth"
    | "emptyListType"
    | "longFieldHeader"
    | "paddedInteger"
    | "trailingBytes";
  /** Name of the structure in the specification. */
  readonly struct: string;
  /** Id of the member; 0 for the structure itself. */
  readonly id: number;
  /** Offset into the bytes given. */
  readonly offset: number;
}

/** How to read. */
export interface DecodeOptions {
  /** Called for each anomaly, in the order of the bytes. */
  readonly onAnomaly?: (anomaly: ThriftAnomaly) => void;
}

/** A structure, and how many bytes it took. */
export interface Decoded<T> {
  readonly value: T;
  readonly byteLength: number;
}

/** Depth to which unknown members are followed. Known ones are no deeper than their descriptions. */
const MAX_UNKNOWN_DEPTH = 32;
/** Bytes that are read in a step: about a millisecond. */
const BYTES_A_STEP = 1 << 16;
const EMPTY_BYTES: Uint8Array<ArrayBuffer> = new Uint8Array(0);

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Reads the structure that begins at `offset`. Bytes may follow it.
 *
 * @throws {FormatError} where the bytes are not such a structure.
 */
export function decodeStruct<T>(
  type: ThriftType<T>,
  bytes: Uint8Array,
  offset = 0,
  options: DecodeOptions = {},
): Decoded<T> {
  if (!(Number.isInteger(offset) && offset >= 0 && offset <= bytes.length)) {
    throw new RangeError(`Cannot read at ${offset}: there are ${bytes.length} bytes`);
  }
  const reader = new Reader(bytes, offset, options.onAnomaly);
  const value = reader.struct(type as ThriftType<unknown>, {}) as T;
  return { value, byteLength: reader.position - offset };
}

/**
 * Reads the structure that begins at the first byte, in steps, between which others may have their turn: a few elements of lists of
 * structures each, also of those within such elements.
 *
 * @throws {FormatError} where the bytes are not such a structure.
 */
export function* decodeStructInSteps<T>(
  type: ThriftType<T>,
  bytes: Uint8Array,
  options: DecodeOptions = {},
): Steps<Decoded<T>> {
  const reader = new Reader(bytes, 0, options.onAnomaly);
  const value = (yield* reader.structInSteps(type as ThriftType<unknown>)) as T;
  return { value, byteLength: reader.position };
}

class Reader {
  position: number;
  readonly #bytes: Uint8Array<ArrayBufferLike>;
  readonly #onAnomaly: ((anomaly: ThriftAnomaly) => void) | undefined;
  /** Where the step ends that is being done. */
  #stepEnd = BYTES_A_STEP;
  // Where the reader is, for messages.
  #struct = "";
  #id = 0;

  constructor(
    bytes: Uint8Array,
    position: number,
    onAnomaly: ((anomaly: ThriftAnomaly) => void) | undefined,
  ) {
    // A Buffer's slice() is a view; a plain Uint8Array's is a copy.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.#onAnomaly = onAnomaly;
  }

  struct(type: ThriftType<unknown>, result: Record<string, unknown>): Record<string, unknown> {
    let id = 0;
    let seenIds = 0;
    for (;;) {
      const header = this.#header(type);
      if (header === 0) break;
      id = this.#fieldId(header, id);
      const field = this.#known(type, id, header & 15, seenIds);
      if (field === undefined) continue;
      seenIds |= 1 << id;
      result[field.key] = this.#field(field, header & 15);
    }
    this.#expectRequired(type, seenIds);
    return result;
  }

  *structInSteps(type: ThriftType<unknown>): Steps<Record<string, unknown>> {
    const result: Record<string, unknown> = {};
    let id = 0;
    let seenIds = 0;
    for (;;) {
      const header = this.#header(type);
      if (header === 0) break;
      id = this.#fieldId(header, id);
      const wire = header & 15;
      const field = this.#known(type, id, wire, seenIds);
      if (field === undefined) continue;
      seenIds |= 1 << id;
      const { kind, element } = field.type;
      result[field.key] = kind === LIST_KIND && element!.kind === STRUCT_KIND && wire === WIRE_LIST
        ? yield* this.#listInSteps(element!)
        : this.#field(field, wire);
    }
    this.#expectRequired(type, seenIds);
    return result;
  }

  /** The header of the next member of a structure; 0 at its end. */
  #header(type: ThriftType<unknown>): number {
    this.#struct = type.name;
    return this.#byte();
  }

  /** The member of an id; `undefined` for one that nobody knows, which is skipped. */
  #known(
    type: ThriftType<unknown>,
    id: number,
    wire: number,
    seenIds: number,
  ): ThriftField | undefined {
    const field = id > 0 && id < type.members.fieldById.length
      ? type.members.fieldById[id]
      : undefined;
    this.#id = id;
    if (field === undefined) {
      this.#report("unknownField");
      this.#skip(wire, false, 0);
    } else if ((seenIds & (1 << id)) !== 0) throw this.#error("it is there twice");
    return field;
  }

  #expectRequired(type: ThriftType<unknown>, seenIds: number): void {
    const missing = type.members.requiredIds & ~seenIds;
    if (missing === 0) return;
    this.#id = 31 - Math.clz32(missing & -missing);
    throw this.#error(`"${type.members.fieldById[this.#id]!.key}" is missing`);
  }

  #union(type: ThriftType<unknown>): unknown {
    this.#struct = type.name;
    this.#id = 0;
    const header = this.#byte();
    if (header === 0) throw this.#error("the union has no member");
    const id = this.#fieldId(header, 0);
    this.#id = id;
    const name = id > 0 && id < type.members.names.length ? type.members.names[id] : undefined;
    let result: unknown = name;
    if (name === undefined) {
      if (type.kind === NAME_UNION_KIND) throw this.#error("the member is unknown");
      this.#report("unknownField");
      this.#skip(header & 15, false, 0);
      result = { type: "UNRECOGNIZED", id };
    } else {
      this.#expect(header & 15, WIRE_STRUCT);
      if (type.kind === NAME_UNION_KIND) this.struct(EMPTY as ThriftType<unknown>, {});
      else result = this.struct(type.members.fieldById[id]!.type, { type: name });
    }
    if (this.#byte() !== 0) {
      this.#struct = type.name;
      throw this.#error("the union has several members");
    }
    return result;
  }

  #fieldId(header: number, lastId: number): number {
    const delta = header >> 4;
    if (delta !== 0) return lastId + delta;
    const id = this.#zigzag();
    if (id < -32768 || id > 32767) throw this.#error(`the field id ${id} is not an i16`);
    if (id > lastId && id - lastId < 16) this.#report("longFieldHeader");
    return id;
  }

  #field(field: ThriftField, wire: number): unknown {
    const type = field.type;
    if (type.kind === BOOL_KIND) {
      if (wire === WIRE_TRUE) return true;
      if (wire === WIRE_FALSE) return false;
      throw this.#error(`"${field.key}" has the wire type ${wire}, not a bool's`);
    }
    return this.#value(type, wire);
  }

  /** A value that the header before it said to be of type `wire`. */
  #value(type: ThriftType<unknown>, wire: number): unknown {
    switch (type.kind) {
      case BOOL_KIND: {
        const byte = this.#byte();
        if (byte > 2) throw this.#error(`${byte} is not a bool`);
        return byte === WIRE_TRUE;
      }
      case I8_KIND:
        return this.#integer(type, wire, 2 ** 7);
      case I16_KIND:
        return this.#integer(type, wire, 2 ** 15);
      case I32_KIND:
        return this.#integer(type, wire, 2 ** 31);
      case I64_KIND:
        return this.#integer(type, wire, 2 ** 53);
      case ENUM_KIND: {
        const code = this.#integer(type, wire, 2 ** 31);
        const name = code >= 0 && code < type.members.names.length
          ? type.members.names[code]
          : undefined;
        if (name === undefined) throw this.#error(`${code} is no ${type.name}`);
        return name;
      }
      case DOUBLE_KIND: {
        this.#expect(wire, WIRE_DOUBLE);
        const start = this.#take(8);
        return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 8)
          .getFloat64(0, true);
      }
      case BINARY_KIND: {
        this.#expect(wire, WIRE_BINARY);
        const length = this.#length();
        if (length === 0) return EMPTY_BYTES;
        const start = this.#take(length);
        return this.#bytes.slice(start, start + length);
      }
      case STRING_KIND:
        this.#expect(wire, WIRE_BINARY);
        return this.#string();
      case LIST_KIND:
        this.#expect(wire, WIRE_LIST);
        return this.#list(type.element!);
      case STRUCT_KIND:
        this.#expect(wire, WIRE_STRUCT);
        return this.struct(type, {});
      case UNION_KIND:
      case NAME_UNION_KIND:
        this.#expect(wire, WIRE_STRUCT);
        return this.#union(type);
    }
  }

  *#listInSteps(element: ThriftType<unknown>): Steps<unknown[]> {
    const { count } = this.#listHeaderOf(element);
    const hasLists = element.members.fields.some(({ type }) => type.element?.kind === STRUCT_KIND);
    const struct = this.#struct;
    const id = this.#id;
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) {
      values.push(hasLists ? yield* this.structInSteps(element) : this.struct(element, {}));
      this.#struct = struct;
      this.#id = id;
      if (this.position < this.#stepEnd) continue;
      this.#stepEnd = this.position + BYTES_A_STEP;
      yield;
    }
    return values;
  }

  #list(element: ThriftType<unknown>): unknown[] {
    const { count, wire } = this.#listHeaderOf(element);
    const struct = this.#struct;
    const id = this.#id;
    const values: unknown[] = [];
    for (let i = 0; i < count; i++) {
      values.push(this.#value(element, wire));
      this.#struct = struct;
      this.#id = id;
    }
    return values;
  }

  #listHeaderOf(element: ThriftType<unknown>): { count: number; wire: number } {
    const header = this.#listHeader();
    const { count, wire } = header;
    if (!fits(element, wire)) {
      if (count > 0) throw this.#error(`a list holds the wire type ${wire}, not ${element.name}`);
      this.#report("emptyListType");
    }
    return header;
  }

  #listHeader(): { count: number; wire: number } {
    const header = this.#byte();
    const count = header >> 4 === 15 ? this.#length() : header >> 4;
    // Every element takes a byte or more.
    if (count > this.#bytes.length - this.position) {
      throw this.#error(`a list of ${count} cannot stand in the bytes left`);
    }
    return { count, wire: header & 15 };
  }

  #integer(type: ThriftType<unknown>, wire: number, bound: number): number {
    let value: number;
    if (wire === WIRE_I8) {
      value = (this.#byte() << 24) >> 24;
    } else if (wire === WIRE_I16 || wire === WIRE_I32 || wire === WIRE_I64) {
      value = this.#zigzag();
    } else {
      throw this.#error(`the wire type ${wire} is not an integer`);
    }
    // Some writers choose the width by the value: what it says is clear all the same.
    if (wire !== type.wire) this.#report("integerWidth");
    if (value < -bound || value >= bound) throw this.#error(`${value} is no ${type.name}`);
    return value;
  }

  #string(): string {
    const length = this.#length();
    const start = this.#take(length);
    const bytes = this.#bytes;
    if (length <= 24) {
      let text = "";
      let i = start;
      for (; i < start + length; i++) {
        const byte = bytes[i]!;
        if (byte > 127) break;
        text += String.fromCharCode(byte);
      }
      if (i === start + length) return text;
    }
    try {
      return utf8.decode(bytes.subarray(start, start + length));
    } catch (cause) {
      throw this.#error("a string is not valid UTF-8", cause);
    }
  }

  /** Zigzag LEB128; exact up to 2^53, and an error beyond. */
  #zigzag(): number {
    const first = this.#byte();
    let magnitude = (first & 127) >> 1;
    if (first > 127) {
      let scale = 64;
      let length = 1;
      let byte: number;
      do {
        byte = this.#byte();
        magnitude += (byte & 127) * scale;
        scale *= 128;
        if (++length === 10 && byte > 1) throw this.#error("an integer has more than 64 bits");
      } while (byte > 127);
      if (byte === 0) this.#report("paddedInteger");
      if (magnitude > Number.MAX_SAFE_INTEGER) {
        throw this.#error("an integer is beyond 2^53 - 1");
      }
    }
    if ((first & 1) === 0) return magnitude;
    if (magnitude === Number.MAX_SAFE_INTEGER) throw this.#error("an integer is beyond 2^53 - 1");
    return -magnitude - 1;
  }

  /** Unsigned LEB128 of a length: an i32. */
  #length(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 5; i++) {
      const byte = this.#byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > 0x7fffffff) break;
        if (byte === 0 && i > 0) this.#report("paddedInteger");
        return value;
      }
      scale *= 128;
    }
    throw this.#error("a length is not an i32");
  }

  /** Moves over a value that nobody asked for. */
  #skip(wire: number, inCollection: boolean, depth: number): void {
    if (depth > MAX_UNKNOWN_DEPTH) throw this.#error("it is nested too deeply");
    switch (wire) {
      case WIRE_TRUE:
      case WIRE_FALSE:
        if (inCollection) this.#take(1);
        return;
      case WIRE_I8:
        this.#take(1);
        return;
      case WIRE_I16:
      case WIRE_I32:
      case WIRE_I64:
        for (let i = 0; this.#byte() > 127; i++) {
          if (i === 9) throw this.#error("an integer has more than 64 bits");
        }
        return;
      case WIRE_DOUBLE:
        this.#take(8);
        return;
      case WIRE_UUID:
        this.#take(16);
        return;
      case WIRE_BINARY:
        this.#take(this.#length());
        return;
      case WIRE_LIST:
      case WIRE_SET: {
        const { count, wire: element } = this.#listHeader();
        for (let i = 0; i < count; i++) this.#skip(element, true, depth + 1);
        return;
      }
      case WIRE_MAP: {
        const count = this.#length();
        if (count === 0) return;
        if (count > this.#bytes.length - this.position) {
          throw this.#error(`a map of ${count} cannot stand in the bytes left`);
        }
        const types = this.#byte();
        for (let i = 0; i < count; i++) {
          this.#skip(types >> 4, true, depth + 1);
          this.#skip(types & 15, true, depth + 1);
        }
        return;
      }
      case WIRE_STRUCT:
        for (;;) {
          const header = this.#byte();
          if (header === 0) return;
          if (header >> 4 === 0) this.#skip(WIRE_I16, true, depth);
          this.#skip(header & 15, false, depth + 1);
        }
      default:
        throw this.#error(`the wire type ${wire} does not exist`);
    }
  }

  #byte(): number {
    if (this.position >= this.#bytes.length) throw this.#error("the bytes end too early");
    return this.#bytes[this.position++]!;
  }

  /** Moves over `length` bytes and returns where they begin. */
  #take(length: number): number {
    const start = this.position;
    if (length > this.#bytes.length - start) throw this.#error("the bytes end too early");
    this.position = start + length;
    return start;
  }

  #expect(wire: number, expected: number): void {
    if (wire !== expected) throw this.#error(`the wire type is ${wire}, not ${expected}`);
  }

  #report(kind: ThriftAnomaly["kind"]): void {
    this.#onAnomaly?.({ kind, struct: this.#struct, id: this.#id, offset: this.position });
  }

  #error(state: string, cause?: unknown): FormatError {
    const where = this.#id === 0 ? this.#struct : `${this.#struct}, field ${this.#id}`;
    return new FormatError(
      `Cannot read ${where} at byte ${this.position}: ${state}`,
      cause === undefined ? {} : { cause },
    );
  }
}

/** Whether a list of `element` may say that it holds the type `wire`. */
function fits(element: ThriftType<unknown>, wire: number): boolean {
  if (element.kind === BOOL_KIND) return wire === WIRE_TRUE || wire === WIRE_FALSE;
  if (element.wire === WIRE_I32 || element.wire === WIRE_I64) {
    return wire >= WIRE_I8 && wire <= WIRE_I64;
  }
  return wire === element.wire;
}
