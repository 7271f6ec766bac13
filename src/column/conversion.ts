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

const CONVERSIONS: Record<Exclude<LeafConversion, "none" | "decimal">, Convert> = {
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
};

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

/** Little-endian decimals: cut to INT32 or INT64, or turned round to big-endian FIXED_LEN_BYTE_ARRAY. */
function convertDecimal(
  { memory: { u8 } }: Kernels,
  src: Pointer,
  n: number,
  dst: Pointer,
  slotWidth: number,
  valueWidth: number,
  bigEndian: boolean,
): void {
  for (let i = 0; i < n; i++) {
    const from = src + i * slotWidth;
    const to = dst + i * valueWidth;
    if (bigEndian) {
      for (let b = 0; b < valueWidth; b++) u8[to + valueWidth - 1 - b] = u8[from + b]!;
    } else for (let b = 0; b < valueWidth; b++) u8[to + b] = u8[from + b]!;
  }
}

/** Converts n slots at `src` to values at `dst`. `bigEndian`: the values are FIXED_LEN_BYTE_ARRAY. */
export function convertValues(
  kernels: Kernels,
  conversion: Exclude<LeafConversion, "none">,
  src: Pointer,
  n: number,
  dst: Pointer,
  slotWidth: number,
  valueWidth: number,
  bigEndian: boolean,
): void {
  if (conversion === "decimal") {
    convertDecimal(kernels, src, n, dst, slotWidth, valueWidth, bigEndian);
  } else CONVERSIONS[conversion](kernels, src, n, dst, slotWidth, valueWidth);
}
