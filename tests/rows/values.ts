/** Values as rows may have them, each with what a file has to hold: an oracle that shares nothing with `src/rows/`. */

import fc from "fast-check";
import { type FieldType, type Shape, t } from "../../mod.ts";
import type { TimeUnit } from "../../src/arrow/types.ts";
import { floatFromNumber, hex, interval, NANOSECONDS, type Value } from "../support/values.ts";

/** A value of a row, and the canonical value that it stands for. */
export type Pair = readonly [unknown, Value];

/** A type with values of every form that it takes. */
export interface Case {
  readonly type: FieldType<unknown, false>;
  readonly pairs: fc.Arbitrary<Pair>;
}

const utf8 = fc.string({ unit: "grapheme", maxLength: 24 });
const bytes = (length?: number) =>
  fc.uint8Array(
    length === undefined ? { maxLength: 12 } : { minLength: length, maxLength: length },
  );

function integers(bits: number, signed: boolean): fc.Arbitrary<Pair> {
  const min = signed ? -(2n ** BigInt(bits - 1)) : 0n;
  const max = 2n ** BigInt(signed ? bits - 1 : bits) - 1n;
  return fc.tuple(
    fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n)),
    fc.boolean(),
  )
    .map(([value, asNumber]): Pair => {
      const number = Number(value);
      const form = asNumber && Number.isSafeInteger(number) ? number : value;
      return [form, bits === 64 ? value : number];
    });
}

const doubles = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, NaN, Infinity, 1e-320));

function decimals(precision: number, scale: number): fc.Arbitrary<Pair> {
  const max = 10n ** BigInt(precision) - 1n;
  return fc.tuple(fc.bigInt({ min: -max, max }), fc.integer({ min: 0, max: 3 })).map(
    ([unscaled, form]): Pair => {
      const sign = unscaled < 0n ? "-" : "";
      const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
      const at = digits.length - scale;
      const text = scale === 0
        ? sign + digits
        : `${sign}${digits.slice(0, at)}.${digits.slice(at)}`;
      const whole = 10n ** BigInt(scale);
      if (form === 0 && unscaled % whole === 0n) return [unscaled / whole, unscaled];
      // A number that has no more digits than a double.
      if (form === 1 && digits.length <= 15) return [Number(text), unscaled];
      if (form === 2) return [`${sign}${digits}e-${scale}`, unscaled];
      return [text, unscaled];
    },
  );
}

const pad = (value: number | bigint, width: number) => String(value).padStart(width, "0");

function isoDate(days: number): string {
  return new Date(days * 86_400_000).toISOString().replace(/T.*/, "");
}

function isoTime(nanoseconds: bigint): string {
  const s = nanoseconds / 1_000_000_000n, fraction = nanoseconds % 1_000_000_000n;
  return `${pad(s / 3600n, 2)}:${pad(s / 60n % 60n, 2)}:${pad(s % 60n, 2)}${
    fraction === 0n ? "" : `.${pad(fraction, 9)}`
  }`;
}

// deno-lint-ignore no-explicit-any
const temporal = (globalThis as any).Temporal;
const DAY = 86_400_000_000_000n;

/** Days whose dates `Date` and `Temporal` have. */
const days = fc.integer({ min: -700_000, max: 2_900_000 });

const dates: fc.Arbitrary<readonly [unknown, number]> = fc.tuple(
  days,
  fc.integer({ min: 0, max: 4 }),
).map(([day, form]) => {
  if (form === 0) return [day, day] as const;
  if (form === 1) return [BigInt(day), day] as const;
  if (form === 2 && temporal !== undefined) {
    const date = new temporal.PlainDate(1970, 1, 1).add({ days: day });
    return [date, day] as const;
  }
  if (form === 3) return [isoDate(day), day] as const;
  return [new Date(day * 86_400_000), day] as const;
});

