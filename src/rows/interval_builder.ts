/**
 * Columns of intervals.
 *
 * @module
 */

import { FixedBuilder } from "./fixed_builders.ts";
import { Misfit, misfit, shown } from "./misfit.ts";
import { spanParts } from "./temporal_values.ts";

/** Units of intervals. */
export type IntervalUnit = "yearMonth" | "dayTime" | "monthDayNano";

const WIDTHS: Readonly<Record<IntervalUnit, number>> = {
  yearMonth: 4,
  dayTime: 8,
  monthDayNano: 16,
};
const EXPECTED: Readonly<Record<IntervalUnit, string>> = {
  yearMonth: "a whole number of months, or an object such as { years: 1, months: 6 }",
  dayTime: "an object such as { days: 1, milliseconds: 500 }",
  monthDayNano: "an object such as { months: 1, days: 2, nanoseconds: 500_000_000 }",
};
const MAX_INT32 = 2 ** 31 - 1;
const NS_PER_MS = 1_000_000n;

/** Intervals from objects that count months, days and so on. */
export class IntervalBuilder extends FixedBuilder {
  readonly #unit: IntervalUnit;
  #words = new Int32Array(0);

  /** Begins with no slots. */
  constructor(nullable: boolean, unit: IntervalUnit) {
    super(nullable, WIDTHS[unit]);
    this.#unit = unit;
  }

  protected override look(memory: ArrayBuffer): void {
    this.#words = new Int32Array(memory);
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
      else this.#put(value, i, slot);
    }
  }

  #put(value: unknown, index: number, slot: number): void {
    const unit = this.#unit, words = this.#words;
    const parts = unit === "yearMonth" && typeof value === "number" && Number.isInteger(value)
      ? { months: value, days: 0, nanoseconds: 0n }
      : spanParts(value);
    if (parts === null) throw misfit(index, value, `interval(${unit})`, EXPECTED[unit]);
    const { months, days, nanoseconds } = parts;
    if (unit === "yearMonth" ? days !== 0 || nanoseconds !== 0n : unit === "dayTime" && months) {
      throw misfit(index, value, `interval(${unit})`, EXPECTED[unit]);
    }
    const milliseconds = Number(nanoseconds / NS_PER_MS);
    if (months < 0 || days < 0 || nanoseconds < 0n) {
      throw this.#refusal(index, value, "the parts of a Parquet INTERVAL are unsigned");
    }
    if (nanoseconds % NS_PER_MS !== 0n) {
      throw this.#refusal(index, value, "it is not of whole milliseconds");
    }
    const mostMs = unit === "dayTime" ? MAX_INT32 : 2 ** 32 - 1;
    if (months > MAX_INT32 || days > MAX_INT32 || milliseconds > mostMs) {
      throw this.#refusal(index, value, "a part of it does not fit 32 bits");
    }
    if (unit === "yearMonth") words[slot] = months;
    else if (unit === "dayTime") {
      words[2 * slot] = days;
      words[2 * slot + 1] = milliseconds;
    } else {
      words[4 * slot] = months;
      words[4 * slot + 1] = days;
      words[4 * slot + 2] = Number(BigInt.asIntN(32, nanoseconds));
      words[4 * slot + 3] = Number(nanoseconds >> 32n);
    }
  }

  #refusal(index: number, value: unknown, reason: string): Misfit {
    return new Misfit(
      index,
      `Cannot write ${shown(value)} as interval(${this.#unit}): ${reason}`,
    );
  }
}
