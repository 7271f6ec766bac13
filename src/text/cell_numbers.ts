/**
 * Columns of numbers from cells, without a string in between.
 *
 * @module
 */

import { FixedBuilder } from "../rows/fixed_builders.ts";
import { misfit } from "../rows/misfit.ts";
import { asciiText, type Cells, NULL, PLAIN } from "./cells.ts";
import { decimalToDouble } from "./decimal_to_double.ts";

const MINUS = 45, ZERO = 48;
/** Digits that are added up in 32 bits, and in a double. */
const SMALL_DIGITS = 9, EXACT_DIGITS = 15;

const INTEGER = /^[+-]?\d+$/;

/** A cell as an integer; `null`: it is none. Blanks around it do not count. */
function slowInteger(cells: Cells, k: number): bigint | null {
  const text = cells.text(k).trim();
  return text.length <= 64 && INTEGER.test(text) ? BigInt(text) : null;
}

/** Integers of 64 bits. */
export class CellInt64Builder extends FixedBuilder<Cells> {
  readonly #signed: boolean;
  #big = new BigInt64Array(0);
  #words = new Int32Array(0);

  /** Begins with no slots. */
  constructor(nullable: boolean, signed: boolean) {
    super(nullable, 8);
    this.#signed = signed;
  }

  protected override look(memory: ArrayBuffer): void {
    this.#big = new BigInt64Array(memory);
    this.#words = new Int32Array(memory);
  }

  protected override put(cells: Cells, from: number, to: number, slot: number): void {
    const { bytes, starts, ends, kinds, stride, column } = cells;
    const words = this.#words;
    for (let row = from, k = from * stride + column; row < to; row++, k += stride, slot++) {
      if (kinds[k]! >= NULL) {
        this.markNull(slot, row, null);
        continue;
      }
      const end = ends[k]!;
      let at = starts[k]!, value = 0;
      const isNegative = bytes[at] === MINUS;
      if (isNegative) at++;
      const digits = end - at;
      if (digits > EXACT_DIGITS || digits <= 0) {
        this.#putSlow(cells, k, row, slot);
        continue;
      }
      let digit = 0;
      const smallEnd = digits <= SMALL_DIGITS ? end : at + SMALL_DIGITS;
      for (; at < smallEnd; at++) {
        digit = bytes[at]! - ZERO;
        if (digit >>> 0 > 9) break;
        value = value * 10 + digit | 0;
      }
      if (at === end) {
        if (isNegative) value = -value;
        words[2 * slot] = value;
        words[2 * slot + 1] = value >> 31;
        if (!isNegative || this.#signed) continue;
      }
      let large = value;
      for (; at < end; at++) {
        digit = bytes[at]! - ZERO;
        if (digit >>> 0 > 9) break;
        large = large * 10 + digit;
      }
      if (at < end || (isNegative && !this.#signed)) {
        this.#putSlow(cells, k, row, slot);
        continue;
      }
      if (isNegative) large = -large;
      const high = Math.floor(large / 4294967296);
      words[2 * slot] = large - high * 4294967296;
      words[2 * slot + 1] = high;
    }
  }

  #putSlow(cells: Cells, k: number, row: number, slot: number): void {
    const value = slowInteger(cells, k), signed = this.#signed;
    if (
      value === null || (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) !== value
    ) {
      const type = signed ? "int64" : "uint64";
      throw misfit(
        row,
        cells.text(k),
        type,
        `an integer of 64 bits${signed ? "" : " that is not negative"}`,
      );
    }
    this.#big[slot] = value;
  }
}

type SmallInts = Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array;

const SMALL_INTS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
};

/** Integers of 8 to 32 bits. */
export class CellSmallIntBuilder extends FixedBuilder<Cells> {
  readonly #name: keyof typeof SMALL_INTS;
  readonly #min: number;
  readonly #max: number;
  #values: SmallInts;

  /** Begins with no slots. */
  constructor(nullable: boolean, bitWidth: 8 | 16 | 32, signed: boolean) {
    super(nullable, bitWidth / 8);
    this.#name = `${signed ? "" : "u"}int${bitWidth}`;
    this.#min = signed ? -(2 ** (bitWidth - 1)) : 0;
    this.#max = 2 ** (signed ? bitWidth - 1 : bitWidth) - 1;
    this.#values = new SMALL_INTS[this.#name](0);
  }

  protected override look(memory: ArrayBuffer): void {
    this.#values = new SMALL_INTS[this.#name](memory);
  }