function times(bits: 32 | 64, unit: TimeUnit): fc.Arbitrary<Pair> {
  const perUnit = NANOSECONDS[unit];
  return fc.tuple(fc.bigInt({ min: 0n, max: DAY / perUnit - 1n }), fc.integer({ min: 0, max: 3 }))
    .map(([count, form]): Pair => {
      const value = count * perUnit;
      if (form === 0) return [Number(count), value];
      if (form === 1 && bits === 64) return [count, value];
      if (form === 2 && temporal !== undefined) {
        return [temporal.PlainTime.from(isoTime(value)), value];
      }
      return [isoTime(value), value];
    });
}

function timestamps(unit: TimeUnit, timezone: string | null): fc.Arbitrary<Pair> {
  const perUnit = NANOSECONDS[unit];
  const bound = 2n ** 63n / 2n;
  const most = unit === "nanosecond" ? bound : 60_000_000_000_000_000_000n;
  return fc.tuple(
    fc.bigInt({ min: -most / perUnit, max: most / perUnit }),
    fc.integer({ min: 0, max: 4 }),
  ).map(([count, form]): Pair => {
    const value = count * perUnit;
    const day = value / DAY - (value % DAY < 0n ? 1n : 0n);
    if (form === 0 && Number.isSafeInteger(Number(count))) return [Number(count), value];
    if (form === 1) return [count, value];
    if (form === 2 && value % 1_000_000n === 0n) {
      return [new Date(Number(value / 1_000_000n)), value];
    }
    if (form === 3 && temporal !== undefined) {
      const instant = new temporal.Instant(value);
      const form = timezone === null
        ? instant.toZonedDateTimeISO("UTC").toPlainDateTime()
        : instant;
      return [form, value];
    }
    const text = `${isoDate(Number(day))}T${isoTime(value - day * DAY)}`;
    return [timezone === null ? text : `${text}Z`, value];
  });
}

function durations(unit: TimeUnit): fc.Arbitrary<Pair> {
  const perUnit = NANOSECONDS[unit];
  return fc.tuple(
    fc.bigInt({ min: -(2n ** 50n), max: 2n ** 50n }),
    fc.integer({ min: 0, max: 3 }),
  ).map(([count, form]): Pair => {
    const value = count * perUnit;
    if (form === 0) return [Number(count), value];
    if (form === 1) {
      const name = `${unit}s`;
      return [{ [name]: Number(count) }, value];
    }
    if (form === 2 && temporal !== undefined && unit === "second") {
      return [
        temporal.Duration.from({ seconds: Number(count % 1_000_000n) }),
        count % 1_000_000n * perUnit,
      ];
    }
    return [count, value];
  });
}

const small = fc.integer({ min: 0, max: 100_000 });

