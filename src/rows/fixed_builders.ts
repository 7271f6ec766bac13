/**
 * Columns of one width a slot: booleans, integers, floats, and whatever is counted.
 *
 * @module
 */

import { type RawArray, rawArray } from "../arrow/raw_array.ts";
import { type ColumnBuilder, LeafBuilder } from "./column_builder.ts";
import { Misfit, misfit, shown } from "./misfit.ts";

/** A slot builder with `width` bytes a slot. */
export abstract class FixedBuilder<Values = ArrayLike<unknown>> extends LeafBuilder<Values>
  implements ColumnBuilder<Values> {
  readonly #width: number;
  /** The values, zero where nothing was put. */
  #memory = new ArrayBuffer(0);

  /** Begins with no slots. */
  constructor(nullable: boolean, width: number) {
    super(nullable);
    this.#width = width;
  }

  /** {@linkcode ColumnBuilder.byteLength} */
  get byteLength(): number {
    return this.length * this.#width + this.validityBytes;
  }

  /** Has views of new memory. */
  protected abstract look(memory: ArrayBuffer): void;

  /** {@linkcode SlotBuilder.grow} */
  protected override grow(capacity: number): void {
    const before = this.#memory;
    this.#memory = new ArrayBuffer((capacity * this.#width + 7) & ~7);
    new Uint8Array(this.#memory).set(new Uint8Array(before, 0, this.length * this.#width));
    this.look(this.#memory);
  }

  /** {@linkcode ColumnBuilder.array} */
  array(): RawArray {
    return rawArray({
      length: this.length,
      ...this.validityParts(),
      values: new Uint8Array(this.#memory, 0, this.length * this.#width),
    });
  }

  /** {@linkcode ColumnBuilder.restart} */
  restart(fresh: boolean): void {
    this.restartSlots(fresh);
    if (!fresh) return;
    this.#memory = new ArrayBuffer(0);
    this.look(this.#memory);
  }
}

/** Booleans, one bit each in the end. */
export class BooleanBuilder extends FixedBuilder {
  #values = new Uint8Array(0);

  /** Begins with no slots. */
  constructor(nullable: boolean) {
    super(nullable, 1);
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
    const out = this.#values;
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (value === true) out[slot] = 1;
      else if (value === false) out[slot] = 0;
      else if (value === null || value === undefined) this.markNull(slot, i, value);
      else throw misfit(i, value, "bool", "true or false");
    }
  }

  override array(): RawArray {
    const bits = new Uint8Array((this.length + 7) >>> 3);
    const values = this.#values;
    for (let i = 0; i < this.length; i++) if (values[i] === 1) bits[i >>> 3]! |= 1 << (i & 7);
    return rawArray({ length: this.length, ...this.validityParts(), values: bits });
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
export class SmallIntBuilder extends FixedBuilder {
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

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    if (values instanceof SMALL_INTS[this.#name]) {
      this.#values.set((values as SmallInts).subarray(from, to), slot);
      return;
    }
    const out = this.#values, min = this.#min, max = this.#max;
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (typeof value === "number") {
        if (!(value >= min && value <= max) || Math.floor(value) !== value) {
          throw this.#misfit(i, value);
        }
        out[slot] = value;
      } else if (value === null || value === undefined) {
        this.markNull(slot, i, value);
      } else if (typeof value === "bigint" && value >= min && value <= max) {
        out[slot] = Number(value);
      } else {
        throw this.#misfit(i, value);
      }
    }
  }

  #misfit(index: number, value: unknown): Misfit {
    const range = `an integer from ${this.#min} to ${this.#max}`;
    return misfit(index, value, this.#name, `${range}, as a number or bigint`);
  }
}

/** Whole numbers of 64 bits: integers, and what is counted in some unit. */
export class Int64Builder extends FixedBuilder {
  readonly #signed: boolean;
  readonly #name: string;
  /** Puts what is neither a number nor a bigint; `null`: nothing else is taken. */
  readonly #other: ((value: unknown, index: number) => number | bigint) | null;
  /** Checks a count once it is known; `null`: all are fine. */
  readonly #check: ((value: number | bigint, index: number) => void) | null;
  /** Whether numbers and bigints are counts; else they are put as what is neither. */
  readonly #counts: boolean;
  #big = new BigInt64Array(0);
  #words = new Int32Array(0);

  /** Begins with no slots. */
  constructor(
    nullable: boolean,
    signed: boolean,
    name: string,
    other: ((value: unknown, index: number) => number | bigint) | null = null,
    check: ((value: number | bigint, index: number) => void) | null = null,
    counts = true,
  ) {
    super(nullable, 8);
    this.#signed = signed;
    this.#name = name;
    this.#other = other;
    this.#check = check;
    this.#counts = counts;
  }

  protected override look(memory: ArrayBuffer): void {
    this.#big = new BigInt64Array(memory);
    this.#words = new Int32Array(memory);
  }

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    if (this.#check === null && this.#counts) {
      const same = this.#signed ? BigInt64Array : BigUint64Array;
      if (values instanceof same) {
        this.#big.set(values.subarray(from, to) as BigInt64Array, slot);
        return;
      }
    }
    const words = this.#words, other = this.#other, check = this.#check, signed = this.#signed;
    const counts = this.#counts;
    for (let i = from; i < to; i++, slot++) {
      let value = values[i];
      if (value === null || value === undefined) {
        this.markNull(slot, i, value);
        continue;
      }
      const isCount = counts && (typeof value === "number" || typeof value === "bigint");
      if (!isCount && other !== null) {
        value = other(value, i);
      }
      if (check !== null) check(value as number | bigint, i);
      if (typeof value === "number") {
        if ((value | 0) === value) {
          if (value < 0 && !signed) throw this.#misfit(i, values[i]);
          words[2 * slot] = value;
          words[2 * slot + 1] = value >> 31;
        } else if (Number.isSafeInteger(value) && (signed || value >= 0)) {
          // Floor, so that the lower half is never negative.
          const high = Math.floor(value / 4294967296);
          words[2 * slot] = value - high * 4294967296;
          words[2 * slot + 1] = high;
        } else {
          throw this.#misfit(i, values[i]);
        }
      } else if (
        typeof value === "bigint" &&
        (signed ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value)) === value
      ) {
        this.#big[slot] = value;
      } else {
        throw this.#misfit(i, values[i]);
      }
    }
  }

  #misfit(index: number, value: unknown): Misfit {
    const expected = this.#name === "int64" || this.#name === "uint64"
      ? `an integer of 64 bits${
        this.#signed ? "" : " that is not negative"
      }: a number up to 2^53 − 1, or a bigint`
      : "a whole number that fits 64 bits";
    return misfit(index, value, this.#name, expected);
  }
}

/** What is counted in 32 bits: days, seconds and milliseconds of a day. */
export class CountBuilder extends FixedBuilder {
  readonly #count: (value: unknown, index: number) => number;
  #values = new Int32Array(0);

  /** Begins with no slots; `count` gives the count that a value stands for, or throws. */
  constructor(nullable: boolean, count: (value: unknown, index: number) => number) {
    super(nullable, 4);
    this.#count = count;
  }

  protected override look(memory: ArrayBuffer): void {
    this.#values = new Int32Array(memory);
  }

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (value === null || value === undefined) this.markNull(slot, i, value);
      else this.#values[slot] = this.#count(value, i);
    }
  }
}

