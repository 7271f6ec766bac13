/**
 * Values that have no room in the Parquet type that they become.
 *
 * Only a few types need a look at their values: what is written bit for bit is not read here.
 *
 * @module
 */

import type { Tally, ValueCheck } from "./array_node.ts";
import { isBitSet } from "./bitmap.ts";
import { int32View, int64View } from "./buffers.ts";
import type { Bitmap } from "./column_array.ts";
import type { ColumnPlan, LeafConversion } from "../schema/column_plan.ts";
import { invalidSlot, slotBeyondLimit } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { ArrowType } from "./types.ts";
import { SchemaError } from "../util/errors.ts";
import { type CountedUnit, type RescalingFacts, rescalingFacts } from "../schema/time_rescaling.ts";

/** Seconds whose milliseconds fit 32 bits: ±2 147 483. */
const MAX_SECONDS_32 = 2147483;
/** Seconds whose milliseconds fit 64 bits. */
const MAX_SECONDS_64 = 9223372036854775n;
const MS_PER_DAY = 86400000n;
/** Milliseconds of the days that fit 32 bits, rounded down. */
const MIN_DATE = -(2n ** 31n) * MS_PER_DAY, MAX_DATE = 2n ** 31n * MS_PER_DAY - 1n;
const NS_PER_MS = 1000000n;

/** Days that INT96 has, counted from 1970: its Julian day is an integer of 32 bits, and readers disagree on negative ones. */
const MIN_INT96_DAY = -2440588n, MAX_INT96_DAY = 2n ** 31n - 1n - 2440588n;
/** Units of a day, of the timestamps that may lie outside these days. */
const UNITS_PER_DAY: Partial<Record<ValueCheck, bigint>> = {
  secondsToInt96: 86_400n,
  millisecondsToInt96: MS_PER_DAY,
  microsecondsToInt96: MS_PER_DAY * 1000n,
};

/** Conversions that leave less room than the Arrow type has, for reasons of their own. */
const CHECKED: readonly LeafConversion[] = [
  "secondsToInt96",
  "millisecondsToInt96",
  "microsecondsToInt96",
  "nanosecondsToInt96",
  "nanosecondsToMicroseconds",
  "uint64ToInt64",
  "times1000",
  "times1000000",
  "times1000000000",
  "over1000",
  "over1000000",
  "over1000000000",
  "over86400000",
];

/**
 * Which columns have to be looked at, by the path of their field: for `ColumnBatchOptions`.
 *
 * @param columns Plans of the columns.
 */
export function valueChecks(
  columns: readonly ColumnPlan[],
): ReadonlyMap<string, ValueCheck> | undefined {
  const checks = new Map<string, ValueCheck>();
  for (const { arrowPath, leaf, geospatial } of columns) {
    if (geospatial !== undefined) checks.set(arrowPath, "wkb");
    else if (CHECKED.includes(leaf.conversion)) checks.set(arrowPath, leaf.conversion);
  }
  return checks.size === 0 ? undefined : checks;
}

/** One array's part that is looked at. */
interface Slots {
  readonly scope: Scope;
  readonly validity: Bitmap | null;
  readonly from: number;
  readonly to: number;
}

function isThere({ scope, validity }: Slots, slot: number): boolean {
  return (validity === null || isBitSet(validity, slot)) && scope.isLive(slot);
}

/**
 * Checks the values of slots `from` to `to` of a fixed-width array.
 *
 * @param values `width` bytes a slot.
 * @param tally What is going to be done to the values.
 * @throws {LimitError} For the first value that does not fit.
 * @throws {InvalidBatchError} For an interval that is negative, or not of whole milliseconds.
 */
export function checkValueLimits(
  type: ArrowType,
  values: Uint8Array,
  validity: Bitmap | null,
  from: number,
  to: number,
  scope: Scope,
  { coerceTypes, checks }: Pick<Tally, "coerceTypes" | "checks">,
): void {
  const slots = { scope, validity, from, to };
  const check = checks.size === 0 ? undefined : checks.get(scope.path);
  if (check !== undefined) {
    const facts = "unit" in type ? rescalingFacts(check, type.unit as CountedUnit) : null;
    return facts === null
      ? checkConversion(check, values, slots)
      : checkRescaling(facts, type as CountedType, values, slots);
  }
  if (type.kind === "timestamp" && type.unit === "second") {
    checkInt64(values, -MAX_SECONDS_64, MAX_SECONDS_64, slots, "as 64-bit milliseconds");
  } else if (type.kind === "time" && type.unit === "second") {
    checkSeconds32(values, slots);
  } else if (type.kind === "date" && type.unit === "millisecond" && coerceTypes) {
    checkInt64(values, MIN_DATE, MAX_DATE, slots, "as a 32-bit count of days");
  } else if (type.kind === "interval") {
    checkIntervals(values, type.unit, slots);
  } else if (type.kind === "decimal") {
    checkDecimals(values, type.bitWidth / 32, type.precision, slots);
  }
}