/** Types without children. */
export const LEAVES: Readonly<Record<string, Case>> = {
  bool: { type: t.bool(), pairs: fc.boolean().map((value): Pair => [value, value]) },
  int8: { type: t.int8(), pairs: integers(8, true) },
  int16: { type: t.int16(), pairs: integers(16, true) },
  int32: { type: t.int32(), pairs: integers(32, true) },
  int64: { type: t.int64(), pairs: integers(64, true) },
  uint8: { type: t.uint8(), pairs: integers(8, false) },
  uint16: { type: t.uint16(), pairs: integers(16, false) },
  uint32: { type: t.uint32(), pairs: integers(32, false) },
  uint64: { type: t.uint64(), pairs: integers(64, false) },
  float16: {
    type: t.float16(),
    pairs: fc.integer({ min: -2048, max: 2048 }).map((value): Pair => [
      value / 32,
      floatFromNumber(16, value / 32),
    ]),
  },
  float32: {
    type: t.float32(),
    pairs: fc.oneof(fc.float(), fc.double({ min: -1e30, max: 1e30 })).map((value): Pair => [
      value,
      floatFromNumber(32, Math.fround(value)),
    ]),
  },
  float64: {
    type: t.float64(),
    pairs: doubles.map((value): Pair => [value, floatFromNumber(64, value)]),
  },
  decimal32: { type: t.decimal32(9, 2), pairs: decimals(9, 2) },
  decimal64: { type: t.decimal64(18, 4), pairs: decimals(18, 4) },
  decimal: { type: t.decimal(38, 10), pairs: decimals(38, 10) },
  decimalWhole: { type: t.decimal(20), pairs: decimals(20, 0) },
  decimal256: { type: t.decimal(76, 20), pairs: decimals(76, 20) },
  date: { type: t.date(), pairs: dates.map(([form, day]): Pair => [form, day]) },
  date64: {
    type: t.date64(),
    pairs: dates.map(([form, day]): Pair => {
      const ms = day * 86_400_000;
      if (typeof form === "number") return [ms, BigInt(ms)];
      return [typeof form === "bigint" ? BigInt(ms) : form, BigInt(ms)];
    }),
  },
  time32s: { type: t.time32("s"), pairs: times(32, "second") },
  time32: { type: t.time32(), pairs: times(32, "millisecond") },
  time64: { type: t.time64(), pairs: times(64, "microsecond") },
  time64ns: { type: t.time64("ns"), pairs: times(64, "nanosecond") },
  timestampS: { type: t.timestamp("s", "UTC"), pairs: timestamps("second", "UTC") },
  timestampMs: { type: t.timestamp("ms"), pairs: timestamps("millisecond", null) },
  timestampUs: { type: t.timestamp("us", "UTC"), pairs: timestamps("microsecond", "UTC") },
  timestampNs: {
    type: t.timestamp("ns", "Europe/Vienna"),
    pairs: timestamps("nanosecond", "Europe/Vienna"),
  },
  timestampNsLocal: { type: t.timestamp("nanosecond"), pairs: timestamps("nanosecond", null) },
  durationS: { type: t.duration("s"), pairs: durations("second") },
  durationNs: { type: t.duration("ns"), pairs: durations("nanosecond") },
  intervalYearMonth: {
    type: t.interval("yearMonth"),
    pairs: fc.tuple(small, small, fc.boolean()).map(([years, months, plain]): Pair =>
      plain
        ? [months, interval(months, 0, 0)]
        : [{ years, months }, interval(years * 12 + months, 0, 0)]
    ),
  },
  intervalDayTime: {
    type: t.interval("dayTime"),
    pairs: fc.tuple(small, small).map(([days, milliseconds]): Pair => [
      { days, milliseconds },
      interval(0, days, milliseconds),
    ]),
  },
  interval: {
    type: t.interval(),
    pairs: fc.tuple(small, small, small).map(([months, days, ms]): Pair => [
      { months, days, nanoseconds: ms * 1_000_000 },
      interval(months, days, ms),
    ]),
  },
  utf8: { type: t.utf8(), pairs: utf8.map((value): Pair => [value, `s:${value}`]) },
  largeUtf8: { type: t.largeUtf8(), pairs: utf8.map((value): Pair => [value, `s:${value}`]) },
  utf8View: { type: t.utf8View(), pairs: utf8.map((value): Pair => [value, `s:${value}`]) },
  dictionary: {
    type: t.dictionary(t.utf8()),
    pairs: fc.constantFrom("a", "b", "Grüße").map((value): Pair => [value, `s:${value}`]),
  },
  binary: {
    type: t.binary(),
    pairs: fc.tuple(bytes(), fc.integer({ min: 0, max: 2 })).map(([value, form]): Pair => [
      form === 0 ? value.slice().buffer : form === 1 ? new Uint8ClampedArray(value) : value,
      `x:${hex(value)}`,
    ]),
  },
  largeBinary: {
    type: t.largeBinary(),
    pairs: bytes().map((value): Pair => [value, `x:${hex(value)}`]),
  },
  binaryView: {
    type: t.binaryView(),
    pairs: bytes().map((value): Pair => [value, `x:${hex(value)}`]),
  },
  fixedSizeBinary: {
    type: t.fixedSizeBinary(5),
    pairs: bytes(5).map((value): Pair => [value, `x:${hex(value)}`]),
  },
  uuid: {
    type: t.uuid(),
    pairs: fc.tuple(bytes(16), fc.integer({ min: 0, max: 2 })).map(([value, form]): Pair => {
      const text = hex(value).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
      return [form === 0 ? value : form === 1 ? text : text.toUpperCase(), `x:${hex(value)}`];
    }),
  },
  json: {
    type: t.json(),
    pairs: fc.tuple(fc.jsonValue(), fc.boolean()).filter(([value]) => value !== null)
      .map(([value, asText]): Pair => {
        const text = JSON.stringify(value);
        return [asText || typeof value === "string" ? text : value, `s:${text}`];
      }),
  },
};

