/**
 * A partition column: its values as the texts by which folders and table formats tell partitions apart.
 *
 * Texts are those of Hive, Spark and the Delta protocol: `true`, `-7`, `1.5`, `12.50`, `2026-01-31`, `2026-01-31 12:00:00.123456`,
 * and `2026-01-31T12:00:00.123456Z` for instants.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#partition-value-serialization
 *
 * @module
 */

import { isBitSet } from "../arrow/bitmap.ts";
import type { BytesArray, ColumnArray, FixedArray } from "../arrow/column_array.ts";
import { offsetAt } from "../arrow/offsets.ts";
import { readKey } from "../arrow/take.ts";
import type { ArrowField, ArrowType, TimeUnit } from "../arrow/types.ts";
import { typeName } from "../arrow/same_type.ts";
import { dateText } from "../file/bound_text.ts";
import { SchemaError } from "../util/errors.ts";

const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

/** Code of null, and of an empty text. */
const NULL_CODE = 0;

/** Values of one partition column. Equal values have the same code for as long as the writer lives. */
export class PartitionColumn {
  readonly name: string;
  /** Text of each code. */
  readonly texts: (string | null)[] = [null];
  readonly #text: (bytes: DataView) => string;
  readonly #codes = new Map<string, number>();
  /** Codes of fixed values by their bits. */
  readonly #numbers = new Map<number, number>();
  #dictionary: object | null = null;
  /** Codes of the entries of a dictionary; −1: not known yet. */
  #entries = new Int32Array(0);

  /**
   * @param field The column.
   * @throws {SchemaError} When partitions cannot be told apart by values of its type.
   */
  constructor(field: ArrowField) {
    this.name = field.name;
    this.#text = textOf(field.name, storageOf(field.type));
  }

  /** Writes the code of each slot. */
  codes(array: ColumnArray, length: number, codes: Int32Array): void {
    const { validity } = array;
    const isNull = validity === null ? null : (slot: number) => !isBitSet(validity, slot);
    switch (array.shape) {
      case "null":
        codes.fill(NULL_CODE, 0, length);
        return;
      case "boolean":
        for (let i = 0; i < length; i++) {
          codes[i] = isNull?.(i)
            ? NULL_CODE
            : this.#codeOf(isBitSet(array.values, i) ? "true" : "false");
        }
        return;
      case "fixed":
        return this.#fixed(array, length, codes, isNull);
      case "bytes":
        return this.#bytes(array, length, codes, isNull);
      case "dictionary": {
        if (this.#dictionary !== array.dictionary) {
          this.#dictionary = array.dictionary;
          this.#entries = new Int32Array(array.dictionary.length).fill(-1);
        }
        const entries = this.#entries;
        const one = new Int32Array(1);
        for (let i = 0; i < length; i++) {
          const key = isNull?.(i) ? -1 : readKey(array, i);
          if (key < 0) {
            codes[i] = NULL_CODE;
            continue;
          }
          let code = entries[key]!;
          if (code < 0) {
            this.codes(slotOf(array.dictionary, key), 1, one);
            code = entries[key] = one[0]!;
          }
          codes[i] = code;
        }
        return;
      }
    }
  }

  #fixed(
    { values, width }: FixedArray,
    length: number,
    codes: Int32Array,
    isNull: ((slot: number) => boolean) | null,
  ): void {
    const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
    // Whole words where they may be: most rows have the value of the row before.
    const wide = width % 4 === 0 && values.byteOffset % 4 === 0;
    const words = wide
      ? new Uint32Array(values.buffer, values.byteOffset, values.byteLength >> 2)
      : values;
    const step = wide ? width >> 2 : width;
    let last = -1, lastWord = 0;
    for (let i = 0, at = 0; i < length; i++, at += step) {
      if (isNull !== null && isNull(i)) {
        codes[i] = NULL_CODE;
        continue;
      }
      if (last < 0 || words[at] !== words[lastWord] || !isSame(words, at, lastWord, step)) {
        last = this.#fixedCode(view, i * width, width);
        lastWord = at;
      }
      codes[i] = last;
    }
  }

  #fixedCode(view: DataView, at: number, width: number): number {
    const slot = () => new DataView(view.buffer, view.byteOffset + at, width);
    // Of wider ones, two may share a number.
    const number = width === 4
      ? view.getUint32(at, true)
      : width === 2
      ? view.getUint16(at, true)
      : width === 1
      ? view.getUint8(at)
      : width === 8 && view.getUint32(at + 4, true) < 2 ** 21
      ? view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true)
      : null;
    if (number === null) return this.#codeOf(this.#text(slot()));
    const known = this.#numbers.get(number);
    if (known !== undefined) return known;
    const code = this.#codeOf(this.#text(slot()));
    this.#numbers.set(number, code);
    return code;
  }

  #bytes(
    { offsets, data }: BytesArray,
    length: number,
    codes: Int32Array,
    isNull: ((slot: number) => boolean) | null,
  ): void {
    let last = -1, lastStart = 0, lastLength = 0;
    for (let i = 0; i < length; i++) {
      if (isNull?.(i)) {
        codes[i] = NULL_CODE;
        continue;
      }
      const start = offsetAt(offsets, i), size = offsetAt(offsets, i + 1) - start;
      if (last < 0 || size !== lastLength || !isSame(data, start, lastStart, size)) {
        last = this.#codeOf(utf8.decode(data.subarray(start, start + size)));
        lastStart = start;
        lastLength = size;
      }
      codes[i] = last;
    }
  }

  #codeOf(text: string): number {
    if (text === "") return NULL_CODE;
    const known = this.#codes.get(text);
    if (known !== undefined) return known;
    const code = this.texts.push(text) - 1;
    this.#codes.set(text, code);
    return code;
  }
}