  protected override put(cells: Cells, from: number, to: number, slot: number): void {
    const { bytes, starts, ends, kinds, stride, column } = cells;
    const out = this.#values, min = this.#min, max = this.#max;
    for (let row = from, k = from * stride + column; row < to; row++, k += stride, slot++) {
      if (kinds[k]! >= NULL) {
        this.markNull(slot, row, null);
        continue;
      }
      const end = ends[k]!;
      let at = starts[k]!, value = 0;
      const isNegative = bytes[at] === MINUS;
      if (isNegative) at++;
      const digits = end - at;
      if (digits > 0 && digits <= EXACT_DIGITS) {
        for (; at < end; at++) {
          const digit = bytes[at]! - ZERO;
          if (digit >>> 0 > 9) break;
          value = value * 10 + digit;
        }
      }
      if (isNegative) value = -value;
      if (digits <= 0 || at < end) value = Number(slowInteger(cells, k) ?? NaN);
      if (!(value >= min && value <= max)) {
        throw misfit(row, cells.text(k), this.#name, `an integer from ${min} to ${max}`);
      }
      out[slot] = value;
    }
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** A text as a number, in any usual form; `null`: it is none, or one beyond all doubles. */
export function textToNumber(text: string): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) {
    const number = Number(trimmed);
    return Number.isFinite(number) ? number : null;
  }
  if (/^[+-]?nan$/i.test(trimmed)) return NaN;
  const infinite = INFINITE.exec(trimmed);
  return infinite === null ? null : infinite[1] === "-" ? -Infinity : Infinity;
}

/** Floats of 32 and 64 bits, each the nearest one to what the text says. */
export class CellFloatBuilder extends FixedBuilder<Cells> {
  readonly #wide: boolean;
  #values: Float32Array | Float64Array;

  /** Begins with no slots. */
  constructor(nullable: boolean, bitWidth: 32 | 64) {
    super(nullable, bitWidth / 8);
    this.#wide = bitWidth === 64;
    this.#values = this.#wide ? new Float64Array(0) : new Float32Array(0);
  }

  protected override look(memory: ArrayBuffer): void {
    this.#values = this.#wide ? new Float64Array(memory) : new Float32Array(memory);
  }

  protected override put(cells: Cells, from: number, to: number, slot: number): void {
    const { bytes, starts, ends, kinds, stride, column } = cells;
    const out = this.#values;
    for (let row = from, k = from * stride + column; row < to; row++, k += stride, slot++) {
      const kind = kinds[k]!;
      if (kind >= NULL) {
        this.markNull(slot, row, null);
        continue;
      }
      let value = decimalToDouble(bytes, starts[k]!, ends[k]!);
      if (value !== value) value = this.#slow(cells, k, row);
      out[slot] = value;
      if (!this.#wide && !Number.isFinite(out[slot]!) && Number.isFinite(value)) {
        throw misfit(row, cells.text(k), "float32", "a number of at most 3.4e38");
      }
    }
  }

  #slow(cells: Cells, k: number, row: number): number {
    const text = cells.kinds[k] === PLAIN
      ? asciiText(cells.bytes, cells.starts[k]!, cells.ends[k]!)
      : cells.text(k);
    const value = textToNumber(text);
    if (value === null) {
      const limit = NUMBER.test(text.trim())
        ? ` of at most ${this.#wide ? "1.8e308" : "3.4e38"}`
        : "";
      throw misfit(row, text, this.#wide ? "float64" : "float32", `a number${limit}`);
    }
    return value;
  }
}

const PLUS = 43, POINT = 46, BLANK = 32;

/**
 * Refuses cells that numbers are not found out from: codes and telephone numbers, whose leading zeros and plus signs would be lost.
 *
 * @param type Of the column, for the error.
 */
export function refuseCodes(cells: Cells, from: number, to: number, type: string): void {
  const { bytes, starts, ends, kinds, stride, column } = cells;
  for (let row = from, k = from * stride + column; row < to; row++, k += stride) {
    const end = ends[k]!;
    let at = starts[k]!;
    // Almost all begin with another digit.
    if (bytes[at]! > ZERO || kinds[k]! >= NULL) continue;
    while (at < end && bytes[at]! <= BLANK) at++;
    if (bytes[at] === MINUS) at++;
    const first = bytes[at]!, next = at + 1 < end ? bytes[at + 1]! : 0;
    const isDigit = next - ZERO >>> 0 <= 9;
    if ((first === ZERO && isDigit) || (first === PLUS && (isDigit || next === POINT))) {
      throw misfit(row, cells.text(k), type, CODE);
    }
  }
}

/** What is expected where there is a code. */
export const CODE = "a number without leading zeros or a plus sign, as those before it";
