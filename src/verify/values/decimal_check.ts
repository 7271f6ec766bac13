/**
 * Whether decimals have no more digits than their precision.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#decimal
 *
 * @module
 */

import type { PhysicalType } from "../../format/metadata.ts";
import type { DecodedValues } from "../decoded_page.ts";
import type { Report } from "../pages/page_fault.ts";
import { type ValueCheck, WrongValues } from "./value_check.ts";

/** Beyond it, values of as many bytes are not worth a power of ten; no reader has such decimals. */
const MAX_PRECISION = 10_000;
const HIGH = 2 ** 32;

/** What has to be checked of unscaled values. */
export function decimalChecks(precision: number, type: PhysicalType): readonly ValueCheck[] {
  // Other precisions are faults of the schema.
  if (!Number.isInteger(precision) || precision < 1 || precision > MAX_PRECISION) return [];
  const limit = 10n ** BigInt(precision);
  switch (type) {
    case "INT32":
      return precision >= 10 ? [] : [(values, report) => checkInt32(values, limit, report)];
    case "INT64":
      return precision >= 19 ? [] : [(values, report) => checkInt64(values, limit, report)];
    case "FIXED_LEN_BYTE_ARRAY":
    case "BYTE_ARRAY":
      return [(values, report) => checkBytes(values, limit, report)];
    default:
      return [];
  }
}

function checkInt32({ bytes, count }: DecodedValues, limit: bigint, report: Report): void {
  const values = new Int32Array(bytes.buffer, bytes.byteOffset, count);
  const bound = Number(limit);
  const wrong = new WrongValues();
  for (let i = 0; i < count; i++) {
    const value = values[i]!;
    if (value >= bound || value <= -bound) wrong.add(i);
  }
  reportPrecision(wrong, limit, report);
}

function checkInt64({ bytes, count }: DecodedValues, limit: bigint, report: Report): void {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, count * 2);
  // Rounding moves a value by less than this much of it.
  const surely = Number(limit) * (1 - 2 ** -50);
  const wrong = new WrongValues();
  for (let i = 0; i < count; i++) {
    const low = words[2 * i]!, high = words[2 * i + 1]! | 0;
    const about = high * HIGH + low;
    if (about < surely && about > -surely) continue;
    const exact = (BigInt(high) << 32n) + BigInt(low);
    if (exact >= limit || exact <= -limit) wrong.add(i);
  }
  reportPrecision(wrong, limit, report);
}

function checkBytes(
  { bytes, offsets, count }: DecodedValues,
  limit: bigint,
  report: Report,
): void {
  const width = count === 0 ? 0 : bytes.length / count;
  // So many bytes, without those that only repeat the sign, are always below the limit.
  const fewBytes = Math.floor((limit.toString(2).length - 1) / 8);
  const wrong = new WrongValues(), empty = new WrongValues(), long = new WrongValues();
  for (let i = 0; i < count; i++) {
    const start = offsets === null ? i * width : offsets[i]!;
    const end = offsets === null ? start + width : offsets[i + 1]!;
    if (start === end) {
      empty.add(i);
      continue;
    }
    const sign = bytes[start]! >>> 7 === 1 ? 0xff : 0;
    let at = start;
    while (at < end && bytes[at] === sign) at++;
    // One byte of the sign is needed where the next would have another.
    const needed = at === end || bytes[at]! >>> 7 !== (sign & 1) ? 1 : 0;
    if (offsets !== null && at - start > needed) long.add(i);
    if (end - at > fewBytes && !isBelow(bytes, at, end, sign, limit)) wrong.add(i);
  }
  reportPrecision(wrong, limit, report);
  empty.report(report, "decimal-empty", "has no bytes");
  long.report(report, "decimal-not-minimal", "has more bytes than it needs");
}

/** Holds the value of two's complement, bytes of its sign left out, against a limit. */
function isBelow(
  bytes: Uint8Array,
  from: number,
  end: number,
  sign: number,
  limit: bigint,
): boolean {
  // More bytes than the limit has hexadecimal digits: no need to make a number of them.
  if (end - from > limit.toString(16).length) return false;
  let value = 0n;
  for (let i = from; i < end; i++) value = value << 8n | BigInt(bytes[i]!);
  if (sign !== 0) value = (1n << BigInt((end - from) * 8)) - value;
  return value < limit;
}

function reportPrecision(wrong: WrongValues, limit: bigint, report: Report): void {
  const digits = limit.toString().length - 1;
  wrong.report(report, "decimal-out-of-precision", `has more than ${digits} digits`);
}
