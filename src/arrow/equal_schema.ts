/**
 * Whether two schemas are the same in everything, names, nullability and metadata included; and copies of schemas.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "./types.ts";

/** Whether both schemas say the same, in the same order. */
export function isEqualSchema(a: ArrowSchema, b: ArrowSchema): boolean {
  return a.fields.length === b.fields.length && isEqualMetadata(a.metadata, b.metadata) &&
    a.fields.every((field, i) => isEqualField(field, b.fields[i]!));
}

/** Whether both hold the same pairs in the same order. */
export function isEqualMetadata(
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): boolean {
  if (a.size !== b.size) return false;
  if (a.size === 0) return true;
  const others = b.entries();
  for (const [key, value] of a) {
    const other = others.next().value!;
    if (other[0] !== key || other[1] !== value) return false;
  }
  return true;
}

/** A copy of a schema that no change of the original reaches. */
export function copySchema({ fields, metadata }: ArrowSchema): ArrowSchema {
  return { fields: fields.map(copyField), metadata: new Map(metadata) };
}

function isEqualField(a: ArrowField, b: ArrowField): boolean {
  return a.name === b.name && a.nullable === b.nullable && isEqualValue(a.type, b.type) &&
    isEqualMetadata(a.metadata, b.metadata);
}

/** Compares types, and whatever they are made of: fields, lists of fields, other types, numbers and strings. */
function isEqualValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return false;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length &&
      a.every((value, i) => isEqualValue(value, b[i]));
  }
  if (a instanceof Map) return b instanceof Map && isEqualMetadata(a, b);
  const one = a as Readonly<Record<string, unknown>>;
  const other = b as Readonly<Record<string, unknown>>;
  let members = 0;
  for (const key in one) {
    if (!isEqualValue(one[key], other[key])) return false;
    members++;
  }
  for (const _key in other) members--;
  return members === 0;
}

function copyField(field: ArrowField): ArrowField {
  const { name, type, nullable, metadata } = field;
  return { name, type: copyValue(type) as ArrowType, nullable, metadata: new Map(metadata) };
}

function copyValue(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copyValue);
  if (value instanceof Map) return new Map(value);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, copyValue(part)]));
}
