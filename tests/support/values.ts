/**
 * Canonical values: what every reader's answer is turned into, so that answers can be compared bit for bit.
 *
 * | Arrow type | canonical value |
 * |---|---|
 * | any, null | `null` |
 * | Boolean | boolean |
 * | integers up to 32 bits, Date32 (days) | number |
 * | 64-bit integers, decimals (unscaled), Date64 (milliseconds) | bigint |
 * | times, timestamps, durations | bigint, nanoseconds |
 * | floats | `"f64:" + 16 hex digits of its bits`, likewise f32 and f16 |
 * | strings | `"s:" + text` |
 * | binary | `"x:" + hex` |
 * | interval | `"interval:months,days,milliseconds"` |
 * | lists | array |
 * | structs | array of the fields' values |
 * | maps | array of `[key, value]` |
 */

import assert from "node:assert/strict";
import type { ArrowType, TimeUnit } from "../../src/arrow/types.ts";

/** A canonical value. */
export type Value = null | boolean | number | bigint | string | readonly Value[];

const scratch = new DataView(new ArrayBuffer(8));

/** Nanoseconds in one unit. */
export const NANOSECONDS: Readonly<Record<TimeUnit, bigint>> = {
  second: 1_000_000_000n,
  millisecond: 1_000_000n,
  microsecond: 1_000n,
  nanosecond: 1n,
};

/** Hexadecimal digits of some bytes. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** Canonical float of the bits of a float of `bitWidth` bits. */
export function floatFromBits(bitWidth: number, bits: bigint): string {
  return `f${bitWidth}:${bits.toString(16).padStart(bitWidth / 4, "0")}`;
}

/** Canonical float of a number; NaN becomes the quiet NaN without payload. */
export function floatFromNumber(bitWidth: 16 | 32 | 64, value: number): string {
  if (bitWidth === 64) {
    scratch.setFloat64(0, value);
    return floatFromBits(64, Number.isNaN(value) ? 0x7ff8000000000000n : scratch.getBigUint64(0));
  }
  if (bitWidth === 32) {
    scratch.setFloat32(0, value);
    return floatFromBits(32, Number.isNaN(value) ? 0x7fc00000n : BigInt(scratch.getUint32(0)));
  }
  if (Number.isNaN(value)) return floatFromBits(16, 0x7e00n);
  const sign = Object.is(value, -0) || value < 0 ? 0x8000 : 0;
  const size = Math.abs(value);
  let bits = 0x7c00;
  if (size < 65520) {
    // Subnormals are multiples of 2^-24; else 10 bits of fraction below the leading one.
    const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
    bits = (size < 2 ** -14 ? 0 : (exponent + 14) * 1024) + size * 2 ** (10 - exponent);
  }
  return floatFromBits(16, BigInt(sign + bits));
}

/** Canonical value without the payload of NaN, for readers that go through numbers. */
export function withoutNaNPayload(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNaNPayload);
  if (typeof value !== "string") return value;
  const match = /^f(16|32|64):([0-9a-f]+)$/.exec(value);
  if (match === null) return value;
  const fraction = { 16: 10n, 32: 23n, 64: 52n }[match[1] as "16" | "32" | "64"];
  const bitWidth = Number(match[1]) as 16 | 32 | 64;
  const magnitude = BigInt(`0x${match[2]}`) & ((1n << BigInt(bitWidth - 1)) - 1n);
  const infinity = (1n << BigInt(bitWidth - 1)) - (1n << fraction);
  return magnitude > infinity ? floatFromNumber(bitWidth, NaN) : value;
}

/** Unscaled decimal of big-endian two's complement bytes. */
export function bigEndianInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return BigInt.asIntN(8 * Math.max(bytes.length, 1), value);
}

/** Unsigned integer of little-endian bytes. */
export function littleEndianInteger(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return value;
}

const strictUtf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Canonical string of UTF-8 bytes. */
export function text(bytes: Uint8Array): string {
  return `s:${strictUtf8.decode(bytes)}`;
}

/** Canonical interval. */
export function interval(months: number, days: number, milliseconds: number | bigint): string {
  return `interval:${months},${days},${milliseconds}`;
}

/**
 * Canonical value of a leaf, from what a Parquet file holds for it: INT32 as number, INT64 as bigint, FLOAT and DOUBLE
 * as number or as canonical float, BOOLEAN as boolean, byte arrays as bytes.
 */
export function fromPhysical(type: ArrowType, physical: unknown): Value {
  if (physical === null || physical === undefined) return null;
  switch (type.kind) {
    case "null":
      throw new Error("A value in a column of nulls");
    case "bool":
      return physical as boolean;
    case "int":
      if (type.bitWidth === 64) {
        return type.signed ? physical as bigint : BigInt.asUintN(64, physical as bigint);
      }
      return type.signed ? physical as number : (physical as number) >>> 0;
    case "float":
      if (type.bitWidth === 16) {
        return floatFromBits(16, littleEndianInteger(physical as Uint8Array));
      }
      return typeof physical === "string"
        ? physical
        : floatFromNumber(type.bitWidth, physical as number);
    case "decimal":
      return physical instanceof Uint8Array
        ? bigEndianInteger(physical)
        : BigInt(physical as number | bigint);
    case "date":
      if (type.unit === "day") return physical as number;
      return typeof physical === "number" ? BigInt(physical) * 86_400_000n : physical as bigint;
    case "time":
    case "timestamp": {
      // Parquet has no seconds: they are written as milliseconds.
      const unit = type.unit === "second" ? "millisecond" : type.unit;
      return BigInt(physical as number | bigint) * NANOSECONDS[unit];
    }
    case "duration":
      return (physical as bigint) * NANOSECONDS[type.unit];
    case "interval": {
      const bytes = physical as Uint8Array;
      const view = new DataView(bytes.buffer, bytes.byteOffset, 12);
      return interval(view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true));
    }
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return text(physical as Uint8Array);
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return `x:${hex(physical as Uint8Array)}`;
    case "dictionary":
      return fromPhysical(type.value, physical);
    case "runEndEncoded":
      return fromPhysical(type.values.type, physical);
    default:
      throw new Error(`${type.kind} is no leaf`);
  }
}

/** Asserts that a column has the expected values; the message names the first place where it has not. */
export function assertValues(
  actual: readonly Value[],
  expected: readonly Value[],
  what: string,
): void {
  if (actual.length !== expected.length) {
    assert.fail(`${what}: ${actual.length} rows instead of ${expected.length}`);
  }
  for (let i = 0; i < expected.length; i++) {
    if (!same(actual[i]!, expected[i]!)) {
      assert.fail(`${what}, row ${i}: ${show(actual[i]!)} instead of ${show(expected[i]!)}`);
    }
  }
}

function same(a: Value, b: Value): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => same(item, b[i]!));
  }
  return Object.is(a, b);
}

/** A value as a message shows it. */
export function show(value: Value | undefined): string {
  const full = JSON.stringify(
    value,
    (_key, item) => typeof item === "bigint" ? `${item}n` : item,
  ) ?? "nothing";
  return full.length > 300 ? `${full.slice(0, 300)}…` : full;
}