function checkConversion(conversion: ValueCheck, values: Uint8Array, slots: Slots): void {
  if (conversion === "nanosecondsToMicroseconds") return checkWholeMicroseconds(values, slots);
  if (conversion === "uint64ToInt64") return checkSigned(values, slots);
  const perDay = UNITS_PER_DAY[conversion];
  if (perDay === undefined) return;
  const max = (MAX_INT96_DAY + 1n) * perDay - 1n;
  const most = 2n ** 63n - 1n;
  const timestamp = "as INT96: it is outside the date range of INT96";
  checkInt64(values, MIN_INT96_DAY * perDay, max < most ? max : most, slots, timestamp);
}

function checkWholeMicroseconds(values: Uint8Array, slots: Slots): void {
  const numbers = int64View(values);
  for (let slot = slots.from; slot < slots.to; slot++) {
    const value = numbers[slot]!;
    if (value % 1000n === 0n || !isThere(slots, slot)) continue;
    throw slotBeyondLimit(
      slots.scope,
      slot,
      `Cannot write ${value} nanoseconds as microseconds: profile "compat" has no nanoseconds; ` +
        "round them, or set int96Timestamps",
    );
  }
}

type CountedType = ArrowType & { readonly kind: "date" | "time" | "timestamp" };

/** Counts that the unit of the file cannot hold: not whole ones, or too many. */
function checkRescaling(
  { multiplies, factor, to }: RescalingFacts,
  type: CountedType,
  values: Uint8Array,
  slots: Slots,
): void {
  const is32 = type.kind === "time" && type.bitWidth === 32;
  // What has 32 bits is multiplied to 64.
  if (is32) return;
  const isNarrow = to === "day" || type.kind === "time" && to === "millisecond";
  const most = isNarrow ? 2n ** 31n - 1n : 2n ** 63n - 1n, least = -most - 1n;
  const fits = multiplies
    ? (value: bigint) => value <= most / factor && value >= least / factor
    : (value: bigint) => value % factor === 0n && value / factor <= most && value / factor >= least;
  const numbers = int64View(values);
  for (let slot = slots.from; slot < slots.to; slot++) {
    const value = numbers[slot]!;
    if (fits(value) || !isThere(slots, slot)) continue;
    const why = value % factor === 0n || multiplies ? "too many" : "not whole ones";
    throw slotBeyondLimit(
      slots.scope,
      slot,
      `Cannot write ${value} ${type.unit}s to a file that counts ${to}s: they are ${why}`,
    );
  }
}

function checkSigned(values: Uint8Array, slots: Slots): void {
  const numbers = int64View(values);
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
  for (let slot = slots.from; slot < slots.to; slot++) {
    if (words[2 * slot + 1]! >= 0 || !isThere(slots, slot)) continue;
    throw slotBeyondLimit(
      slots.scope,
      slot,
      `Cannot write ${BigInt.asUintN(64, numbers[slot]!)} as a signed integer of 64 bits: ` +
        'profile "compat" has no unsigned ones; cast it to Decimal',
    );
  }
}

function checkSeconds32(values: Uint8Array, slots: Slots): void {
  const numbers = int32View(values);
  for (let slot = slots.from; slot < slots.to; slot++) {
    const value = numbers[slot]!;
    if ((value > MAX_SECONDS_32 || value < -MAX_SECONDS_32) && isThere(slots, slot)) {
      throw slotBeyondLimit(
        slots.scope,
        slot,
        `Cannot write ${value} seconds as 32-bit milliseconds`,
      );
    }
  }
}

/** Compares the upper halves first, because `bigint` is slow. */
function checkInt64(values: Uint8Array, min: bigint, max: bigint, slots: Slots, as: string): void {
  const numbers = int64View(values);
  const words = new Int32Array(numbers.buffer, numbers.byteOffset, numbers.length * 2);
  const minHigh = Number(min >> 32n), maxHigh = Number(max >> 32n);
  for (let slot = slots.from; slot < slots.to; slot++) {
    const high = words[2 * slot + 1]!;
    if (high < maxHigh && high > minHigh) continue;
    const value = numbers[slot]!;
    if ((value > max || value < min) && isThere(slots, slot)) {
      throw slotBeyondLimit(slots.scope, slot, `Cannot write ${value} ${as}`);
    }
  }
}

/** What the 32-bit words of an interval count. Nanoseconds have two words. */
const INTERVAL_WORDS = {
  yearMonth: ["months"],
  dayTime: ["days", "milliseconds"],
  monthDayNano: ["months", "days"],
} as const;

/** Months, days and milliseconds of an INTERVAL are unsigned, and nothing is finer than a millisecond. */
function checkIntervals(
  values: Uint8Array,
  unit: keyof typeof INTERVAL_WORDS,
  slots: Slots,
): void {
  const words = int32View(values), counted = INTERVAL_WORDS[unit];
  const width = unit === "monthDayNano" ? 4 : counted.length;
  for (let slot = slots.from; slot < slots.to; slot++) {
    const at = slot * width;
    for (let i = 0; i < counted.length; i++) {
      if (words[at + i]! < 0 && isThere(slots, slot)) {
        throw negativeInterval(slots, slot, `${words[at + i]} ${counted[i]}`);
      }
    }
    if (width === 4 && (words[at + 2] !== 0 || words[at + 3] !== 0)) {
      checkNanoseconds(int64View(values)[at / 2 + 1]!, slots, slot);
    }
  }
}

