/**
 * Columns of decimals.
 *
 * @module
 */

import { FixedBuilder } from "./fixed_builders.ts";
import { Misfit, misfit, shown } from "./misfit.ts";

/** Digits of which a number has no two readings: what it prints is what was written. */
const MAX_EXACT = 1e15;
/** Characters of a text that are looked at. */
const MAX_TEXT = 256;
const NUMBER = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Decimals of any width, from bigints (whole), numbers (as they print) and texts. */
export class DecimalBuilder extends FixedBuilder {
  readonly #type: string;
  readonly #scale: number;
  /** 10 to the power of the scale. */
  readonly #factor: number;
  readonly #bigFactor: bigint;
  /** The greatest number of so many digits. */
  readonly #max: bigint;
  readonly #maxNumber: number;
  readonly #words: number;
  #values = new Int32Array(0);

  /** Begins with no slots. */
  constructor(nullable: boolean, bitWidth: number, precision: number, scale: number) {
    super(nullable, bitWidth / 8);
    this.#type = `decimal(${precision}, ${scale})`;
    this.#scale = scale;
    this.#factor = scale <= 15 ? 10 ** scale : NaN;
    this.#bigFactor = 10n ** BigInt(scale);
    this.#max = 10n ** BigInt(precision) - 1n;
    this.#maxNumber = Number(this.#max);
    this.#words = bitWidth / 32;
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
      if (value === null || value === undefined) {
        this.#putNumber(slot, 0);
        this.markNull(slot, i, value);
        continue;
      }
      if (typeof value === "number") {
        // Where dividing gives the number back, this is the decimal that it prints as.
        const scaled = Math.round(value * this.#factor);
        if (
          Math.abs(scaled) < MAX_EXACT && scaled / this.#factor === value &&
          Math.abs(scaled) <= this.#maxNumber
        ) {
          this.#putNumber(slot, scaled);
          continue;
        }
      }
      this.#putBigInt(slot, this.#unscaled(value, i));
    }
  }

  #putNumber(slot: number, value: number): void {
    const words = this.#words, at = slot * words;
    const high = Math.floor(value / 4294967296);
    this.#values[at] = value - high * 4294967296;
    if (words === 1) return;
    this.#values[at + 1] = high;
    const sign = value < 0 ? -1 : 0;
    for (let k = 2; k < words; k++) this.#values[at + k] = sign;
  }

  #putBigInt(slot: number, value: bigint): void {
    const words = this.#words, at = slot * words;
    for (let k = 0; k < words; k++) {
      this.#values[at + k] = Number(BigInt.asIntN(32, value));
      value >>= 32n;
    }
  }

  #unscaled(value: unknown, index: number): bigint {
    let unscaled: bigint;
    switch (typeof value) {
      case "bigint":
        unscaled = value * this.#bigFactor;
        break;
      case "number":
        if (!Number.isFinite(value)) throw this.#misfit(value, index);
        if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
          throw new Misfit(
            index,
            `Cannot write ${
              shown(value)
            } as ${this.#type}: numbers beyond 2^53 − 1 may have been rounded; pass a bigint or a string`,
          );
        }
        unscaled = this.#parse(String(value), value, index);
        break;
      case "string":
        unscaled = this.#parse(value, value, index);
        break;
      default:
        throw this.#misfit(value, index);
    }
    if (unscaled > this.#max || unscaled < -this.#max) {
      throw new Misfit(index, `Cannot write ${shown(value)} as ${this.#type}: it has more digits`);
    }
    return unscaled;
  }

  #parse(text: string, value: unknown, index: number): bigint {
    const match = text.length > MAX_TEXT ? null : NUMBER.exec(text);
    const [, sign, whole = "", fraction = "", exponent = "0"] = match ?? [];
    if (match === null || whole.length + fraction.length === 0) throw this.#misfit(value, index);
    const digits = BigInt(whole + fraction);
    const shift = Number(exponent) - fraction.length + this.#scale;
    let unscaled = digits;
    if (digits === 0n) unscaled = 0n;
    else if (shift > MAX_TEXT) throw this.#misfit(value, index);
    else if (shift >= 0) unscaled = digits * 10n ** BigInt(shift);
    else {
      const divisor = 10n ** BigInt(Math.min(-shift, 2 * MAX_TEXT));
      if (digits % divisor !== 0n) {
        throw new Misfit(
          index,
          `Cannot write ${shown(value)} as ${this.#type}: it has more than ${this.#scale} decimals`,
        );
      }
      unscaled = digits / divisor;
    }
    return sign === "-" ? -unscaled : unscaled;
  }

  #misfit(value: unknown, index: number): Misfit {
    return misfit(index, value, this.#type, 'a number, a bigint, or a text such as "12.50"');
  }
}
