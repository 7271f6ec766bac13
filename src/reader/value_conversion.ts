/**
 * From the physical types of Parquet to the memory of Arrow's types.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 * @see https://arrow.apache.org/docs/format/Columnar.html
 *
 * @module
 */

import type { ArrowType, TimeUnit } from "../arrow/types.ts";
import type { ParquetTimeUnit } from "../format/metadata.ts";
import { PER_SECOND } from "../rows/temporal_values.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import type { LeafValues } from "./leaf_reader.ts";

/** A value that the Arrow type has no room for. */
export class Unfit extends Error {
  /** Ordinal among the values. */
  readonly index: number;

  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }
}

/**
 * Makes values as Arrow has them, one after the other (BOOLEAN: one byte each), of values as PLAIN has them.
 *
 * @throws {Unfit}
 */
export type ValueConversion = (values: LeafValues) => Uint8Array;

const UNITS: Readonly<Record<ParquetTimeUnit, TimeUnit>> = {
  MILLIS: "millisecond",
  MICROS: "microsecond",
  NANOS: "nanosecond",
};

const same: ValueConversion = ({ bytes }) => bytes;

/** The conversion of a column's values to a type that `matchesLeaf` finds fit. */
export function conversionOf(type: ArrowType, column: LeafColumn): ValueConversion {
  const { physicalType, logicalType, width } = column;
  switch (type.kind) {
    case "null":
      return ({ count, bytes }) => {
        if (count === 0) return bytes;
        throw new Unfit(0, "Cannot keep a value: the column's type says that all are null");
      };
    case "int": {
      const to = type.bitWidth / 8;
      return to === width ? same : narrowed(width / 4, to, type.signed);
    }
    case "decimal":
      return decimals(column, type.bitWidth / 8);
    case "time":
    case "timestamp":
    case "duration": {
      if (physicalType === "INT96") return fromInt96(type.unit);
      const from = logicalType !== null && "unit" in logicalType
        ? UNITS[logicalType.unit]
        : type.unit;
      return from === type.unit ? same : rescaled(from, type.unit, width);
    }
    case "interval":
      return intervals(type.unit);
    default:
      return same;
  }
}

/** Integers of fewer bytes than they are stored in, `words` of 32 bits. */
function narrowed(words: number, to: number, signed: boolean): ValueConversion {
  const bits = to * 8;
  return ({ bytes, count }) => {
    const source = new Int32Array(bytes.buffer, bytes.byteOffset, count * words);
    const target = to === 1
      ? new Int8Array(count)
      : to === 2
      ? new Int16Array(count)
      : new Int32Array(count);
    for (let i = 0; i < count; i++) {
      const value = source[i * words]!;
      target[i] = value;
      const back = signed ? target[i]! : bits === 32 ? value : value & (2 ** bits - 1);
      if (back !== value || (words === 2 && source[2 * i + 1] !== 0)) {
        throw new Unfit(i, `Cannot keep an integer: it has more than ${bits} bits`);
      }
    }
    return new Uint8Array(target.buffer);
  };
}

/** Decimals of `to` bytes, from integers or from bytes in the other order. */
function decimals({ physicalType, width }: LeafColumn, to: number): ValueConversion {
  const isLittle = physicalType === "INT32" || physicalType === "INT64";
  if (isLittle && width <= to) return widened(width / 4, to / 4);
  if (physicalType === "FIXED_LEN_BYTE_ARRAY" && width <= to) return turned(width, to / 4);
  return ({ bytes, offsets, count }) => {
    const target = new Uint8Array(count * to);
    for (let i = 0; i < count; i++) {
      const start = offsets === null ? i * width : offsets[i]!;
      const end = offsets === null ? start + width : offsets[i + 1]!;
      if (end === start) throw new Unfit(i, "Cannot keep a decimal: it has no bytes");
      const sign = bytes[isLittle ? end - 1 : start]! >> 7 === 1 ? 0xff : 0;
      const size = end - start, kept = Math.min(size, to);
      const at = i * to;
      if (isLittle) { for (let k = 0; k < kept; k++) target[at + k] = bytes[start + k]!; }
      else for (let k = 0, from = end - 1; k < kept; k++) target[at + k] = bytes[from--]!;
      for (let k = kept; k < to; k++) target[at + k] = sign;
      let isKept = size <= to || target[at + to - 1]! >> 7 === sign >> 7;
      for (let k = to; isKept && k < size; k++) {
        isKept = bytes[isLittle ? start + k : end - 1 - k] === sign;
      }
      if (!isKept) throw new Unfit(i, `Cannot keep a decimal: it has more than ${to * 8} bits`);
    }
    return target;
  };
}

/** Integers of `width` bytes, the highest first, in `to` words of 32 bits, which hold each: 14 ns a value in Node, byte by byte 22. */
function turned(width: number, to: number): ValueConversion {
  // Bytes above the whole words of a value.
  const whole = width >>> 2, rest = (width & 3) * 8;
  return ({ bytes, count }) => {
    const target = new Int32Array(count * to);
    for (let i = 0, start = 0, at = 0; i < count; i++, start += width) {
      const sign = bytes[start]! << 24 >> 31;
      let from = start + width;
      for (let k = 0; k < whole; k++, from -= 4) {
        target[at++] = bytes[from - 1]! | bytes[from - 2]! << 8 | bytes[from - 3]! << 16 |
          bytes[from - 4]! << 24;
      }
      let k = whole;
      if (rest > 0) {
        let word = sign;
        for (let from = start; from < start + rest / 8; from++) word = word << 8 | bytes[from]!;
        target[at++] = word;
        k++;
      }
      for (; k < to; k++) target[at++] = sign;
    }
    return new Uint8Array(target.buffer);
  };
}

