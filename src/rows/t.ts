/**
 * The types that a schema is made of, under their Arrow names.
 *
 * @module
 */

import type { ArrowField, ArrowType, TimeUnit as ArrowTimeUnit } from "../arrow/types.ts";
import { FieldType } from "./field_type.ts";
import type {
  BinaryValue,
  DateValue,
  DecimalValue,
  DurationValue,
  IntegerValue,
  IntervalValue,
  JsonValue,
  ListValue,
  MapValue,
  TimestampValue,
  TimeValue,
} from "./values.ts";

/** A unit of time: the short form, or the Arrow name. */
export type TimeUnit = "s" | "ms" | "us" | "ns" | ArrowTimeUnit;

/** Members of a struct or columns of a schema, by name. */
export type Shape = Readonly<Record<string, FieldType>>;

/** The values that a member may have in a row. */
export type ValueOf<Type> = Type extends FieldType<infer Value, infer Nullable>
  ? true extends Nullable ? Value | null | undefined : Value
  : never;

/** Names of the nullable members of a shape. */
export type NullableKeys<S extends Shape> = {
  [Name in keyof S]: S[Name] extends FieldType<unknown, infer Nullable>
    ? true extends Nullable ? Name : never
    : never;
}[keyof S];

/** A row, or a struct, of a shape. Nullable members may be missing. */
export type RowOf<S extends Shape> = string extends keyof S ? object
  :
    & { readonly [Name in Exclude<keyof S, NullableKeys<S>>]: ValueOf<S[Name]> }
    & { readonly [Name in NullableKeys<S>]?: ValueOf<S[Name]> };

type Made<Value> = FieldType<Value, false>;

const NO_METADATA: ReadonlyMap<string, string> = new Map();

const UNITS: Readonly<Record<TimeUnit, ArrowTimeUnit>> = {
  s: "second",
  ms: "millisecond",
  us: "microsecond",
  ns: "nanosecond",
  second: "second",
  millisecond: "millisecond",
  microsecond: "microsecond",
  nanosecond: "nanosecond",
};

function make<Value>(
  type: ArrowType,
  metadata: ReadonlyMap<string, string> = NO_METADATA,
): Made<Value> {
  return new FieldType<Value, false>(type, false, metadata);
}

function extension<Value>(type: ArrowType, name: string, metadata = ""): Made<Value> {
  return make(
    type,
    new Map([["ARROW:extension:name", name], ["ARROW:extension:metadata", metadata]]),
  );
}

function unitOf(unit: TimeUnit, valid: readonly ArrowTimeUnit[], what: string): ArrowTimeUnit {
  const known = Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (known === undefined || !valid.includes(known)) {
    const names = Object.entries(UNITS).filter(([short, long]) =>
      short.length <= 2 && valid.includes(long)
    ).map(([short]) => JSON.stringify(short));
    throw new TypeError(
      `Cannot make ${what} with unit ${JSON.stringify(unit)}: expected ${names.join(", ")}`,
    );
  }
  return known;
}

const ALL_UNITS = Object.values(UNITS);

function typeOf(type: unknown, what: string): FieldType {
  if (type instanceof FieldType) return type;
  throw new TypeError(`Cannot make ${what}: expected a type made by t, such as t.utf8()`);
}

function positive(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 1 || value > 2 ** 31 - 1) {
    throw new RangeError(`Cannot make ${what} of ${String(value)}: expected a positive integer`);
  }
  return value;
}

function decimalOf(
  bitWidth: 32 | 64 | 128 | 256,
  most: number,
  precision: number,
  scale: number,
): Made<DecimalValue> {
  if (!Number.isInteger(precision) || precision < 1 || precision > most) {
    throw new RangeError(
      `Cannot make a decimal of precision ${String(precision)}: expected 1 to ${most}`,
    );
  }
  if (!Number.isInteger(scale) || scale < 0 || scale > precision) {
    throw new RangeError(
      `Cannot make a decimal of scale ${String(scale)}: expected 0 to ${precision}`,
    );
  }
  return make({ kind: "decimal", bitWidth, precision, scale });
}