function isSame(data: Uint8Array | Uint32Array, a: number, b: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (data[a + i] !== data[b + i]) return false;
  return true;
}

/** One slot of a dictionary as an array. */
function slotOf(array: Exclude<ColumnArray, { shape: "dictionary" }>, slot: number): ColumnArray {
  switch (array.shape) {
    case "fixed": {
      const { width, values } = array;
      const part = values.subarray(slot * width, (slot + 1) * width);
      return { shape: "fixed", length: 1, validity: null, width, values: part };
    }
    case "bytes": {
      const { offsets, data } = array;
      const part = offsets.subarray(slot, slot + 2) as typeof offsets;
      return { shape: "bytes", length: 1, validity: null, offsets: part, data };
    }
    case "boolean": {
      const { bytes, bitOffset } = array.values;
      const values = { bytes, bitOffset: bitOffset + slot };
      return { shape: "boolean", length: 1, validity: null, values };
    }
    default:
      return array;
  }
}

/** What dictionaries and runs stand for. */
function storageOf(type: ArrowType): ArrowType {
  if (type.kind === "dictionary") return storageOf(type.value);
  return type.kind === "runEndEncoded" ? storageOf(type.values.type) : type;
}

function textOf(name: string, type: ArrowType): (bytes: DataView) => string {
  switch (type.kind) {
    case "null":
    case "bool":
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      // Their arrays are not of fixed width.
      return () => "";
    case "int":
      return (bytes) => String(integer(bytes, type.signed));
    case "float":
      if (type.bitWidth !== 16) {
        return (bytes) =>
          String(type.bitWidth === 32 ? bytes.getFloat32(0, true) : bytes.getFloat64(0, true));
      }
      break;
    case "decimal":
      return (bytes) => decimalText(integer(bytes, true), type.scale);
    case "date":
      if (type.unit === "day") {
        return (bytes) => dateText(BigInt(bytes.getInt32(0, true)));
      }
      break;
    case "timestamp":
      return (bytes) => timestampText(integer(bytes, true), type.unit, type.timezone !== null);
  }
  throw new SchemaError(
    name,
    `Cannot partition by a column of type ${
      typeName(type)
    }: valid are bool, int, float32, float64, decimal, date32, timestamp and utf8`,
  );
}

function integer(bytes: DataView, signed: boolean): bigint {
  let value = 0n;
  for (let at = bytes.byteLength - 1; at >= 0; at--) {
    value = value << 8n | BigInt(bytes.getUint8(at));
  }
  return signed ? BigInt.asIntN(8 * bytes.byteLength, value) : value;
}

function decimalText(unscaled: bigint, scale: number): string {
  if (scale <= 0) return String(unscaled);
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

const PER_SECOND: Readonly<Record<TimeUnit, bigint>> = {
  second: 1n,
  millisecond: 1_000n,
  microsecond: 1_000_000n,
  nanosecond: 1_000_000_000n,
};

function timestampText(value: bigint, unit: TimeUnit, isInstant: boolean): string {
  const perSecond = PER_SECOND[unit], perDay = perSecond * 86_400n;
  const ofDay = (value % perDay + perDay) % perDay;
  const fraction = ofDay % perSecond;
  const clock = new Date(Number(ofDay / perSecond) * 1000).toISOString().slice(11, 19);
  const day = dateText((value - ofDay) / perDay);
  const digits = fraction === 0n
    ? ""
    : `.${String(fraction).padStart(String(perSecond).length - 1, "0").padEnd(6, "0")}`;
  return isInstant ? `${day}T${clock}${digits}Z` : `${day} ${clock}${digits}`;
}
