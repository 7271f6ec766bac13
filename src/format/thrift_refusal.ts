/**
 * What is said of values that are not of their Thrift type.
 *
 * @module
 */

import { LimitError } from "../util/errors.ts";
import { I16_KIND, I32_KIND, I64_KIND, I8_KIND, type ThriftType } from "./thrift_description.ts";

/** Integers of a kind are in [−bound, bound). */
const BOUNDS: ReadonlyMap<number, number> = new Map([
  [I8_KIND, 2 ** 7],
  [I16_KIND, 2 ** 15],
  [I32_KIND, 2 ** 31],
  [I64_KIND, 2 ** 53],
]);

/** `value`, if it is a boolean. */
export function asBoolean<T>(type: ThriftType<T>, value: unknown): boolean {
  if (typeof value !== "boolean") throw wrongType(type, value);
  return value;
}

/** `value`, if it is an integer of a type. */
export function asInteger<T>(type: ThriftType<T>, value: unknown): number {
  const bound = BOUNDS.get(type.kind)!;
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(type, value);
  if (value < -bound || value >= bound || !Number.isSafeInteger(value)) {
    throw new LimitError("", -1, `Cannot write ${value} as ${type.name}: it is out of range`);
  }
  return value;
}

/** Throws what is wrong with a value that is not of a type without members. */
export function refuse<T>(type: ThriftType<T>, value: unknown): never {
  if (BOUNDS.has(type.kind)) asInteger(type, value);
  throw wrongType(type, value);
}

/** What is thrown for a value of another type. */
export function wrongType<T>(type: ThriftType<T>, value: unknown): TypeError {
  return new TypeError(`Cannot write ${show(value)} as ${type.name}`);
}

function show(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value.slice(0, 64)) : String(value);
}
