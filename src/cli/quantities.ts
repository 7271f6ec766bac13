/**
 * Numbers as people read and write them.
 *
 * @module
 */

import { UsageError } from "./failure.ts";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** A size such as `"1.25 MiB"`: three digits, or whole bytes. */
export function formatBytes(bytes: number): string {
  let value = bytes, unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit++;
  }
  // 1023.6 KiB would be shown as "1024 KiB".
  if (unit > 0 && unit < UNITS.length - 1 && Math.round(value) === 1024) {
    value = 1;
    unit++;
  }
  return `${unit === 0 ? value : threeDigits(value)} ${UNITS[unit]}`;
}

/** A count such as `"1,234,567"`, the same in every locale. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** How many there are of something, such as `"1 row"` or `"2,000 rows"`. */
export function amount(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** A throughput such as `"812 MiB/s"`. */
export function formatRate(bytes: number, milliseconds: number): string {
  return `${threeDigits(mebibytesPerSecond(bytes, milliseconds))} MiB/s`;
}

/** Mebibytes a second; 0 for no time at all. */
export function mebibytesPerSecond(bytes: number, milliseconds: number): number {
  return milliseconds > 0 ? bytes / 1048.576 / milliseconds : 0;
}

/** A ratio such as `"4.41"`, or a dash where there is none. */
export function formatRatio(ratio: number | null): string {
  return ratio === null ? "-" : threeDigits(ratio);
}

/** A duration such as `"0.31 s"` or `"2:05 min"`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${threeDigits(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")} min`;
}

/**
 * Reads a whole number.
 *
 * @param flag The flag that it was given for, for the message.
 * @throws {UsageError} When it is not one.
 */
export function parseInteger(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new UsageError(`Cannot set ${flag} to ${JSON.stringify(text)}: expected a whole number`);
  }
  return value;
}

/**
 * Reads a number of bytes: `"4096"`, `"64KiB"`, `"256 MiB"`, `"1.5GiB"`. The unit is a power of 1024, with or without
 * "iB".
 *
 * @param flag The flag that it was given for, for the message.
 * @throws {UsageError} When it is not one.
 */
export function parseBytes(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text);
  const power = match?.[2] === undefined ? 0 : "kmgt".indexOf(match[2].toLowerCase()) + 1;
  const value = match === null ? NaN : Number(match[1]) * 1024 ** power;
  if (!Number.isSafeInteger(value)) {
    throw new UsageError(
      `Cannot set ${flag} to ${
        JSON.stringify(text)
      }: expected bytes, such as 4096, 64KiB or 256MiB`,
    );
  }
  return value;
}

function threeDigits(value: number): string {
  return value >= 99.95
    ? formatCount(Math.round(value))
    : value >= 9.995
    ? value.toFixed(1)
    : value.toFixed(2);
}
