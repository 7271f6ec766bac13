/**
 * Dates, timestamps and times of day from cells.
 *
 * @module
 */

import type { TimeUnit } from "../arrow/types.ts";
import { daysOf, parseIso } from "../rows/iso_text.ts";
import { misfit } from "../rows/misfit.ts";
import { PER_SECOND } from "../rows/temporal_values.ts";
import { type Cells, NULL } from "./cells.ts";

const PLUS = 43, DASH = 45, COLON = 58, POINT = 46, SPACE = 32, T = 84, Z = 90, ZERO = 48;
const DAY_SECONDS = 86_400;

/** The number of `count` digits at `at`; not one from 0 to 99 where it is none. */
function two(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO, ones = bytes[at + 1]! - ZERO;
  return tens >>> 0 > 9 || ones >>> 0 > 9 ? -10_000 : tens * 10 + ones;
}

/** The date that was read last, as a number of its digits, and its days: the next one is often the same. */
let lastDate = NaN, lastDays = NaN;

/** Days since 1970 of a date YYYY-MM-DD at `at`; NaN where there is none. */
function daysAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== DASH || bytes[at + 7] !== DASH) return NaN;
  const year = two(bytes, at) * 100 + two(bytes, at + 2);
  const month = two(bytes, at + 5), day = two(bytes, at + 8);
  const date = year * 10_000 + month * 100 + day;
  if (date === lastDate) return lastDays;
  if (year < 0) return NaN;
  lastDays = daysOf(year, month, day) ?? NaN;
  lastDate = date;
  return lastDays;
}

/** A cell as days since 1970, or as its text where that is not a plain date. */
export function cellDate(cells: Cells, k: number): number | string {
  const start = cells.starts[k]!;
  const days = cells.ends[k]! - start === 10 ? daysAt(cells.bytes, start) : NaN;
  return days === days ? days : cells.text(k).trim();
}

/** What reads a cell as a count of units since 1970, or as its text where that has no usual form. */
export function cellTimestamp(
  unit: TimeUnit,
  isZoned: boolean,
): (cells: Cells, k: number) => number | bigint | string {
  const perSecond = PER_SECOND[unit];
  const slow = (cells: Cells, k: number): string => {
    const text = cells.text(k).trim();
    // Without an offset a zoned time is one in UTC, as databases have it.
    return isZoned && parseIso(text)?.offset === null && parseIso(text)?.seconds !== null
      ? `${text}Z`
      : text;
  };
  return (cells, k) => {
    const { bytes } = cells;
    const start = cells.starts[k]!;
    let end = cells.ends[k]!;
    if (isZoned && bytes[end - 1] === Z) end--;
    const length = end - start;
    if (length < 19 || length > 29 || length === 20) return slow(cells, k);
    const days = daysAt(bytes, start);
    const separator = bytes[start + 10];
    const hours = two(bytes, start + 11), minutes = two(bytes, start + 14);
    const seconds = two(bytes, start + 17);
    if (
      days !== days || (separator !== SPACE && separator !== T) || bytes[start + 13] !== COLON ||
      bytes[start + 16] !== COLON || !(hours >= 0 && hours < 24) ||
      !(minutes >= 0 && minutes < 60) || !(seconds >= 0 && seconds < 60)
    ) return slow(cells, k);
    let nanoseconds = 0;
    if (length > 19) {
      if (bytes[start + 19] !== POINT) return slow(cells, k);
      let power = 100_000_000;
      for (let at = start + 20; at < end; at++, power /= 10) {
        const digit = bytes[at]! - ZERO;
        if (digit >>> 0 > 9) return slow(cells, k);
        nanoseconds += digit * power;
      }
    }
    const second = days * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds;
    const units = nanoseconds * perSecond / 1_000_000_000;
    const count = second * perSecond + units;
    if (Number.isInteger(units) && Number.isSafeInteger(count)) return count;
    return Number.isInteger(units)
      ? BigInt(second) * BigInt(perSecond) + BigInt(units)
      : slow(cells, k);
  };
}

/** Characters of a minute and its offset: "2026-01-31T12:00+02:00". */
const SHORTEST_WITH_OFFSET = 22;

/**
 * Refuses cells without an offset in a column whose zone was found out from offsets: nobody said what zone they are in.
 *
 * @param type Of the column, for the error.
 */
export function refuseWithoutOffset(cells: Cells, from: number, to: number, type: string): void {
  const { bytes, starts, ends, kinds, stride, column } = cells;
  for (let row = from, k = from * stride + column; row < to; row++, k += stride) {
    if (kinds[k]! >= NULL) continue;
    let end = ends[k]!;
    while (end > starts[k]! && bytes[end - 1]! <= SPACE) end--;
    const sign = bytes[end - 6];
    const isLong = end - starts[k]! >= SHORTEST_WITH_OFFSET;
    if (bytes[end - 1] === Z || (isLong && (sign === PLUS || sign === DASH))) continue;
    const text = cells.text(k);
    if (parseIso(text.trim())?.offset !== null) continue;
    throw misfit(row, text, type, "a time with an offset, as those before it");
  }
}
