/**
 * Columns of text and of bytes.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, LeafBuilder } from "./column_builder.ts";
import { FixedBuilder } from "./fixed_builders.ts";
import { isDate, Misfit, misfit, Overfull, shown } from "./misfit.ts";

/** Bytes that offsets of 32 bits reach. */
const MAX_BYTES = 2 ** 31 - 1;
/** Bytes that a data buffer is made of at least. */
const FIRST_BYTES = 1024;

/** Values of variable size. */
export abstract class VariableBuilder<Values = ArrayLike<unknown>> extends LeafBuilder<Values>
  implements ColumnBuilder<Values> {
  /** One more than there are slots. */
  protected offsets = new Int32Array(1);
  protected data = new Uint8Array(0);

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.offsets[this.length]! + 4 * (this.length + 1) + this.validityBytes;
  }

  /** {@linkcode SlotBuilder.grow} */
  protected override grow(capacity: number): void {
    const before = this.offsets;
    this.offsets = new Int32Array(capacity + 1);
    this.offsets.set(before.subarray(0, this.length + 1));
  }

  /** Makes room for `count` bytes from `at` on. */
  protected reserveBytes(at: number, count: number): void {
    const needed = at + count;
    if (needed <= this.data.length) return;
    if (needed > MAX_BYTES) throw new Overfull(needed);
    const before = this.data;
    const room = Math.min(MAX_BYTES, Math.max(FIRST_BYTES, needed, before.length * 2));
    this.data = new Uint8Array(room);
    this.data.set(before.subarray(0, at));
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    const { length, offsets } = this;
    return rawArray({
      length,
      ...this.validityParts(),
      offsets: new Uint8Array(offsets.buffer, 0, 4 * (length + 1)),
      values: this.data.subarray(0, offsets[length]),
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    // What a huge value took is given back.
    const huge = this.data.length > 8 * 2 ** 20;
    this.restartSlots(fresh);
    if (fresh || huge) this.data = new Uint8Array(0);
    if (fresh) this.offsets = new Int32Array(1);
  }
}

/** Characters, and strings, that are encoded in one go: a call of the encoder costs more than a short string. */
const RUN_CHARACTERS = 16_384, RUN_STRINGS = 1024;

const encoder = new TextEncoder();

/** Text. Strings are joined and encoded together: a fifth of the time of one by one (Node, 15 characters each). */
export class Utf8Builder extends VariableBuilder {
  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    let at = this.offsets[slot]!;
    for (let first = from; first < to;) {
      let text = "", next = first;
      const end = Math.min(to, first + RUN_STRINGS);
      for (; next < end && text.length < RUN_CHARACTERS; next++) {
        const value = values[next];
        if (typeof value === "string") text += value;
        else if (value === null || value === undefined) {
          this.markNull(slot + next - from, next, value);
        } else throw misfit(next, value, "utf8", "a string");
      }
      const written = this.#encode(text, at);
      at = written === text.length
        ? this.#asciiOffsets(values, first, next, slot + first - from, at)
        : this.#utf8Offsets(values, first, next, slot + first - from, at);
      first = next;
    }
  }

  #encode(text: string, at: number): number {
    // The number of bytes is not known before; few long texts have three times as many as characters.
    const room = text.length <= 4 * RUN_CHARACTERS ? text.length * 3 : text.length;
    this.reserveBytes(at, room);
    let { read, written } = encoder.encodeInto(text, this.data.subarray(at));
    while (read < text.length) {
      const rest = read === 0 ? text : text.slice(read);
      this.reserveBytes(at + written, Math.min(rest.length * 3, Math.max(rest.length * 2, 64)));
      const more = encoder.encodeInto(rest, this.data.subarray(at + written));
      read += more.read;
      written += more.written;
    }
    return written;
  }

  /** As many bytes as characters: every value is ASCII. */
  #asciiOffsets(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
    at: number,
  ): number {
    const { offsets } = this;
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (typeof value === "string") at += value.length;
      offsets[++slot] = at;
    }
    return at;
  }

  #utf8Offsets(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
    at: number,
  ): number {
    const { offsets } = this;
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (typeof value === "string") {
        const bytes = utf8Length(value);
        if (bytes < 0) {
          throw new Misfit(
            i,
            `Cannot write ${shown(value)} as utf8: it is not well-formed (a lone surrogate)`,
          );
        }
        at += bytes;
      }
      offsets[++slot] = at;
    }
    return at;
  }
}

/** Bytes of a string in UTF-8; −1 where it has a lone surrogate. */
function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes++;
    else if ((unit & 0xf800) !== 0xd800) bytes += 2;
    else {
      // A pair is two units and four bytes.
      if (unit >= 0xdc00 || (text.charCodeAt(i + 1) & 0xfc00) !== 0xdc00) return -1;
      bytes += 2;
      i++;
    }
  }
  return bytes;
}

/** JSON: texts of it as they are, anything else in the form that `JSON.stringify` gives it. */
export class JsonBuilder extends Utf8Builder {
  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    const texts: unknown[] = [];
    for (let i = from; i < to; i++) texts.push(jsonText(values[i], i));
    try {
      super.put(texts, 0, texts.length, slot);
    } catch (error) {
      if (error instanceof Misfit) error.index += from;
      throw error;
    }
  }
}

