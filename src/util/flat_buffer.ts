/**
 * Reads FlatBuffers that may be hostile: every read is within the bytes, and what is read more than once costs a budget.
 *
 * @see https://flatbuffers.dev/internals/
 * @module
 */

import { FormatError } from "./errors.ts";

/** Tables that any message may have. */
const FREE_TABLES = 1024;
/** Bytes for each further one: a table takes as many, and only a hostile message has many in the same bytes. */
const BYTES_PER_TABLE = 4;

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The bytes of a message's metadata, and how much of its budget is left. */
class Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  tables: number;
  /** Texts may share bytes, but not so often that memory runs out. */
  text: number;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.tables = FREE_TABLES + Math.floor(bytes.length / BYTES_PER_TABLE);
    this.text = 16 * bytes.length + 65536;
  }
}

/** A table: fields by their ordinal, each with its default. */
export class FlatTable {
  readonly #source: Source;
  readonly #at: number;
  readonly #vtable: number;
  readonly #vtableLength: number;

  /** For use within this module. */
  constructor(source: Source, at: number) {
    if (source.tables-- === 0) throw corrupt("it has too many tables");
    this.#source = source;
    this.#at = at;
    this.#vtable = at - source.view.getInt32(at, true);
    this.#vtableLength = source.view.getUint16(this.#vtable, true);
  }

  /** The root table. `bytes` is nothing but the FlatBuffer. */
  static root(bytes: Uint8Array): FlatTable {
    const source = new Source(bytes);
    return new FlatTable(source, source.view.getUint32(0, true));
  }

  /** Where the field is; 0 when it is absent. */
  #field(ordinal: number): number {
    const entry = 4 + 2 * ordinal;
    if (entry + 2 > this.#vtableLength) return 0;
    const offset = this.#source.view.getUint16(this.#vtable + entry, true);
    return offset === 0 ? 0 : this.#at + offset;
  }

  #indirect(ordinal: number): number {
    const at = this.#field(ordinal);
    return at === 0 ? 0 : at + this.#source.view.getUint32(at, true);
  }

  /** A Boolean. */
  bool(ordinal: number, absent = false): boolean {
    const at = this.#field(ordinal);
    return at === 0 ? absent : this.#source.view.getUint8(at) !== 0;
  }

  /** An unsigned byte. */
  uint8(ordinal: number, absent = 0): number {
    const at = this.#field(ordinal);
    return at === 0 ? absent : this.#source.view.getUint8(at);
  }

  /** A 16-bit integer. */
  int16(ordinal: number, absent = 0): number {
    const at = this.#field(ordinal);
    return at === 0 ? absent : this.#source.view.getInt16(at, true);
  }

  /** A 32-bit integer. */
  int32(ordinal: number, absent = 0): number {
    const at = this.#field(ordinal);
    return at === 0 ? absent : this.#source.view.getInt32(at, true);
  }

  /** A 64-bit integer. */
  int64(ordinal: number): bigint {
    const at = this.#field(ordinal);
    return at === 0 ? 0n : this.#source.view.getBigInt64(at, true);
  }

  /** A count or size of 64 bits: not negative, and exact as a number. */
  size(ordinal: number): number {
    const at = this.#field(ordinal);
    return at === 0 ? 0 : sizeAt(this.#source.view, at);
  }

  /** A text; `null` when absent. */
  text(ordinal: number): string | null {
    const bytes = this.textBytes(ordinal);
    return bytes === null ? null : decoder.decode(bytes);
  }

  /** The bytes of a text, which may not be UTF-8; `null` when absent. */
  textBytes(ordinal: number): Uint8Array | null {
    const at = this.#indirect(ordinal);
    if (at === 0) return null;
    const source = this.#source;
    const length = source.view.getUint32(at, true);
    source.text -= length;
    if (length > source.bytes.length - at - 4 || source.text < 0) {
      throw corrupt("a text is too long");
    }
    return source.bytes.subarray(at + 4, at + 4 + length);
  }

  /** A table; `null` when absent. */
  table(ordinal: number): FlatTable | null {
    const at = this.#indirect(ordinal);
    return at === 0 ? null : new FlatTable(this.#source, at);
  }

  /** A vector of tables; empty when absent. Read one at a time. */
  tables(ordinal: number): { readonly length: number; at(index: number): FlatTable } {
    const [start, length] = this.#vector(ordinal, 4);
    const source = this.#source;
    return {
      length,
      at: (index) => {
        const at = start + 4 * index;
        return new FlatTable(source, at + source.view.getUint32(at, true));
      },
    };
  }

  /** A vector of 32-bit integers; empty when absent. */
  int32s(ordinal: number): number[] {
    const [start, length] = this.#vector(ordinal, 4);
    return Array.from({ length }, (_, i) => this.#source.view.getInt32(start + 4 * i, true));
  }

  /** A vector of structs that are `words` integers of 64 bits each; empty when absent. */
  structs(ordinal: number, words: number): FlatStructs {
    const [start, length] = this.#vector(ordinal, 8 * words);
    return new FlatStructs(this.#source.view, start, length, words);
  }

  #vector(ordinal: number, size: number): [start: number, length: number] {
    const at = this.#indirect(ordinal);
    if (at === 0) return [0, 0];
    const length = this.#source.view.getUint32(at, true);
    if (length * size > this.#source.bytes.length - at - 4) throw corrupt("a vector is too long");
    return [at + 4, length];
  }
}

/** A vector of structs of 64-bit integers. */
export class FlatStructs {
  readonly #view: DataView;
  readonly #start: number;
  readonly #words: number;
  /** Number of structs. */
  readonly length: number;

  /** For use within this module. */
  constructor(view: DataView, start: number, length: number, words: number) {
    this.#view = view;
    this.#start = start;
    this.#words = words;
    this.length = length;
  }

  /** A word as it is. */
  int64(index: number, word: number): bigint {
    return this.#view.getBigInt64(this.#start + 8 * (index * this.#words + word), true);
  }

  /** A word that is a count or a size. */
  size(index: number, word: number): number {
    return sizeAt(this.#view, this.#start + 8 * (index * this.#words + word));
  }

  /** The lower half of a word. */
  int32(index: number, word: number): number {
    return this.#view.getInt32(this.#start + 8 * (index * this.#words + word), true);
  }
}

/** A size of 64 bits: most are read for each batch, so no BigInt is made of it. */
function sizeAt(view: DataView, at: number): number {
  const low = view.getUint32(at, true), high = view.getUint32(at + 4, true);
  if (high >= 2 ** 21) throw corrupt(`${view.getBigInt64(at, true)} is not a size`);
  return high * 2 ** 32 + low;
}

function corrupt(reason: string): FormatError {
  return new FormatError(`Cannot read Arrow metadata: ${reason}`);
}

/** Runs a function that reads FlatBuffers; what trips over their bounds becomes a {@linkcode FormatError}. */
export function readingFlatBuffer<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    // Out of the view's bounds, or text that is not UTF-8.
    if (cause instanceof RangeError || cause instanceof TypeError) {
      throw new FormatError("Cannot read Arrow metadata: it is corrupt", { cause });
    }
    throw cause;
  }
}