/** A case whose values may be null. */
export function nullable({ type, pairs }: Case): { type: FieldType; pairs: fc.Arbitrary<Pair> } {
  const nulls = fc.constantFrom<Pair>([null, null], [undefined, null]);
  return { type: type.nullable(), pairs: fc.oneof({ weight: 3, arbitrary: pairs }, nulls) };
}

type AnyCase = { readonly type: FieldType; readonly pairs: fc.Arbitrary<Pair> };

function nested(depth: number): fc.Arbitrary<Case> {
  const leaf = fc.constantFrom(...Object.values(LEAVES));
  if (depth === 0) return leaf;
  const inner: fc.Arbitrary<AnyCase> = fc.tuple(nested(depth - 1), fc.boolean()).map(
    ([one, isNullable]) => isNullable ? nullable(one) : one,
  );
  const lists = inner.map(({ type, pairs }): Case => ({
    type: t.list(type),
    pairs: fc.array(pairs, { maxLength: 3 }).map((items): Pair => [
      items.map(([form]) => form),
      items.map(([, value]) => value),
    ]),
  }));
  const fixed = inner.map(({ type, pairs }): Case => ({
    type: t.fixedSizeList(type, 2),
    pairs: fc.tuple(pairs, pairs).map((items): Pair => [
      items.map(([form]) => form),
      items.map(([, value]) => value),
    ]),
  }));
  const structs = fc.array(inner, { minLength: 1, maxLength: 3 }).map((members): Case => ({
    type: t.struct(Object.fromEntries(members.map(({ type }, i) => [`m${i}`, type]))),
    pairs: fc.tuple(...members.map(({ pairs }) => pairs)).map((items): Pair => [
      Object.fromEntries(items.flatMap(([form], i) => form === undefined ? [] : [[`m${i}`, form]])),
      items.map(([, value]) => value),
    ]),
  }));
  const maps = inner.map(({ type, pairs }): Case => ({
    type: t.map(t.utf8(), type),
    pairs: fc.tuple(
      fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "ü"), pairs), { maxLength: 3 }),
      fc.integer({ min: 0, max: 2 }),
    ).map(([entries, form]): Pair => {
      const unique = [...new Map(entries)];
      const pairs = unique.map(([key, [value]]): [string, unknown] => [key, value]);
      return [
        form === 0 ? new Map(pairs) : form === 1 ? Object.fromEntries(pairs) : pairs,
        unique.map(([key, [, value]]) => [`s:${key}`, value]),
      ];
    }),
  }));
  return fc.oneof(leaf, lists, fixed, structs, maps);
}

/** A shape, with rows of it and what their columns have to hold. */
export interface Table {
  readonly shape: Shape;
  readonly rows: readonly Record<string, unknown>[];
  readonly columns: readonly (readonly Value[])[];
}

/** Tables of any shape. */
export const tables: fc.Arbitrary<Table> = fc.array(
  fc.tuple(nested(2), fc.boolean()).map(([one, isNullable]): AnyCase =>
    isNullable ? nullable(one) : one
  ),
  { minLength: 1, maxLength: 4 },
).chain((columns) =>
  fc.array(fc.tuple(...columns.map(({ pairs }) => pairs)), { maxLength: 40 }).map((
    rows,
  ): Table => ({
    shape: Object.fromEntries(columns.map(({ type }, i) => [`c${i}`, type])),
    rows: rows.map((pairs) =>
      Object.fromEntries(pairs.flatMap(([form], i) => form === undefined ? [] : [[`c${i}`, form]]))
    ),
    columns: columns.map((_, i) => rows.map((pairs) => pairs[i]![1])),
  }))
);