function listOf<F extends FieldType>(
  kind: "list" | "largeList" | "listView" | "largeListView",
  element: F,
): Made<ListValue<ValueOf<F>>> {
  return make({ kind, child: typeOf(element, `a ${kind}`).toField("element") });
}

/** The fields of a shape, in order. */
export function fieldsOf(shape: Shape, what: string): ArrowField[] {
  if (typeof shape !== "object" || shape === null) {
    throw new TypeError(`Cannot make ${what}: expected an object of types made by t`);
  }
  return Object.entries(shape).map(([name, type]) =>
    typeOf(type, `${what} with ${JSON.stringify(name)}`).toField(name)
  );
}

/** Interpolation of edges between positions, as named by GeoArrow. */
export type GeometryEdges = "planar" | "spherical" | "vincenty" | "thomas" | "andoyer" | "karney";

const EDGES: readonly GeometryEdges[] = [
  "planar",
  "spherical",
  "vincenty",
  "thomas",
  "andoyer",
  "karney",
];

function int(bitWidth: 8 | 16 | 32 | 64, signed: boolean): () => Made<IntegerValue> {
  return () => make({ kind: "int", bitWidth, signed });
}

function float(bitWidth: 16 | 32 | 64): () => Made<number> {
  return () => make({ kind: "float", bitWidth });
}

const bool = (): Made<boolean> => make({ kind: "bool" });

const date = (): Made<DateValue> => make({ kind: "date", unit: "day" });

/**
 * The types of columns. They are not nullable unless you make them so: `t.utf8().nullable()`.
 *
 * The README lists the JavaScript values that each type takes. Only floats are rounded; nothing is cut or converted to text.
 */
export const t: Types = {
  null: () => new FieldType<null, true>({ kind: "null" }, true, NO_METADATA),
  bool,
  boolean: bool,
  int8: int(8, true),
  int16: int(16, true),
  int32: int(32, true),
  int64: int(64, true),
  uint8: int(8, false),
  uint16: int(16, false),
  uint32: int(32, false),
  uint64: int(64, false),
  float16: float(16),
  float32: float(32),
  float64: float(64),
  decimal: (precision, scale = 0) => decimalOf(precision > 38 ? 256 : 128, 76, precision, scale),
  decimal32: (precision, scale = 0) => decimalOf(32, 9, precision, scale),
  decimal64: (precision, scale = 0) => decimalOf(64, 18, precision, scale),
  decimal128: (precision, scale = 0) => decimalOf(128, 38, precision, scale),
  decimal256: (precision, scale = 0) => decimalOf(256, 76, precision, scale),
  date,
  date32: date,
  date64: () => make({ kind: "date", unit: "millisecond" }),
  time32: (unit = "ms") =>
    make({
      kind: "time",
      bitWidth: 32,
      unit: unitOf(unit, ["second", "millisecond"], "a time32"),
    }),
  time64: (unit = "us") =>
    make({
      kind: "time",
      bitWidth: 64,
      unit: unitOf(unit, ["microsecond", "nanosecond"], "a time64"),
    }),
  timestamp: (unit = "us", timezone = null) => {
    if (timezone !== null && typeof timezone !== "string") {
      throw new TypeError("Cannot make a timestamp: its time zone must be a string or null");
    }
    return make({ kind: "timestamp", unit: unitOf(unit, ALL_UNITS, "a timestamp"), timezone });
  },
  duration: (unit = "us") =>
    make({ kind: "duration", unit: unitOf(unit, ALL_UNITS, "a duration") }),
  interval: (unit = "monthDayNano") => {
    if (!["yearMonth", "dayTime", "monthDayNano"].includes(unit)) {
      throw new TypeError(
        `Cannot make an interval with unit ${
          JSON.stringify(unit)
        }: expected "yearMonth", "dayTime", "monthDayNano"`,
      );
    }
    return make({ kind: "interval", unit });
  },
  utf8: () => make({ kind: "utf8" }),
  largeUtf8: () => make({ kind: "largeUtf8" }),
  utf8View: () => make({ kind: "utf8View" }),
  binary: () => make({ kind: "binary" }),
  largeBinary: () => make({ kind: "largeBinary" }),
  binaryView: () => make({ kind: "binaryView" }),
  fixedSizeBinary: (byteWidth) =>
    make({ kind: "fixedSizeBinary", byteWidth: positive(byteWidth, "a fixedSizeBinary") }),
  list: (element) => listOf("list", element),
  largeList: (element) => listOf("largeList", element),
  listView: (element) => listOf("listView", element),
  largeListView: (element) => listOf("largeListView", element),
  fixedSizeList: (element, listSize) =>
    make({
      kind: "fixedSizeList",
      listSize: positive(listSize, "a fixedSizeList"),
      child: typeOf(element, "a fixedSizeList").toField("element"),
    }),
  map: (key, value) => {
    const keyField = typeOf(key, "a map").toField("key");
    if (keyField.nullable) throw new TypeError("Cannot make a map: keys cannot be null");
    const children = [keyField, typeOf(value, "a map").toField("value")];
    const entries = new FieldType({ kind: "struct", children }, false, NO_METADATA);
    return make({ kind: "map", keysSorted: false, child: entries.toField("key_value") });
  },
  struct: (members) => make({ kind: "struct", children: fieldsOf(members, "a struct") }),
  dictionary: (value) =>
    make({
      kind: "dictionary",
      index: { kind: "int", bitWidth: 32, signed: true },
      value: typeOf(value, "a dictionary").type,
      ordered: false,
    }, typeOf(value, "a dictionary").fieldMetadata),
  uuid: () => extension({ kind: "fixedSizeBinary", byteWidth: 16 }, "arrow.uuid"),
  json: () => extension({ kind: "utf8" }, "arrow.json"),
  variant: () =>
    extension({
      kind: "struct",
      children: [
        make({ kind: "binary" }).toField("metadata"),
        make({ kind: "binary" }).toField("value"),
      ],
    }, "arrow.parquet.variant"),
  wkb: ({ crs = null, edges = "planar" } = {}) => {
    if (!EDGES.includes(edges)) {
      const names = EDGES.map((name) => JSON.stringify(name)).join(", ");
      throw new TypeError(
        `Cannot make a wkb with edges ${JSON.stringify(edges)}: expected ${names}`,
      );
    }
    return extension(
      { kind: "binary" },
      "geoarrow.wkb",
      JSON.stringify({
        ...(crs === null ? {} : { crs }),
        ...(edges === "planar" ? {} : { edges }),
      }),
    );
  },
};

