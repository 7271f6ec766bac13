/**
 * What values of JavaScript the types of columns take, as TypeScript knows it.
 *
 * @module
 */

/** A whole number. */
export type IntegerValue = number | bigint;

/** A number (the decimal that it prints as), a whole bigint, or a string such as "12.50". */
export type DecimalValue = number | bigint | string;

/** Bytes. */
export type BinaryValue = Uint8Array | Uint8ClampedArray | ArrayBuffer;

/** A `Temporal` value, or a polyfill of one, recognized by its tag. */
export interface TemporalLike<Name extends string> {
  /** Its tag. */
  readonly [Symbol.toStringTag]: `Temporal.${Name}`;
}

/** A `Date` at midnight UTC, a string such as "2026-01-31", or days since 1970 (milliseconds of whole days for Date64). */
export type DateValue = Date | string | number | bigint | TemporalLike<"PlainDate">;

/** A string such as "23:59:59.5", or a count of the unit since midnight. */
export type TimeValue = string | number | bigint | TemporalLike<"PlainTime">;

/** A `Date`, an ISO 8601 string, or a count of the unit since 1970. */
export type TimestampValue =
  | Date
  | string
  | number
  | bigint
  | TemporalLike<"Instant" | "ZonedDateTime" | "PlainDateTime">;

/** Whole counts of units, which are added up. */
export interface SpanValue {
  /** Years. */
  readonly years?: number;
  /** Months. */
  readonly months?: number;
  /** Weeks. */
  readonly weeks?: number;
  /** Days. */
  readonly days?: number;
  /** Hours. */
  readonly hours?: number;
  /** Minutes. */
  readonly minutes?: number;
  /** Seconds. */
  readonly seconds?: number;
  /** Milliseconds. */
  readonly milliseconds?: number;
  /** Microseconds. */
  readonly microseconds?: number;
  /** Nanoseconds. */
  readonly nanoseconds?: number;
}

/** A count of the unit, or counts of other units. */
export type DurationValue = number | bigint | SpanValue | TemporalLike<"Duration">;

/** Counts of months, days and smaller units; for `yearMonth` also a number of months. */
export type IntervalValue = number | SpanValue | TemporalLike<"Duration">;

/** JSON text, or a value that `JSON.stringify` converts. */
export type JsonValue = string | number | boolean | object;

/** An array, or a typed array if the elements are numbers or bigints. */
export type ListValue<Element> =
  | readonly Element[]
  | (number extends Element ? NumberArray : never)
  | (bigint extends Element ? BigInt64Array | BigUint64Array : never);

/** A typed array of numbers. */
export type NumberArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** A `Map`, pairs, entries, or an object if the keys are strings. */
export type MapValue<Key, Value> =
  | ReadonlyMap<Key, Value>
  | readonly (readonly [Key, Value])[]
  | readonly { readonly key: Key; readonly value: Value }[]
  | (Key extends string ? Readonly<Record<string, Value>> : never);
