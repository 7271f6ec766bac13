/**
 * Schemas as JSON: types as plain data, metadata as objects.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";

/** A field in JSON. Fields within its type have the same form. */
export interface JsonField {
  /** Name of the field. */
  readonly name: string;
  /** Type, as plain data: `kind` and its parameters. */
  readonly type: Readonly<Record<string, unknown>>;
  /** Whether values may be null. */
  readonly nullable: boolean;
  /** Metadata of the field; absent if there is none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A field in the form that it has in JSON. */
export function jsonField({ name, type, nullable, metadata }: ArrowField): JsonField {
  return {
    name,
    type: jsonType(type),
    nullable,
    ...(metadata.size === 0 ? {} : { metadata: Object.fromEntries(metadata) }),
  };
}

function jsonType(type: ArrowType): Record<string, unknown> {
  switch (type.kind) {
    case "struct":
    case "union":
      return { ...type, children: type.children.map(jsonField) };
    case "dictionary":
      return { ...type, value: jsonType(type.value) };
    case "runEndEncoded":
      return { ...type, runEnds: jsonField(type.runEnds), values: jsonField(type.values) };
    default:
      return "child" in type ? { ...type, child: jsonField(type.child) } : { ...type };
  }
}

type Json = Readonly<Record<string, unknown>>;

/** Whether an object with fields is JSON: plain data, with plain metadata or none. */
export function isJsonSchemaText(value: object): boolean {
  const { fields, metadata } = value as { fields: readonly Json[]; metadata?: unknown };
  return !(metadata instanceof Map) && fields.every((field) => {
    const type = field?.type as Json | undefined;
    return typeof type?.kind === "string" && !(field.metadata instanceof Map);
  });
}

/**
 * Reads a schema from JSON.
 *
 * @throws {TypeError} When it is not one.
 */
export function readJsonFields(value: object): ArrowSchema {
  const { fields, metadata } = value as { fields: readonly unknown[]; metadata?: unknown };
  return {
    fields: fields.map((field) => readField(field, "", 0)),
    metadata: readMetadata(metadata, ""),
  };
}

const MAX_DEPTH = 128;
const UNITS = ["second", "millisecond", "microsecond", "nanosecond"] as const;

function refuse(path: string, what: string): never {
  throw new TypeError(
    `Cannot read a schema: ${what}${path === "" ? "" : ` (column ${JSON.stringify(path)})`}`,
  );
}

function readField(value: unknown, parent: string, depth: number): ArrowField {
  if (depth > MAX_DEPTH) refuse(parent, "it is too deeply nested");
  const { name, type, nullable = false, metadata } = (value ?? {}) as Json;
  if (typeof name !== "string") refuse(parent, "a field has no name");
  const path = parent === "" ? name : `${parent}.${name}`;
  if (typeof nullable !== "boolean") refuse(path, "`nullable` is neither true nor false");
  return {
    name,
    type: readType(type, path, depth),
    nullable,
    metadata: readMetadata(metadata, path),
  };
}

function readMetadata(value: unknown, path: string): ReadonlyMap<string, string> {
  const entries = Object.entries(value ?? {}) as [string, unknown][];
  for (const [key, text] of entries) {
    if (typeof text !== "string") refuse(path, `metadata ${JSON.stringify(key)} is not a string`);
  }
  return new Map(entries as [string, string][]);
}

function readType(value: unknown, path: string, depth: number): ArrowType {
  const type = (value ?? {}) as Json;
  const one = <T>(name: string, valid: readonly T[]): T => {
    const found = valid.find((candidate) => candidate === type[name]);
    if (found === undefined) {
      refuse(
        path,
        `\`${name}\` of ${String(type.kind)} is ${JSON.stringify(type[name])}: expected ${
          valid.map((candidate) => JSON.stringify(candidate)).join(", ")
        }`,
      );
    }
    return found;
  };
  const integer = (name: string, min: number): number => {
    const number = type[name];
    if (typeof number !== "number" || !Number.isInteger(number) || number < min) {
      refuse(path, `\`${name}\` of ${String(type.kind)} is ${JSON.stringify(number)}`);
    }
    return number;
  };
  const field = (name: string): ArrowField => readField(type[name], path, depth + 1);
  const fields = (name: string): ArrowField[] => {
    const list = type[name];
    if (!Array.isArray(list)) refuse(path, `\`${name}\` of ${String(type.kind)} is not an array`);
    return list.map((child) => readField(child, path, depth + 1));
  };
  switch (type.kind) {
    case "null":
    case "bool":
    case "utf8":
    case "largeUtf8":
    case "utf8View":
    case "binary":
    case "largeBinary":
    case "binaryView":
      return { kind: type.kind };
    case "int":
      return {
        kind: "int",
        bitWidth: one("bitWidth", [8, 16, 32, 64]),
        signed: one("signed", [true, false]),
      };
    case "float":
      return { kind: "float", bitWidth: one("bitWidth", [16, 32, 64]) };
    case "decimal":
      return {
        kind: "decimal",
        bitWidth: one("bitWidth", [32, 64, 128, 256]),
        precision: integer("precision", 1),
        scale: integer("scale", -(2 ** 31)),
      };
    case "date":
      return { kind: "date", unit: one("unit", ["day", "millisecond"]) };
    case "time":
      return { kind: "time", bitWidth: one("bitWidth", [32, 64]), unit: one("unit", UNITS) };
    case "timestamp": {
      const { timezone = null } = type;
      if (timezone !== null && typeof timezone !== "string") {
        refuse(path, "a time zone is not a string");
      }
      return { kind: "timestamp", unit: one("unit", UNITS), timezone };
    }
    case "duration":
      return { kind: "duration", unit: one("unit", UNITS) };
    case "interval":
      return { kind: "interval", unit: one("unit", ["yearMonth", "dayTime", "monthDayNano"]) };
    case "fixedSizeBinary":
      return { kind: "fixedSizeBinary", byteWidth: integer("byteWidth", 0) };
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
      return { kind: type.kind, child: field("child") };
    case "fixedSizeList":
      return {
        kind: "fixedSizeList",
        listSize: integer("listSize", 0),
        child: field("child"),
      };
    case "map":
      return { kind: "map", keysSorted: type.keysSorted === true, child: field("child") };
    case "struct":
      return { kind: "struct", children: fields("children") };
    case "dictionary": {
      const index = readType(type.index, path, depth + 1);
      if (index.kind !== "int") refuse(path, "the index of a dictionary is not an integer");
      const value = readType(type.value, path, depth + 1);
      return { kind: "dictionary", index, value, ordered: type.ordered === true };
    }
    case "runEndEncoded":
      return { kind: "runEndEncoded", runEnds: field("runEnds"), values: field("values") };
    default:
      return refuse(path, `there is no type ${JSON.stringify(type.kind)}`);
  }
}
