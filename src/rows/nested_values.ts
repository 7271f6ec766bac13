/**
 * Values of JavaScript that have others in them.
 *
 * @module
 */

import { isDate } from "./misfit.ts";

/** Whether a value has members: an object, but not one of the built-in kinds that stand for something else. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return true;
  return !Array.isArray(value) && !isDate(value) &&
    Object.prototype.toString.call(value) === "[object Object]";
}

/** Whether an object is no instance of a class: its own members are all that it has. */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The elements of an array or a typed array; `null`: it is neither. */
export function elementsOf(value: unknown): ArrayLike<unknown> | null {
  if (Array.isArray(value)) return value;
  return ArrayBuffer.isView(value) && "length" in value
    ? value as unknown as ArrayLike<unknown>
    : null;
}
