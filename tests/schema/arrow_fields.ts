/** Arrow fields and schemas in few words. */

import type { ArrowField, ArrowSchema, ArrowType, TimeUnit } from "../../src/arrow/types.ts";

export const INT32: ArrowType = { kind: "int", bitWidth: 32, signed: true };
export const INT64: ArrowType = { kind: "int", bitWidth: 64, signed: true };
export const UTF8: ArrowType = { kind: "utf8" };

export function field(
  name: string,
  type: ArrowType,
  nullable = true,
  metadata: Record<string, string> = {},
): ArrowField {
  return { name, type, nullable, metadata: new Map(Object.entries(metadata)) };
}

export function required(name: string, type: ArrowType): ArrowField {
  return field(name, type, false);
}

export function schemaOf(...fields: ArrowField[]): ArrowSchema {
  return { fields, metadata: new Map() };
}

export function int(bitWidth: 8 | 16 | 32 | 64, signed: boolean): ArrowType {
  return { kind: "int", bitWidth, signed };
}

export function decimal(bitWidth: 32 | 64 | 128 | 256, precision: number, scale = 0): ArrowType {
  return { kind: "decimal", bitWidth, precision, scale };
}

export function timestamp(unit: TimeUnit, timezone: string | null = null): ArrowType {
  return { kind: "timestamp", unit, timezone };
}

export function list(child: ArrowField): ArrowType {
  return { kind: "list", child };
}

export function struct(...children: ArrowField[]): ArrowType {
  return { kind: "struct", children };
}

export function map(key: ArrowField, value: ArrowField): ArrowType {
  const entries = required("entries", struct(key, value));
  return { kind: "map", keysSorted: false, child: entries };
}

export function dictionary(value: ArrowType): ArrowType {
  return {
    kind: "dictionary",
    index: { kind: "int", bitWidth: 32, signed: true },
    value,
    ordered: false,
  };
}

export function runs(value: ArrowType): ArrowType {
  return {
    kind: "runEndEncoded",
    runEnds: required("run_ends", INT32),
    values: field("values", value),
  };
}

/** A field of an extension type. */
export function extension(storage: ArrowType, name: string, metadata?: string): ArrowField {
  return field("a", storage, true, {
    "ARROW:extension:name": name,
    ...(metadata === undefined ? {} : { "ARROW:extension:metadata": metadata }),
  });
}
