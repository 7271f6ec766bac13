/**
 * Values of dates, times, timestamps and durations, as counts of their unit. Nothing is rounded.
 *
 * @module
 */

import type { TimeUnit } from "../arrow/types.ts";
import { daysOf, parseIso, parseIsoTime } from "./iso_text.ts";
import { dateTime, isDate, Misfit, misfit, shown } from "./misfit.ts";

/** Units of a second. */
export const PER_SECOND: Readonly<Record<TimeUnit, number>> = {
  second: 1,
  millisecond: 1000,
  microsecond: 1_000_000,
  nanosecond: 1_000_000_000,
};

const DAY_SECONDS = 86_400, DAY_MS = 86_400_000;

/** What a value of Temporal is, such as "Instant"; "" for anything else. By its tag: polyfills have it too. */
export function temporalName(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const tag = Object.prototype.toString.call(value);
  return tag.startsWith("[object Temporal.") ? tag.slice(17, -1) : "";
}

/** Seconds and nanoseconds as a count of `unit`; `null` where that would round. */
function countOf(seconds: number, nanoseconds: number, unit: TimeUnit): number | bigint | null {
  const perSecond = PER_SECOND[unit], perUnit = 1_000_000_000 / perSecond;
  if (nanoseconds % perUnit !== 0) return null;
  const count = seconds * perSecond + nanoseconds / perUnit;
  return Number.isSafeInteger(count)
    ? count
    : BigInt(seconds) * BigInt(perSecond) + BigInt(nanoseconds / perUnit);
}

function rounded(index: number, value: unknown, type: string): Misfit {
  return new Misfit(index, `Cannot write ${shown(value)} as ${type}: it would be rounded`);
}

/** Milliseconds of a `Date`, `NaN` for anything else. */
function millisecondsOf(value: unknown): number {
  return typeof value === "object" && value !== null && isDate(value) ? dateTime(value) : NaN;
}

interface IsoDateFields {
  readonly calendarId: string;
  readonly year: number;
  readonly month: number;
  readonly day: number;
  withCalendar(calendar: string): IsoDateFields;
}

interface TimeFields {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly millisecond: number;
  readonly microsecond: number;
  readonly nanosecond: number;
}

function temporalDays(value: unknown): number {
  let date = value as IsoDateFields;
  if (date.calendarId !== "iso8601") date = date.withCalendar("iso8601");
  return daysOf(date.year, date.month, date.day)!;
}

function temporalTime(value: unknown): { seconds: number; nanoseconds: number } {
  const { hour, minute, second, millisecond, microsecond, nanosecond } = value as TimeFields;
  return {
    seconds: hour * 3600 + minute * 60 + second,
    nanoseconds: millisecond * 1_000_000 + microsecond * 1000 + nanosecond,
  };
}

/** Days of what a date may be: a `Date` of midnight in UTC, a `Temporal.PlainDate`, a text. */
export function dateDays(value: unknown, index: number): number {
  const ms = millisecondsOf(value);
  if (!Number.isNaN(ms)) {
    if (ms % DAY_MS === 0) return ms / DAY_MS;
    throw new Misfit(index, `Cannot write ${shown(value)} as date: it is not midnight in UTC`);
  }
  if (typeof value === "string") {
    const parts = parseIso(value);
    if (parts !== null && parts.seconds === null) return parts.days!;
  }
  if (temporalName(value) === "PlainDate") return temporalDays(value);
  throw misfit(
    index,
    value,
    "date",
    'a Date of midnight in UTC, a text such as "2026-01-31", or a whole number of days since 1970',
  );
}

/** Days of 32 bits: for Date32. */
export function date32Count(value: unknown, index: number): number {
  const days = typeof value === "bigint" ? Number(value) : value;
  if (typeof days !== "number") return dateDays(value, index);
  if ((days | 0) === days) return days;
  throw misfit(index, value, "date", "a whole number of days that fits 32 bits");
}