/** What `t` has. */
export interface Types {
  /** Nothing but nulls. */
  null(): FieldType<null, true>;
  /** `true` and `false`. */
  bool(): FieldType<boolean, false>;
  /** As `t.bool()`. */
  boolean(): FieldType<boolean, false>;
  /** Integers from −128 to 127. */
  int8(): FieldType<IntegerValue, false>;
  /** Integers from −32,768 to 32,767. */
  int16(): FieldType<IntegerValue, false>;
  /** Integers from −2³¹ to 2³¹ − 1. */
  int32(): FieldType<IntegerValue, false>;
  /** Integers from −2⁶³ to 2⁶³ − 1. */
  int64(): FieldType<IntegerValue, false>;
  /** Integers from 0 to 255. */
  uint8(): FieldType<IntegerValue, false>;
  /** Integers from 0 to 65,535. */
  uint16(): FieldType<IntegerValue, false>;
  /** Integers from 0 to 2³² − 1. */
  uint32(): FieldType<IntegerValue, false>;
  /** Integers from 0 to 2⁶⁴ − 1. */
  uint64(): FieldType<IntegerValue, false>;
  /** Half floats; numbers are rounded to the nearest. */
  float16(): FieldType<number, false>;
  /** Single floats; numbers are rounded to the nearest. */
  float32(): FieldType<number, false>;
  /** Double floats, as JavaScript numbers are. */
  float64(): FieldType<number, false>;
  /** Decimals of `precision` digits (1 to 76), `scale` of them after the point (default 0). */
  decimal(precision: number, scale?: number): FieldType<DecimalValue, false>;
  /** Decimals of up to 9 digits in 32 bits. */
  decimal32(precision: number, scale?: number): FieldType<DecimalValue, false>;
  /** Decimals of up to 18 digits in 64 bits. */
  decimal64(precision: number, scale?: number): FieldType<DecimalValue, false>;
  /** Decimals of up to 38 digits in 128 bits. */
  decimal128(precision: number, scale?: number): FieldType<DecimalValue, false>;
  /** Decimals of up to 76 digits in 256 bits. */
  decimal256(precision: number, scale?: number): FieldType<DecimalValue, false>;
  /** Days. As `t.date32()`. */
  date(): FieldType<DateValue, false>;
  /** Days in 32 bits. */
  date32(): FieldType<DateValue, false>;
  /** Days, as milliseconds in 64 bits. */
  date64(): FieldType<DateValue, false>;
  /** Times of day: "s" or "ms" (default). */
  time32(unit?: "s" | "ms" | "second" | "millisecond"): FieldType<TimeValue, false>;
  /** Times of day: "us" (default) or "ns". */
  time64(unit?: "us" | "ns" | "microsecond" | "nanosecond"): FieldType<TimeValue, false>;
  /** Instants with a time zone, such as "UTC"; local date-times without. Default unit "us". */
  timestamp(unit?: TimeUnit, timezone?: string | null): FieldType<TimestampValue, false>;
  /** Durations. Default unit "us". */
  duration(unit?: TimeUnit): FieldType<DurationValue, false>;
  /** Months, days and milliseconds. Default unit "monthDayNano". */
  interval(unit?: "yearMonth" | "dayTime" | "monthDayNano"): FieldType<IntervalValue, false>;
  /** Text. */
  utf8(): FieldType<string, false>;
  /** Text, for Arrow readers with offsets of 64 bits. */
  largeUtf8(): FieldType<string, false>;
  /** Text, for Arrow readers as views. */
  utf8View(): FieldType<string, false>;
  /** Bytes. */
  binary(): FieldType<BinaryValue, false>;
  /** Bytes, for Arrow readers with offsets of 64 bits. */
  largeBinary(): FieldType<BinaryValue, false>;
  /** Bytes, for Arrow readers as views. */
  binaryView(): FieldType<BinaryValue, false>;
  /** So many bytes. */
  fixedSizeBinary(byteWidth: number): FieldType<BinaryValue, false>;
  /** Lists of elements. */
  list<F extends FieldType>(element: F): FieldType<ListValue<ValueOf<F>>, false>;
  /** Lists, for Arrow readers with offsets of 64 bits. */
  largeList<F extends FieldType>(element: F): FieldType<ListValue<ValueOf<F>>, false>;
  /** Lists, for Arrow readers as views. */
  listView<F extends FieldType>(element: F): FieldType<ListValue<ValueOf<F>>, false>;
  /** Lists, for Arrow readers as views with offsets of 64 bits. */
  largeListView<F extends FieldType>(element: F): FieldType<ListValue<ValueOf<F>>, false>;
  /** Lists of a fixed number of elements. */
  fixedSizeList<F extends FieldType>(
    element: F,
    listSize: number,
  ): FieldType<ListValue<ValueOf<F>>, false>;
  /** Maps. */
  map<K extends FieldType<unknown, false>, V extends FieldType>(
    key: K,
    value: V,
  ): FieldType<MapValue<ValueOf<K>, ValueOf<V>>, false>;
  /** Structs of members. */
  struct<const S extends Shape>(members: S): FieldType<RowOf<S>, false>;
  /** The same values, as a dictionary for Arrow readers. Whether Parquet uses a dictionary depends on the values, not on this. */
  dictionary<F extends FieldType<unknown, false>>(value: F): FieldType<ValueOf<F>, false>;
  /** UUIDs (`arrow.uuid`). */
  uuid(): FieldType<string | BinaryValue, false>;
  /** JSON (`arrow.json`): strings are JSON text, other values are converted with `JSON.stringify`. */
  json(): FieldType<JsonValue, false>;
  /** Variant values (`arrow.parquet.variant`), already encoded. */
  variant(): FieldType<{ readonly metadata: BinaryValue; readonly value: BinaryValue }, false>;
  /** Geometries in well-known binary (`geoarrow.wkb`), with a coordinate reference system. */
  wkb(options?: {
    readonly crs?: unknown;
    readonly edges?: GeometryEdges;
  }): FieldType<BinaryValue, false>;
}
