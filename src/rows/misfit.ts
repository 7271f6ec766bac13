/**
 * Values that do not fit their column, on the way from where they are found to the error that names column and row.
 *
 * @module
 */

import { InvalidBatchError } from "../util/errors.ts";

/** A value that does not fit. Builders throw it with an index into their own values; those around them translate it. */
export class Misfit extends Error {
  /** Index of the value among those that the builder was given. */
  index: number;
  /** Names from the column down to the value. */
  path: readonly string[] = [];

  /** Creates the misfit of the value at `index`. */
  constructor(index: number, message: string) {
    super(message);
    this.index = index;
  }

  /** The error for a reader: `base` is the row of the value at index 0. */
  toError(column: string, base: number): InvalidBatchError {
    return new InvalidBatchError([column, ...this.path].join("."), base + this.index, this.message);
  }
}

/** More bytes than one array can hold: the rows have to be taken in smaller numbers. */
export class Overfull extends Error {
  /** Bytes that are too many. */
  readonly bytes: number;

  /** Creates the error. */
  constructor(bytes: number) {
    super(`${bytes} bytes`);
    this.bytes = bytes;
  }
}

/** The misfit of a value of the wrong kind. */
export function misfit(index: number, value: unknown, type: string, expected: string): Misfit {
  return new Misfit(index, `Cannot write ${shown(value)} as ${type}: expected ${expected}`);
}

/** A misfit of a member or an entry, from outside of it: `name` leads to it. */
export function within(error: Misfit, name: string): Misfit {
  error.path = [name, ...error.path];
  return error;
}

/** The misfit of a null. */
export function nullMisfit(index: number, value: null | undefined): Misfit {
  return new Misfit(
    index,
    value === null
      ? "Cannot accept a null: the field is not nullable"
      : "Cannot accept a missing value: the field is not nullable",
  );
}

const MAX_SHOWN = 60;

/** A value in few words, for messages. Never calls code of the caller's. */
export function shown(value: unknown): string {
  switch (typeof value) {
    case "string": {
      const text = value.length > MAX_SHOWN ? value.slice(0, MAX_SHOWN) : value;
      return `${JSON.stringify(text)}${value.length > MAX_SHOWN ? "…" : ""}`;
    }
    case "bigint": {
      const text = `${value}n`;
      return text.length > MAX_SHOWN ? `a bigint of ${text.length - 1} digits` : text;
    }
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "object": {
      if (value === null) return "null";
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (ArrayBuffer.isView(value)) return `${className(value)} of ${value.byteLength} bytes`;
      if (isDate(value)) {
        const time = dateTime(value);
        return Number.isNaN(time) ? "an invalid Date" : `Date ${new Date(time).toISOString()}`;
      }
      return className(value);
    }
    case "function":
      return "a function";
    case "symbol":
      return "a symbol";
    default:
      return String(value);
  }
}

/** What an object is called: its class, "an object" where it has none. */
export function className(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return "an object";
  const { constructor } = prototype as { constructor?: { name?: unknown } };
  const name = constructor?.name;
  if (tag !== "Object") return withArticle(tag);
  return typeof name !== "string" || name === "" || name === "Object"
    ? "an object"
    : `an object of class ${name}`;
}

function withArticle(name: string): string {
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

/** Whether a value is a `Date`, of whichever realm. */
export function isDate(value: object): value is Date {
  return value instanceof Date || Object.prototype.toString.call(value) === "[object Date]";
}

/** Milliseconds of a `Date`; NaN where there are none. */
export function dateTime(value: Date): number {
  try {
    return Date.prototype.getTime.call(value);
  } catch {
    return NaN;
  }
}