/** Milliseconds of whole days: for Date64. */
export function date64Count(value: unknown, index: number): number {
  return dateDays(value, index) * DAY_MS;
}

/** Checks counts of Date64. */
export function checkDate64(value: number | bigint, index: number): void {
  const whole = typeof value === "bigint" ? value % BigInt(DAY_MS) === 0n : value % DAY_MS === 0;
  if (!whole) {
    throw misfit(index, value, "date64", `milliseconds of whole days, a multiple of ${DAY_MS}`);
  }
}

/** What a time of day may be besides a count: a `Temporal.PlainTime`, a text. */
export function timeCount(
  unit: TimeUnit,
  bitWidth: number,
): (value: unknown, index: number) => number {
  const type = `time${bitWidth}(${unit})`;
  return (value, index) => {
    const time = typeof value === "string"
      ? parseIsoTime(value)
      : temporalName(value) === "PlainTime"
      ? temporalTime(value)
      : null;
    if (time === null) {
      throw misfit(
        index,
        value,
        type,
        `a text such as "23:59:59.5", or a whole number of ${unit}s since midnight`,
      );
    }
    const count = countOf(time.seconds!, time.nanoseconds, unit);
    if (count === null) throw rounded(index, value, type);
    return Number(count);
  };
}

/** Checks counts of a time of day. */
export function checkTime(
  unit: TimeUnit,
  bitWidth: number,
): (value: number | bigint, index: number) => void {
  const end = DAY_SECONDS * PER_SECOND[unit];
  return (value, index) => {
    if (value >= 0 && value < end) return;
    throw misfit(
      index,
      value,
      `time${bitWidth}(${unit})`,
      `a whole number of ${unit}s from 0 to ${end - 1}`,
    );
  };
}

/** A time of day in 32 bits. */
export function time32Count(unit: TimeUnit): (value: unknown, index: number) => number {
  const other = timeCount(unit, 32), check = checkTime(unit, 32);
  return (value, index) => {
    const count = typeof value === "number" || typeof value === "bigint"
      ? Number(value)
      : other(value, index);
    if (!Number.isInteger(count)) throw misfit(index, value, `time32(${unit})`, "a whole number");
    check(count, index);
    return count;
  };
}

/** What a timestamp may be besides a count. */
export function timestampCount(
  unit: TimeUnit,
  timezone: string | null,
): (value: unknown, index: number) => number | bigint {
  const zoned = timezone !== null && timezone !== "";
  // A day alone is its midnight in UTC, as for `Date`. In another zone it would be another one than is meant.
  const isUtc = zoned && /^(?:utc|etc\/utc|gmt|z|[+-]00:?00)$/i.test(timezone);
  const type = `timestamp(${unit}${zoned ? `, ${timezone}` : ""})`;
  const perSecond = PER_SECOND[unit];
  const read = (value: unknown, index: number): number | bigint | null => {
    const ms = millisecondsOf(value);
    if (!Number.isNaN(ms)) {
      if (perSecond === 1) return ms % 1000 === 0 ? ms / 1000 : null;
      const count = ms * (perSecond / 1000);
      return Number.isSafeInteger(count) ? count : BigInt(ms) * BigInt(perSecond / 1000);
    }
    if (typeof value === "string") {
      const parts = parseIso(value);
      if (parts === null) throw expected(value, index);
      const { days, seconds, nanoseconds, offset } = parts;
      const isDay = seconds === null;
      if (zoned && offset === null && !(isDay && isUtc) || !zoned && offset !== null) {
        throw new Misfit(
          index,
          zoned
            ? `Cannot write ${shown(value)} as ${type}: it has no offset from UTC, such as Z`
            : `Cannot write ${shown(value)} as ${type}: it has an offset, the column no time zone`,
        );
      }
      return countOf(days! * DAY_SECONDS + (seconds ?? 0) - (offset ?? 0), nanoseconds, unit);
    }
    const name = temporalName(value);
    if (zoned && (name === "Instant" || name === "ZonedDateTime")) {
      const { epochNanoseconds } = value as { epochNanoseconds: bigint };
      const perUnit = BigInt(1_000_000_000 / perSecond);
      return epochNanoseconds % perUnit === 0n ? epochNanoseconds / perUnit : null;
    }
    if (!zoned && name === "PlainDateTime") {
      const { seconds, nanoseconds } = temporalTime(value);
      return countOf(temporalDays(value) * DAY_SECONDS + seconds, nanoseconds, unit);
    }
    throw expected(value, index);
  };
  const expected = (value: unknown, index: number): Misfit =>
    misfit(
      index,
      value,
      type,
      zoned
        ? `a Date, a Temporal.Instant, a text such as "2026-01-31T12:00:00Z", or a whole number of ${unit}s since 1970`
        : `a Date (its time in UTC), a Temporal.PlainDateTime, a text such as "2026-01-31T12:00:00", or a whole number of ${unit}s since 1970`,
    );
  return (value, index) => {
    const count = read(value, index);
    if (count === null) throw rounded(index, value, type);
    return count;
  };
}

