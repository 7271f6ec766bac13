/**
 * Bounds of statistics as text that a person can read.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import type { LogicalType, ParquetTimeUnit, SchemaElement } from "../format/metadata.ts";
import { logicalTypeOf } from "./describe_schema.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const MILLISECONDS_PER_DAY = 86_400_000n;
const JULIAN_DAY_OF_EPOCH = 2_440_588n;

/** Units in a second, and digits of the fraction. */
const UNITS: Readonly<Record<ParquetTimeUnit, { perSecond: bigint; digits: number }>> = {
  MILLIS: { perSecond: 1_000n, digits: 3 },
  MICROS: { perSecond: 1_000_000n, digits: 6 },
  NANOS: { perSecond: 1_000_000_000n, digits: 9 },
};

/**
 * A bound, by the type of its column: `"42"`, `"-0"`, `"12.50"`, `"2024-02-29"`, `"2024-02-29T12:00:00.000Z"`, a string as it
 * is, and bytes in hexadecimal, `"0x00ff"`. Bytes that are no value of the type are shown in hexadecimal, too.
 */
export function boundText(element: SchemaElement, bytes: Uint8Array): string {
  return decode(element, bytes) ?? hex(bytes);
}

function decode(element: SchemaElement, bytes: Uint8Array): string | undefined {
  const logical = logicalTypeOf(element);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (element.type) {
    case "BOOLEAN":
      return bytes.length === 1 && bytes[0]! < 2 ? String(bytes[0] === 1) : undefined;
    case "INT32":
      return bytes.length === 4
        ? integerText(BigInt(view.getInt32(0, true)), 32, logical)
        : undefined;
    case "INT64":
      return bytes.length === 8 ? integerText(view.getBigInt64(0, true), 64, logical) : undefined;
    case "INT96":
      return bytes.length === 12
        ? timestampText(
          (BigInt(view.getInt32(8, true)) - JULIAN_DAY_OF_EPOCH) * 86_400_000_000_000n +
            view.getBigInt64(0, true),
          "NANOS",
          false,
        )
        : undefined;
    case "FLOAT":
      return bytes.length === 4 ? numberText(view.getFloat32(0, true), Math.fround) : undefined;
    case "DOUBLE":
      return bytes.length === 8
        ? numberText(view.getFloat64(0, true), (value) => value)
        : undefined;
    case "FIXED_LEN_BYTE_ARRAY":
      if (bytes.length !== element.typeLength) return undefined;
      return bytesText(element, bytes, logical);
    case "BYTE_ARRAY":
      return bytesText(element, bytes, logical);
    case undefined:
      return undefined;
  }
}

function bytesText(
  element: SchemaElement,
  bytes: Uint8Array,
  logical: LogicalType | undefined,
): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (logical?.type) {
    case "STRING":
    case "ENUM":
    case "JSON":
      try {
        return utf8.decode(bytes);
      } catch {
        return undefined;
      }
    case "DECIMAL":
      // No decimal is wider than 256 bits by far; anything longer is not worth its conversion.
      return bytes.length > 0 && bytes.length <= 64
        ? decimalText(bigEndian(bytes), logical.scale)
        : undefined;
    case "UUID":
      return bytes.length === 16
        ? hex(bytes).slice(2).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5")
        : undefined;
    case "FLOAT16":
      return bytes.length === 2 ? float16Text(view.getUint16(0, true)) : undefined;
  }
  if (element.convertedType === "INTERVAL" && bytes.length === 12) {
    const [months, days, milliseconds] = [0, 4, 8].map((at) => view.getUint32(at, true));
    return `${months} months ${days} days ${milliseconds} ms`;
  }
  return undefined;
}

function integerText(value: bigint, bits: 32 | 64, logical: LogicalType | undefined): string {
  switch (logical?.type) {
    case "INTEGER":
      return String(logical.isSigned ? value : BigInt.asUintN(bits, value));
    case "DECIMAL":
      return decimalText(value, logical.scale);
    case "DATE":
      return dateText(value);
    case "TIME":
      return timeText(value, logical.unit, logical.isAdjustedToUTC);
    case "TIMESTAMP":
      return timestampText(value, logical.unit, logical.isAdjustedToUTC);
  }
  return String(value);
}

function decimalText(unscaled: bigint, scale: number): string {
  // A hostile scale would ask for as many zeros.
  if (scale < 0 || scale > 1000) return `${unscaled}E${-scale}`;
  if (scale === 0) return String(unscaled);
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function bigEndian(bytes: Uint8Array): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(hex(bytes)));
}

/** The shortest text that gives the value back; `round` rounds to the type's precision. */
function numberText(value: number, round: (value: number) => number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  for (let precision = 1; precision <= 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (round(short) === value) return String(short);
  }
  return String(value);
}

function float16Text(bits: number): string {
  const sign = bits >> 15 === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? String(sign * Infinity) : "NaN";
  const magnitude = exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25);
  return numberText(sign * magnitude, (value) => value);
}

/** `YYYY-MM-DD` in the proleptic Gregorian calendar, for any day that an integer can hold. */
export function dateText(daysSinceEpoch: bigint): string {
  // 400 years are a cycle of 146 097 days; Date knows every day of one.
  const cycle = floorDivide(daysSinceEpoch, 146_097n);
  const day = daysSinceEpoch - cycle * 146_097n;
  const date = new Date(Number(day * MILLISECONDS_PER_DAY));
  const year = BigInt(date.getUTCFullYear()) + cycle * 400n;
  const years = year < 0n
    ? `-${String(-year).padStart(6, "0")}`
    : year > 9999n
    ? `+${String(year).padStart(6, "0")}`
    : String(year).padStart(4, "0");
  return `${years}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
}

function timeText(value: bigint, unit: ParquetTimeUnit, isAdjustedToUTC: boolean): string {
  const { perSecond, digits } = UNITS[unit];
  const seconds = floorDivide(value, perSecond);
  // Beyond a day it is no time.
  if (seconds < 0n || seconds >= 86_400n) return String(value);
  const fraction = String(value - seconds * perSecond).padStart(digits, "0");
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(pad).join(":");
  return `${clock}.${fraction}${isAdjustedToUTC ? "Z" : ""}`;
}

function timestampText(value: bigint, unit: ParquetTimeUnit, isAdjustedToUTC: boolean): string {
  const perDay = UNITS[unit].perSecond * 86_400n;
  const day = floorDivide(value, perDay);
  return `${dateText(day)}T${timeText(value - day * perDay, unit, isAdjustedToUTC)}`;
}

function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return dividend % divisor < 0n ? quotient - 1n : quotient;
}

function pad(value: number | bigint): string {
  return String(value).padStart(2, "0");
}

function hex(bytes: Uint8Array): string {
  let text = "0x";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}
