/**
 * Arrow slots to values of the Parquet physical type, where the bytes differ.
 *
 * Admission has checked that every value fits; nothing here can fail.
 *
 * @module
 */

import type { Kernels, Pointer } from "../kernels/kernels.ts";
import type { LeafConversion } from "../schema/column_plan.ts";

const MILLISECONDS_PER_DAY = 86_400_000n;

/** Converts n slots of `slotWidth` bytes to values of `valueWidth` bytes. */
type Convert = (
  kernels: Kernels,
  src: Pointer,
  n: number,
  dst: Pointer,
  slotWidth: number,
  valueWidth: number,
) => void;

function widen(width: 1 | 2, signed: boolean): Convert {
  return (kernels, src, n, dst) => kernels.widen(src, width, signed, n, dst);
}

/** Julian day of 1 January 1970. */
const JULIAN_EPOCH = 2440588;

/**
 * Timestamps of `unitsPerDay = odd × 2^shift` to INT96. Without its lowest `shift` bits a timestamp is an integer that a
 * double holds exactly, and whose quotient by `odd` is too far from the next integer to be rounded to it.
 */
function int96(odd: number, shift: number, nanosecondsPerUnit: number): Convert {
  const low = 2 ** shift - 1;
  return ({ memory: { i32, u32 } }, src, n, dst) => {
    for (let i = 0; i < n; i++) {
      const from = (src >>> 2) + 2 * i;
      const to = (dst >>> 2) + 3 * i;
      const word = u32[from]!;
      const high = i32[from + 1]! * 2 ** (32 - shift) + (word >>> shift);
      const days = Math.floor(high / odd);
      const units = (high - days * odd) * (low + 1) + (word & low);
      const nanoseconds = units * nanosecondsPerUnit;
      u32[to] = nanoseconds;
      u32[to + 1] = nanoseconds / 2 ** 32;
      i32[to + 2] = days + JULIAN_EPOCH;
    }
  };
}

/** Counts × `multiplier` ÷ `divisor`. */
function rescale(multiplier: bigint, divisor = 1n): Convert {
  return ({ memory: { i32, i64 } }, src, n, dst, slotWidth, valueWidth) => {
    for (let i = 0; i < n; i++) {
      const value = slotWidth === 4 ? BigInt(i32[(src >>> 2) + i]!) : i64[(src / 8) + i]!;
      const rescaled = value * multiplier / divisor;
      if (valueWidth === 4) i32[(dst >>> 2) + i] = Number(rescaled);
      else i64[(dst / 8) + i] = rescaled;
    }
  };
}

const CONVERSIONS: Record<
  Exclude<LeafConversion, "none" | "decimal" | "fixedToByteArray">,
  Convert
> = {
  int8: widen(1, true),
  int16: widen(2, true),
  uint8: widen(1, false),
  uint16: widen(2, false),
  seconds32ToMilliseconds({ memory: { i32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) i32[(dst >>> 2) + i] = i32[(src >>> 2) + i]! * 1000;
  },
  seconds64ToMilliseconds({ memory: { i64 } }, src, n, dst) {
    for (let i = 0; i < n; i++) i64[(dst / 8) + i] = i64[(src / 8) + i]! * 1000n;
  },
  millisecondsToDays({ memory: { i64, i32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) {
      const milliseconds = i64[(src / 8) + i]!;
      const days = milliseconds / MILLISECONDS_PER_DAY;
      // BigInt division truncates; days before 1970 round down.
      const down = milliseconds < 0n && days * MILLISECONDS_PER_DAY !== milliseconds;
      i32[(dst >>> 2) + i] = Number(down ? days - 1n : days);
    }
  },
  intervalYearMonth({ memory: { i32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) putInterval(i32, dst, i, i32[(src >>> 2) + i]!, 0, 0);
  },
  intervalDayTime({ memory: { i32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) {
      const word = (src >>> 2) + i * 2;
      putInterval(i32, dst, i, 0, i32[word]!, i32[word + 1]!);
    }
  },
  intervalMonthDayNano({ memory: { i32, i64 } }, src, n, dst) {
    for (let i = 0; i < n; i++) {
      const word = (src >>> 2) + i * 4;
      const milliseconds = Number(i64[(src / 8) + i * 2 + 1]! / 1_000_000n);
      putInterval(i32, dst, i, i32[word]!, i32[word + 1]!, milliseconds);
    }
  },
  secondsToInt96: int96(675, 7, 1e9),
  millisecondsToInt96: int96(84_375, 10, 1e6),
  microsecondsToInt96: int96(10_546_875, 13, 1e3),
  nanosecondsToInt96: int96(1_318_359_375, 16, 1),
  nanosecondsToMicroseconds: rescale(1n, 1000n),
  times1000: rescale(1000n),
  times1000000: rescale(1_000_000n),
  times1000000000: rescale(1_000_000_000n),
  times86400000: rescale(MILLISECONDS_PER_DAY),
  over1000: rescale(1n, 1000n),
  over1000000: rescale(1n, 1_000_000n),
  over1000000000: rescale(1n, 1_000_000_000n),
  over86400000: rescale(1n, MILLISECONDS_PER_DAY),
  uint32ToInt64({ memory: { u32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) {
      u32[(dst >>> 2) + 2 * i] = u32[(src >>> 2) + i]!;
      u32[(dst >>> 2) + 2 * i + 1] = 0;
    }
  },
  uint64ToInt64({ memory: { u8 } }, src, n, dst) {
    u8.copyWithin(dst, src, src + 8 * n);
  },
  halfToFloat({ memory: { u16, u32 } }, src, n, dst) {
    for (let i = 0; i < n; i++) u32[(dst >>> 2) + i] = floatOfHalf(u16[(src >>> 1) + i]!);
  },
};

/** Bits of the float that equals a half float; a NaN keeps its payload. */
function floatOfHalf(bits: number): number {
  const sign = (bits & 0x8000) << 16;
  const exponent = bits >>> 10 & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | mantissa << 13;
  if (exponent > 0) return sign | exponent + 112 << 23 | mantissa << 13;
  if (mantissa === 0) return sign;
  // Subnormal: the highest set bit becomes the one that is not written.
  const shift = Math.clz32(mantissa) - 21;
  return sign | 113 - shift << 23 | (mantissa << shift & 0x3ff) << 13;
}

/** Parquet INTERVAL: months, days, milliseconds, each a little-endian u32. */
function putInterval(
  i32: Int32Array,
  dst: Pointer,
  index: number,
  months: number,
  days: number,
  milliseconds: number,
): void {
  const word = (dst >>> 2) + index * 3;
  i32[word] = months;
  i32[word + 1] = days;
  i32[word + 2] = milliseconds;
}

/**
 * Converts n slots at `src` to values at `dst`. `bigEndian`: the values are FIXED_LEN_BYTE_ARRAY; decimals, which are little-endian, are
 * cut to INT32 or INT64 otherwise.
 */
export function convertValues(
  kernels: Kernels,
  conversion: Exclude<LeafConversion, "none" | "fixedToByteArray">,
  src: Pointer,
  n: number,
  dst: Pointer,
  slotWidth: number,
  valueWidth: number,
  bigEndian: boolean,
): void {
  if (conversion === "decimal") {
    kernels.cutIntegers(src, slotWidth, n, dst, valueWidth, bigEndian);
  } else CONVERSIONS[conversion](kernels, src, n, dst, slotWidth, valueWidth);
}