/** Seconds whose milliseconds fit 64 bits, in which they are written. */
const MAX_SECONDS = 9_223_372_036_854_775n;

/** Checks timestamps of whole seconds. */
export function checkSeconds(value: number | bigint, index: number): void {
  if (value >= -MAX_SECONDS && value <= MAX_SECONDS) return;
  throw misfit(index, value, "timestamp(second)", "seconds whose milliseconds fit 64 bits");
}

/** The parts of a span of time. */
export interface SpanParts {
  readonly months: number;
  readonly days: number;
  readonly nanoseconds: bigint;
}

const SPAN_FIELDS = [
  "years",
  "months",
  "weeks",
  "days",
  "hours",
  "minutes",
  "seconds",
  "milliseconds",
  "microseconds",
  "nanoseconds",
] as const;

/** The parts of an object that counts months, days and so on, of a `Temporal.Duration` too; `null`: it is none. */
export function spanParts(value: unknown): SpanParts | null {
  if (typeof value !== "object" || value === null) return null;
  const isTemporal = temporalName(value) === "Duration";
  if (!isTemporal && Object.prototype.toString.call(value) !== "[object Object]") return null;
  const fields = value as Record<string, unknown>;
  if (!isTemporal) {
    const names = Object.keys(fields).filter((name) => fields[name] !== undefined);
    const known = SPAN_FIELDS as readonly string[];
    if (names.length === 0 || !names.every((name) => known.includes(name))) return null;
  }
  const counts = SPAN_FIELDS.map((name) => fields[name] ?? 0);
  const isCount = (count: unknown) => Number.isSafeInteger(count) || typeof count === "bigint";
  if (!counts.every(isCount)) return null;
  const [years, months, weeks, days, h, m, s, ms, us, ns] = counts.map((count) =>
    BigInt(count as number | bigint)
  ) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
  return {
    months: Number(years * 12n + months),
    days: Number(weeks * 7n + days),
    nanoseconds: ((h * 3600n + m * 60n + s) * 1000n + ms) * 1_000_000n + us * 1000n + ns,
  };
}

/** What a duration may be besides a count. */
export function durationCount(unit: TimeUnit): (value: unknown, index: number) => bigint {
  const perUnit = BigInt(1_000_000_000 / PER_SECOND[unit]);
  return (value, index) => {
    const parts = spanParts(value);
    if (parts === null || parts.months !== 0) {
      throw misfit(
        index,
        value,
        `duration(${unit})`,
        `a whole number of ${unit}s, or an object such as { hours: 1, seconds: 30 }`,
      );
    }
    const nanoseconds = BigInt(parts.days) * 86_400_000_000_000n + parts.nanoseconds;
    if (nanoseconds % perUnit !== 0n) throw rounded(index, value, `duration(${unit})`);
    return nanoseconds / perUnit;
  };
}