/** Floats of 32 and 64 bits. */
export class FloatBuilder extends FixedBuilder {
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

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    const out = this.#values, wide = this.#wide;
    if (values instanceof Float32Array || (wide && values instanceof Float64Array)) {
      out.set(values.subarray(from, to), slot);
      return;
    }
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (typeof value === "number") {
        out[slot] = value;
        if (!wide && !Number.isFinite(out[slot]!) && Number.isFinite(value)) {
          throw misfit(i, value, "float32", "a number of at most 3.4e38");
        }
      } else if (value === null || value === undefined) {
        this.markNull(slot, i, value);
      } else {
        out[slot] = exactNumber(value, i, wide ? DOUBLE : SINGLE);
      }
    }
  }
}

/** Floats of 16 bits. */
export class Float16Builder extends FixedBuilder {
  #values = new Uint16Array(0);

  /** Begins with no slots. */
  constructor(nullable: boolean) {
    super(nullable, 2);
  }

  protected override look(memory: ArrayBuffer): void {
    this.#values = new Uint16Array(memory);
  }

  protected override put(
    values: ArrayLike<unknown>,
    from: number,
    to: number,
    slot: number,
  ): void {
    for (let i = from; i < to; i++, slot++) {
      const value = values[i];
      if (value === null || value === undefined) {
        this.markNull(slot, i, value);
        continue;
      }
      const number = typeof value === "number" ? value : exactNumber(value, i, HALF);
      const bits = float16Bits(number);
      if ((bits & 0x7fff) === 0x7c00 && Number.isFinite(number)) {
        throw misfit(i, value, "float16", "a number of at most 65504");
      }
      this.#values[slot] = bits;
    }
  }
}

/** What floats hold: digits of a significand in bits, and the greatest number. */
interface FloatRange {
  readonly type: string;
  readonly bits: number;
  readonly most: number;
}

const DOUBLE: FloatRange = { type: "float64", bits: 53, most: Number.MAX_VALUE };
const SINGLE: FloatRange = { type: "float32", bits: 24, most: (2 - 2 ** -23) * 2 ** 127 };
const HALF: FloatRange = { type: "float16", bits: 11, most: 65504 };

/** A bigint as a number, where that loses nothing. */
function exactNumber(value: unknown, index: number, { type, bits, most }: FloatRange): number {
  if (typeof value !== "bigint") throw misfit(index, value, type, "a number");
  const number = Number(value);
  if (Math.abs(number) <= most && BigInt(number) === value) {
    let significand = Math.abs(number);
    while (significand >= 2 ** bits && significand % 2 === 0) significand /= 2;
    if (significand < 2 ** bits) return number;
  }
  throw new Misfit(index, `Cannot write ${shown(value)} as ${type}: it would be rounded`);
}

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of the half float that is nearest to a number, ties to even. */
export function float16Bits(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  scratch.setFloat64(0, value);
  const high = scratch.getUint32(0);
  const sign = (high >>> 16) & 0x8000;
  const magnitude = Math.abs(value);
  // Beyond the middle between the greatest half float and the next power of two.
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = ((high >>> 20) & 0x7ff) - 1023;
  // 1024 to 2048; a carry moves into the exponent by itself.
  const significand = roundHalfEven(magnitude * 2 ** (10 - exponent));
  return sign | ((exponent + 15) * 1024 + significand - 1024);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value), rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
