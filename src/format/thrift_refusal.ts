/**
 * What is said of values that are not of their Thrift type.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import { I16_KIND, I32_KIND, I64_KIND, I8_KIND, type ThriftType } from "./thrift_description.ts";

/** Integers of a kind are in [−bound, bound); 0: it is of no integers. */
function boundOf(kind: number): number {
  switch (kind) {
    case I8_KIND:
      return 2 ** 7;
    case I16_KIND:
      return 2 ** 15;
    case I32_KIND:
      return 2 ** 31;
    case I64_KIND:
      return 2 ** 53;
    default:
      return 0;
  }
}

/** `value`, if it is a boolean. */
export function asBoolean<T>(type: ThriftType<T>, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(type, value);
  return value;
}

/** `value`, if it is an integer of a type. */
export function asInteger<T>(type: ThriftType<T>, value: unknown): number {
  const bound = boundOf(type.kind);
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(type, value);
  if (value < -bound || value >= bound || !Number.isSafeInteger(value)) {
    throw new LimitError("", -1, `Cannot write ${value} as ${type.name}: it is out of range`);
  }
  return value;
}

/** Throws what is wrong with a value that is not of a type without members. */
export function refuse<T>(type: ThriftType<T>, value: unknown): never {
  if (boundOf(type.kind) > 0) asInteger(type, value);
  throw wrongType(type, value);
}

/** What is thrown for a value of another type. */
export function wrongType<T>(type: ThriftType<T>, value: unknown): TypeError {
  return new TypeError(`Cannot write ${show(value)} as ${type.name}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : String(value);
}