/** Integers of `words` of 32 bits in `to` such words, which hold each: 2.6 ns a value in Node, byte by byte 8.8. */
function widened(words: number, to: number): ValueConversion {
  return ({ bytes, count }) => {
    const source = new Int32Array(bytes.buffer, bytes.byteOffset, count * words);
    const target = new Int32Array(count * to);
    for (let i = 0, from = 0, at = 0; i < count; i++) {
      let word = 0;
      for (let k = 0; k < words; k++) target[at++] = word = source[from++]!;
      const sign = word >> 31;
      for (let k = words; k < to; k++) target[at++] = sign;
    }
    return new Uint8Array(target.buffer);
  };
}

/** Counts of another unit, of 4 or 8 bytes. */
function rescaled(from: TimeUnit, to: TimeUnit, width: number): ValueConversion {
  const times = BigInt(Math.max(1, PER_SECOND[to] / PER_SECOND[from]));
  const per = BigInt(Math.max(1, PER_SECOND[from] / PER_SECOND[to]));
  return ({ bytes, count }) => {
    const source = width === 4
      ? new Int32Array(bytes.buffer, bytes.byteOffset, count)
      : new BigInt64Array(bytes.buffer, bytes.byteOffset, count);
    const target = width === 4 ? new Int32Array(count) : new BigInt64Array(count);
    for (let i = 0; i < count; i++) {
      const value = BigInt(source[i]!);
      if (value % per !== 0n) {
        throw new Unfit(i, `Cannot keep ${value} ${from}s: the column counts ${to}s`);
      }
      const scaled = value * times / per;
      if (BigInt.asIntN(width * 8, scaled) !== scaled) {
        throw new Unfit(
          i,
          `Cannot keep ${value} ${from}s: ${to}s of ${width * 8} bits are too few`,
        );
      }
      if (target instanceof Int32Array) target[i] = Number(scaled);
      else target[i] = scaled;
    }
    return new Uint8Array(target.buffer);
  };
}

const DAY_NS = 86_400_000_000_000n;
/** The Julian day of 1970. */
const JULIAN_1970 = 2_440_588n;

/** Timestamps of INT96: nanoseconds of a day, and the Julian day above them. */
function fromInt96(unit: TimeUnit): ValueConversion {
  const per = BigInt(PER_SECOND.nanosecond / PER_SECOND[unit]);
  return ({ bytes, count }) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, count * 12);
    const target = new BigInt64Array(count);
    for (let i = 0; i < count; i++) {
      const ofDay = view.getBigUint64(i * 12, true);
      if (ofDay >= DAY_NS) {
        throw new Unfit(i, `Cannot keep an INT96: ${ofDay} nanoseconds are more than a day has`);
      }
      const day = BigInt(view.getInt32(i * 12 + 8, true)) - JULIAN_1970;
      const nanoseconds = day * DAY_NS + ofDay;
      if (nanoseconds % per !== 0n) {
        throw new Unfit(i, `Cannot keep ${nanoseconds} nanoseconds: the column counts ${unit}s`);
      }
      const scaled = nanoseconds / per;
      if (BigInt.asIntN(64, scaled) !== scaled) {
        throw new Unfit(
          i,
          `Cannot keep an INT96: ${unit}s of 64 bits do not reach day ${day} of 1970`,
        );
      }
      target[i] = scaled;
    }
    return new Uint8Array(target.buffer);
  };
}

const NS_PER_MS = 1_000_000n;

/** Months, days and milliseconds, unsigned, as one of Arrow's intervals. */
function intervals(unit: "yearMonth" | "dayTime" | "monthDayNano"): ValueConversion {
  return ({ bytes, count }) => {
    const source = new DataView(bytes.buffer, bytes.byteOffset, count * 12);
    const width = unit === "yearMonth" ? 4 : unit === "dayTime" ? 8 : 16;
    const target = new DataView(new ArrayBuffer(count * width));
    for (let i = 0; i < count; i++) {
      const [months, days, ms] = [0, 4, 8].map((at) => source.getUint32(i * 12 + at, true));
      const isOther = unit === "yearMonth" ? days! + ms! > 0 : unit === "dayTime" && months! > 0;
      const most = Math.max(months!, days!, unit === "dayTime" ? ms! : 0);
      if (isOther || most > 2 ** 31 - 1) {
        throw new Unfit(
          i,
          `Cannot keep an interval of ${months} months, ${days} days, ${ms} milliseconds as interval(${unit})`,
        );
      }
      const at = i * width;
      if (unit === "dayTime") {
        target.setInt32(at, days!, true);
        target.setInt32(at + 4, ms!, true);
      } else target.setInt32(at, months!, true);
      if (unit === "monthDayNano") {
        target.setInt32(at + 4, days!, true);
        target.setBigInt64(at + 8, BigInt(ms!) * NS_PER_MS, true);
      }
    }
    return new Uint8Array(target.buffer);
  };
}