function jsonText(value: unknown, index: number): unknown {
  if (value === null || value === undefined) return value;
  if (typeof value === "string") {
    try {
      JSON.parse(value);
      return value;
    } catch {
      throw misfit(index, value, "json", "a JSON text, or a value other than a string");
    }
  }
  try {
    const text = JSON.stringify(value);
    // What `JSON.stringify` makes of values that JSON has no form for, without a word.
    if (text !== undefined && TRACES_OF_LOSS.test(text)) JSON.stringify(value, refuseLoss);
    if (text !== undefined) return text;
  } catch (error) {
    // Some runtimes draw a circle over several lines.
    const reason = error instanceof Error ? error.message.split("\n")[0] : "it cannot be converted";
    throw new Misfit(index, `Cannot write ${shown(value)} as json: ${reason}`);
  }
  throw misfit(index, value, "json", "a value that JSON has a form for");
}

/** `null` of NaN, functions and invalid Dates, `{}` of Maps, Promises and buffers, members by index of typed arrays, `Buffer`s. */
const TRACES_OF_LOSS = /null|\{\}|\{"0":|\{"type":"Buffer"/;

/** A replacer of `JSON.stringify`, called with the object that holds the value. */
function refuseLoss(this: unknown, key: string, value: unknown): unknown {
  const original = (this as Record<string, unknown>)[key];
  if (isLost(value, original)) throw new Error(`JSON has no form for ${shown(original)}`);
  return value;
}

/** Whether JSON does not say what a value was; `original` is the value before its `toJSON()`. */
function isLost(value: unknown, original: unknown): boolean {
  if (typeof original === "object" && original !== null && isBuffer(original)) return true;
  switch (typeof value) {
    case "number":
      return !Number.isFinite(value);
    case "function":
    case "symbol":
      return true;
    case "object":
      return value === null
        ? typeof original === "object" && original !== null && isDate(original)
        : isOpaque(value);
    default:
      return false;
  }
}

/** Whether an object has all that it holds inside, as Maps, Promises, and instances with private members do: JSON would have nothing of it. */
function isOpaque(value: object): boolean {
  if (value instanceof Map || value instanceof Set) return true;
  if (Array.isArray(value) || Object.keys(value).length > 0) return false;
  if (/^\[object (?:Number|String|Boolean)\]$/.test(Object.prototype.toString.call(value))) {
    return false;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== null && Object.getPrototypeOf(prototype) !== null;
}

function isBuffer(value: object): boolean {
  return ArrayBuffer.isView(value) ||
    /^\[object (?:Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value));
}

/** The bytes of a value; `null` where it is not bytes. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== "object" || value === null) return null;
  switch (Object.prototype.toString.call(value)) {
    case "[object Uint8Array]":
    case "[object Uint8ClampedArray]": {
      const { buffer, byteOffset, byteLength } = value as Uint8Array;
      return new Uint8Array(buffer, byteOffset, byteLength);
    }
    case "[object ArrayBuffer]":
    case "[object SharedArrayBuffer]":
      return new Uint8Array(value as ArrayBuffer);
    default:
      return null;
  }
}

/** Bytes of any number. */
export class BinaryBuilder extends VariableBuilder {
  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    let at = this.offsets[slot]!;
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (value === null || value === undefined) {
        this.markNull(slot, i, value);
      } else {
        const bytes = bytesOf(value);
        if (bytes === null) throw misfit(i, value, "binary", "a Uint8Array or an ArrayBuffer");
        this.reserveBytes(at, bytes.length);
        this.data.set(bytes, at);
        at += bytes.length;
      }
      this.offsets[slot + 1] = at;
    }
  }
}

/** Bytes of a certain number. */
export class FixedBinaryBuilder extends FixedBuilder {
  readonly #bytes: number;
  readonly #isUuid: boolean;
  #values = new Uint8Array(0);

  /** Begins with no slots. UUIDs may be texts too. */
  constructor(nullable: boolean, byteWidth: number, isUuid: boolean) {
    super(nullable, byteWidth);
    this.#bytes = byteWidth;
    this.#isUuid = isUuid;
  }

  protected override look(memory: ArrayBuffer): void {
    this.#values = new Uint8Array(memory);
  }

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    const width = this.#bytes;
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (value === null || value === undefined) {
        this.#values.fill(0, slot * width, (slot + 1) * width);
        this.markNull(slot, i, value);
        continue;
      }
      if (this.#isUuid && typeof value === "string") {
        if (!putUuid(value, this.#values, slot * 16)) throw this.#misfit(i, value);
        continue;
      }
      const bytes = bytesOf(value);
      if (bytes?.length !== width) throw this.#misfit(i, value);
      this.#values.set(bytes, slot * width);
    }
  }

  #misfit(index: number, value: unknown): Misfit {
    return this.#isUuid
      ? misfit(index, value, "uuid", "a text of 32 hexadecimal digits in five groups, or 16 bytes")
      : misfit(index, value, `fixedSizeBinary(${this.#bytes})`, `${this.#bytes} bytes`);
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function putUuid(text: string, out: Uint8Array, at: number): boolean {
  if (text.length !== 36 || !UUID.test(text)) return false;
  for (let i = 0; i < 36; i += 2) {
    if (text.charCodeAt(i) === 45) i++;
    out[at++] = digit(text.charCodeAt(i)) * 16 + digit(text.charCodeAt(i + 1));
  }
  return true;
}

function digit(code: number): number {
  return code < 58 ? code - 48 : (code | 32) - 87;
}
