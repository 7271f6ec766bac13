/**
 * Dates, times and timestamps as ISO 8601 texts.
 *
 * @module
 */

/** What a text says. */
export interface IsoParts {
  /** Days since 1970; `null`: a time of day alone. */
  readonly days: number | null;
  /** Seconds of the day; `null`: a date alone. */
  readonly seconds: number | null;
  /** Nanoseconds of the second. */
  readonly nanoseconds: number;
  /** Seconds that local time is ahead of UTC; `null`: not said. */
  readonly offset: number | null;
}

const DATE = String.raw`([+-]\d{6}|\d{4})-(\d{2})-(\d{2})`;
const TIME = String.raw`(\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?`;
const OFFSET = String.raw`(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)?`;
const DATE_TIME = new RegExp(`^${DATE}(?:[Tt ]${TIME} ?${OFFSET})?$`, "i");
const TIME_ALONE = new RegExp(`^${TIME}$`);
/** Characters of the longest text that is looked at. */
const MAX_LENGTH = 64;

const MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since 1970 of a date in the Gregorian calendar; `null`: there is no such day. */
export function daysOf(year: number, month: number, day: number): number | null {
  if (month < 1 || month > 12 || day < 1 || day > MONTH_DAYS[month - 1]!) return null;
  if (month === 2 && day === 29 && (year % 4 !== 0 || (year % 100 === 0 && year % 400 !== 0))) {
    return null;
  }
  // Years begin in March, so that the day that comes and goes is the last one.
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400), yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** Reads a date, or a date and a time; `null`: it is neither. */
export function parseIso(text: string): IsoParts | null {
  if (text.length > MAX_LENGTH) return null;
  const match = DATE_TIME.exec(text);
  if (match === null) return null;
  const days = daysOf(Number(match[1]), Number(match[2]), Number(match[3]));
  if (days === null) return null;
  if (match[4] === undefined) return { days, seconds: null, nanoseconds: 0, offset: null };
  const time = timeParts(match[4], match[5]!, match[6], match[7]);
  const offset = match[8] === undefined ? null : offsetSeconds(match[8]);
  return time === null || offset === undefined ? null : { days, ...time, offset };
}

/** Reads a time of day; `null`: it is none. */
export function parseIsoTime(text: string): IsoParts | null {
  const match = text.length > MAX_LENGTH ? null : TIME_ALONE.exec(text);
  if (match === null) return null;
  const time = timeParts(match[1]!, match[2]!, match[3], match[4]);
  return time === null ? null : { days: null, ...time, offset: null };
}

function timeParts(
  hour: string,
  minute: string,
  second = "0",
  fraction = "0",
): { seconds: number; nanoseconds: number } | null {
  const h = Number(hour), m = Number(minute), s = Number(second);
  if (h > 23 || m > 59 || s > 59) return null;
  return { seconds: h * 3600 + m * 60 + s, nanoseconds: Number(fraction.padEnd(9, "0")) };
}

/** `undefined`: there is no such offset. */
function offsetSeconds(text: string): number | undefined {
  if (/^z$/i.test(text)) return 0;
  const digits = text.slice(1).replaceAll(":", "").padEnd(6, "0");
  const h = Number(digits.slice(0, 2)), m = Number(digits.slice(2, 4));
  const s = Number(digits.slice(4, 6));
  if (h > 23 || m > 59 || s > 59) return undefined;
  return (text[0] === "-" ? -1 : 1) * (h * 3600 + m * 60 + s);
}
