/**
 * Thrift's compact protocol value by value: numbers, texts, headers of lists, and what is passed over.
 *
 * The bytes may be hostile: every length is held against the bytes that are left, and depth is capped.
 *
 * @see https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";
import {
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

/** Depth to which unknown members are followed. Known ones are no deeper than their descriptions. */
const MAX_UNKNOWN_DEPTH = 32;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Reads values one after the other. */
export class ThriftCompactBytes {
  /** Where the next value begins. */
  position: number;
  /** All bytes. */
  readonly bytes: Uint8Array<ArrayBufferLike>;
  readonly #onAnomaly: ((anomaly: ThriftAnomaly) => void) | undefined;
  /** Name of the structure that is being read, for messages. */
  structName = "";
  /** Id of its member; 0 for the structure itself. */
  memberId = 0;

  /** Reads `bytes` from `position` on. */
  constructor(
    bytes: Uint8Array,
    position: number,
    onAnomaly: ((anomaly: ThriftAnomaly) => void) | undefined,
  ) {
    // A Buffer's slice() is a view; a plain Uint8Array's is a copy.
    this.bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = position;
    this.#onAnomaly = onAnomaly;
  }

  /** The number of elements of a list or set, and the wire type of each. */
  listHeader(): { count: number; wire: number } {
    const header = this.byte();
    const count = header >> 4 === 15 ? this.length() : header >> 4;
    // Every element takes a byte or more.
    if (count > this.bytes.length - this.position) {
      throw this.error(`a list of ${count} cannot stand in the bytes left`);
    }
    return { count, wire: header & 15 };
  }

  /** Text. */
  string(): string {
    const length = this.length();
    const start = this.take(length);
    const bytes = this.bytes;
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
      throw this.error("a string is not valid UTF-8", cause);
    }
  }

  /** Zigzag LEB128; exact up to 2^53, and an error beyond. */
  zigzag(): number {
    const first = this.byte();
    let magnitude = (first & 127) >> 1;
    if (first > 127) {
      let scale = 64;
      let length = 1;
      let byte: number;
      do {
        byte = this.byte();
        magnitude += (byte & 127) * scale;
        scale *= 128;
        if (++length === 10 && byte > 1) throw this.error("an integer has more than 64 bits");
      } while (byte > 127);
      if (byte === 0) this.report("paddedInteger");
      if (magnitude > Number.MAX_SAFE_INTEGER) {
        throw this.error("an integer is beyond 2^53 - 1");
      }
    }
    if ((first & 1) === 0) return magnitude;
    if (magnitude === Number.MAX_SAFE_INTEGER) throw this.error("an integer is beyond 2^53 - 1");
    return -magnitude - 1;
  }

  /** Unsigned LEB128 of a length: an i32. */
  length(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 5; i++) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) {
        if (value > 0x7fffffff) break;
        if (byte === 0 && i > 0) this.report("paddedInteger");
        return value;
      }
      scale *= 128;
    }
    throw this.error("a length is not an i32");
  }

  /** Moves over a value that nobody asked for. */
  skip(wire: number, inCollection: boolean, depth: number): void {
    if (depth > MAX_UNKNOWN_DEPTH) throw this.error("it is nested too deeply");
    switch (wire) {
      case WIRE_TRUE:
      case WIRE_FALSE:
        if (inCollection) this.take(1);
        return;
      case WIRE_I8:
        this.take(1);
        return;
      case WIRE_I16:
      case WIRE_I32:
      case WIRE_I64:
        for (let i = 0; this.byte() > 127; i++) {
          if (i === 9) throw this.error("an integer has more than 64 bits");
        }
        return;
      case WIRE_DOUBLE:
        this.take(8);
        return;
      case WIRE_UUID:
        this.take(16);
        return;
      case WIRE_BINARY:
        this.take(this.length());
        return;
      case WIRE_LIST:
      case WIRE_SET: {
        const { count, wire: element } = this.listHeader();
        for (let i = 0; i < count; i++) this.skip(element, true, depth + 1);
        return;
      }
      case WIRE_MAP: {
        const count = this.length();
        if (count === 0) return;
        if (count > this.bytes.length - this.position) {
          throw this.error(`a map of ${count} cannot stand in the bytes left`);
        }
        const types = this.byte();
        for (let i = 0; i < count; i++) {
          this.skip(types >> 4, true, depth + 1);
          this.skip(types & 15, true, depth + 1);
        }
        return;
      }
      case WIRE_STRUCT:
        for (;;) {
          const header = this.byte();
          if (header === 0) return;
          if (header >> 4 === 0) this.skip(WIRE_I16, true, depth);
          this.skip(header & 15, false, depth + 1);
        }
      default:
        throw this.error(`the wire type ${wire} does not exist`);
    }
  }

  /** The next byte. */
  byte(): number {
    if (this.position >= this.bytes.length) throw this.error("the bytes end too early");
    return this.bytes[this.position++]!;
  }

  /** Moves over `length` bytes and returns where they begin. */
  take(length: number): number {
    const start = this.position;
    if (length > this.bytes.length - start) throw this.error("the bytes end too early");
    this.position = start + length;
    return start;
  }

  /** Refuses another wire type than the one that is expected. */
  expect(wire: number, expected: number): void {
    if (wire !== expected) throw this.error(`the wire type is ${wire}, not ${expected}`);
  }

  /** Tells of an anomaly. */
  report(kind: ThriftAnomaly["kind"]): void {
    this.#onAnomaly?.({ kind, struct: this.structName, id: this.memberId, offset: this.position });
  }

  /** An error that says where the reader is. */
  error(state: string, cause?: unknown): FormatError {
    const where = this.memberId === 0
      ? this.structName
      : `${this.structName}, field ${this.memberId}`;
    return new FormatError(
      `Cannot read ${where} at byte ${this.position}: ${state}`,
      cause === undefined ? {} : { cause },
    );
  }
}