function checkNanoseconds(nanoseconds: bigint, slots: Slots, slot: number): void {
  const milliseconds = nanoseconds / NS_PER_MS;
  const isWhole = nanoseconds % NS_PER_MS === 0n;
  if (nanoseconds >= 0n && isWhole && milliseconds < 2n ** 32n || !isThere(slots, slot)) return;
  if (nanoseconds < 0n) throw negativeInterval(slots, slot, `${nanoseconds} nanoseconds`);
  if (!isWhole) {
    throw invalidSlot(
      slots.scope,
      slot,
      `Cannot write an interval of ${nanoseconds} nanoseconds: they are not whole milliseconds`,
    );
  }
  throw slotBeyondLimit(
    slots.scope,
    slot,
    `Cannot write an interval of ${milliseconds} milliseconds: there are 32 bits for them`,
  );
}

function negativeInterval({ scope }: Slots, slot: number, value: string): Error {
  return invalidSlot(
    scope,
    slot,
    `Cannot write an interval of ${value}: the months, days and milliseconds of a Parquet INTERVAL are unsigned; ` +
      "write integers or a duration instead",
  );
}

/**
 * Compares two's complement numbers of `width` words with ±(10^precision − 1).
 *
 * One word, the highest in which the greatest number has bits, settles nearly all of them, together with those above it.
 * The others are compared as `bigint`.
 */
function checkDecimals(values: Uint8Array, width: number, precision: number, slots: Slots): void {
  // Schemas are checked before batches; this is for those who come another way.
  if (!(precision >= 1 && precision <= 9.6 * width)) {
    throw new SchemaError(slots.scope.path, `Cannot read decimals of precision ${precision}`);
  }
  const words = int32View(values);
  const max = 10n ** BigInt(precision) - 1n;
  const pivot = Math.floor((max.toString(2).length - 1) / 32), shift = BigInt(32 * pivot);
  const minPivot = Number(-max >> shift), maxPivot = Number(max >> shift);
  const { from, to } = slots;
  for (let slot = from; slot < to; slot++) {
    slot = nextDoubtful(words, width, slot, to, pivot, minPivot, maxPivot);
    if (slot === to) return;
    const value = decimalAt(words, slot * width, width);
    if ((value > max || value < -max) && isThere(slots, slot)) {
      throw slotBeyondLimit(
        slots.scope,
        slot,
        `Cannot write ${value} as a decimal of ${precision} digits`,
      );
    }
  }
}

/** The next number that is not seen to fit at first sight. */
function nextDoubtful(
  words: Int32Array,
  width: number,
  from: number,
  to: number,
  pivot: number,
  minPivot: number,
  maxPivot: number,
): number {
  if (width === 4) from = passFitting(words, from, to, pivot, minPivot + 1, maxPivot - 1);
  for (let slot = from; slot < to; slot++) {
    const at = slot * width, word = words[at + pivot]!, sign = word >> 31;
    if (word >= maxPivot || word <= minPivot) return slot;
    for (let k = pivot + 1; k < width; k++) if (words[at + k] !== sign) return slot;
  }
  return to;
}

/** Numbers that are looked at before a branch. */
const AT_ONCE = 32;

/**
 * The same for 16 bytes, up to some numbers before the next one that is doubtful, or the last few: without branches, 1 ns a number
 * instead of 4. `least` ≤ 0 and `most` ≥ −1: the pivots that fit, so that no negative difference overflows.
 */
function passFitting(
  words: Int32Array,
  from: number,
  to: number,
  pivot: number,
  least: number,
  most: number,
): number {
  // Which of the other words are above the pivot.
  const above1 = pivot < 1 ? -1 : 0, above2 = pivot < 2 ? -1 : 0, above3 = pivot < 3 ? -1 : 0;
  for (; from + AT_ONCE <= to; from += AT_ONCE) {
    let differing = 0, outside = 0;
    for (let at = from * 4; at < (from + AT_ONCE) * 4; at += 4) {
      const word = words[at + pivot]!, sign = word >> 31;
      outside |= (word - least) | (most - word);
      differing |= (words[at + 1]! ^ sign) & above1 | (words[at + 2]! ^ sign) & above2 |
        (words[at + 3]! ^ sign) & above3;
    }
    if (outside < 0 || differing !== 0) break;
  }
  return from;
}

function decimalAt(words: Int32Array, at: number, width: number): bigint {
  let value = BigInt(words[at + width - 1]!);
  for (let i = width - 2; i >= 0; i--) value = value << 32n | BigInt(words[at + i]! >>> 0);
  return value;
}
