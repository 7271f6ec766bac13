/**
 * Types of columns, found out from the cells of the first records.
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import { type IsoParts, parseIso, parseIsoTime } from "../rows/iso_text.ts";
import { type Cells, NULL } from "./cells.ts";

/** What a cell may be, a bit each. */
const BOOL = 1, INT64 = 2, DECIMAL = 4, FLOAT = 8, DATE = 16, LOCAL = 32, MOMENT = 64, TIME = 128;
const ANYTHING = 255;

const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const FRACTION = /^-?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const NOT_FINITE = /^(?:nan|[+-]?inf(?:inity)?)$/i;
const BOOLEAN = /^(?:true|false)$/i;
/** Digits that fit a decimal of 128 bits. */
const MAX_DECIMAL_DIGITS = 38;
/** Characters of the longest text that is anything but text. */
const MAX_LENGTH = 400;

const INT64_MAX = 2n ** 63n - 1n;

/** The nanoseconds since 1970 that fit 64 bits, in days. */
const MAX_NANOSECOND_DAYS = 106_750;

/** What was seen of a column. */
export class ColumnEvidence {
  #candidates = ANYTHING;
  #isSeen = false;
  /** Whether some number is one: a column of "inf" alone is of text. */
  #hasNumber = false;
  /** Whether some moment has more than six decimals, and whether all moments could be counted in nanoseconds. */
  #needsNanoseconds = false;
  #fitsNanoseconds = true;

  /** Looks at a text that is not null. */
  add(text: string): void {
    this.#isSeen = true;
    if (this.#candidates !== 0) this.#candidates &= this.#classify(text.trim());
  }

  /** Looks at a cell that is not null and has only digits, few. */
  addSmallInteger(): void {
    this.#isSeen = true;
    this.#hasNumber = true;
    this.#candidates &= INT64 | DECIMAL | FLOAT;
  }

  /** Whether it is text, whatever comes. */
  get isText(): boolean {
    return this.#candidates === 0;
  }

  /** The type: text where there is no other, and where there was nothing but nulls. */
  type(): ArrowType {
    const candidates = this.#isSeen ? this.#candidates : 0;
    const unit = this.#needsNanoseconds ? "nanosecond" : "microsecond";
    if (this.#needsNanoseconds && !this.#fitsNanoseconds) return { kind: "utf8" };
    if (candidates & BOOL) return { kind: "bool" };
    if (this.#hasNumber) {
      if (candidates & INT64) return { kind: "int", bitWidth: 64, signed: true };
      if (candidates & DECIMAL) return { kind: "decimal", bitWidth: 128, precision: 38, scale: 0 };
      if (candidates & FLOAT) return { kind: "float", bitWidth: 64 };
    }
    if (candidates & DATE) return { kind: "date", unit: "day" };
    if (candidates & LOCAL) return { kind: "timestamp", unit, timezone: null };
    if (candidates & MOMENT) return { kind: "timestamp", unit, timezone: "UTC" };
    if (candidates & TIME) return { kind: "time", bitWidth: 64, unit };
    return { kind: "utf8" };
  }

  #classify(text: string): number {
    if (text.length === 0 || text.length > MAX_LENGTH) return 0;
    const first = text.charCodeAt(0);
    // Letters begin booleans and what is not finite; all else begins with digits, a sign or a point.
    if (first > 57) {
      return BOOLEAN.test(text) ? BOOL : NOT_FINITE.test(text) ? FLOAT : 0;
    }
    if (INTEGER.test(text)) {
      this.#hasNumber = true;
      const digits = text.length - (first === 45 ? 1 : 0);
      if (digits < 19) return INT64 | DECIMAL | FLOAT;
      // A double would say something else.
      if (digits > MAX_DECIMAL_DIGITS) return 0;
      const value = BigInt(text);
      return (value <= INT64_MAX && value >= -INT64_MAX - 1n ? INT64 : 0) | DECIMAL | FLOAT;
    }
    if (FRACTION.test(text)) {
      // A double would say that it is infinite.
      if (!Number.isFinite(Number(text))) return 0;
      this.#hasNumber = true;
      return FLOAT;
    }
    if (NOT_FINITE.test(text)) return FLOAT;
    return this.#classifyTime(text);
  }

  #classifyTime(text: string): number {
    const moment = parseIso(text);
    if (moment !== null) {
      if (Math.abs(moment.days!) > MAX_NANOSECOND_DAYS) this.#fitsNanoseconds = false;
      if (moment.seconds === null) return DATE | LOCAL;
      this.#noteFraction(moment);
      return moment.offset === null ? LOCAL : MOMENT;
    }
    const time = parseIsoTime(text);
    if (time === null) return 0;
    this.#noteFraction(time);
    return TIME;
  }

  #noteFraction({ nanoseconds }: IsoParts): void {
    if (nanoseconds % 1000 !== 0) this.#needsNanoseconds = true;
  }
}

/** Looks at all cells of some records. */
export function addCells(columns: readonly ColumnEvidence[], cells: Cells): void {
  const { bytes, starts, ends, kinds, stride, rows } = cells;
  columns.forEach((column, c) => {
    for (let row = 0, k = c; row < rows && !column.isText; row++, k += stride) {
      if (kinds[k]! >= NULL) continue;
      const start = starts[k]!, length = ends[k]! - start;
      if (isSmallInteger(bytes, start, length)) column.addSmallInteger();
      else column.add(length > MAX_LENGTH ? "text" : cells.text(k));
    }
  });
}

function isSmallInteger(bytes: Uint8Array, start: number, length: number): boolean {
  if (length === 0 || length > 15 || (length > 1 && bytes[start] === 48)) return false;
  for (let i = start; i < start + length; i++) if (bytes[i]! - 48 >>> 0 > 9) return false;
  return true;
}

const NO_METADATA: ReadonlyMap<string, string> = new Map();

/** The field of a column. */
export function inferredField(name: string, evidence: ColumnEvidence): ArrowField {
  return { name, type: evidence.type(), nullable: true, metadata: NO_METADATA };
}
