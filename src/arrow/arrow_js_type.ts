/**
 * Schemas and types of the Arrow JS library, known by their structure. Those of flechette differ in a few names only.
 *
 * @module
 */

import { SchemaError } from "../util/errors.ts";
import type { ArrowField, ArrowSchema, ArrowType, IntType, TimeUnit } from "./types.ts";

/** The members of an Arrow JS `DataType` that this library uses. */
export interface ArrowJsType {
  /** Number of the type, as in `Type` of Arrow JS. */
  readonly typeId: number;
}

/** The members of an Arrow JS `Field` that this library uses. */
export interface ArrowJsField {
  /** Name of the field. */
  readonly name: string;
  /** Type of the field. */
  readonly type: ArrowJsType;
  /** Whether values may be null. */
  readonly nullable: boolean;
  /** Metadata of the field. */
  readonly metadata?: ReadonlyMap<string, string> | null;
}

/** The members of an Arrow JS `Schema` that this library uses. */
export interface ArrowJsSchema {
  /** The columns. */
  readonly fields: readonly ArrowJsField[];
  /** Metadata of the schema. */
  readonly metadata?: ReadonlyMap<string, string> | null;
}

/** Everything that types of any kind may have. */
interface AnyType extends ArrowJsType {
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  /** What flechette calls `isSigned`. */
  readonly signed?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly timezone?: string | null;
  readonly byteWidth?: number;
  readonly listSize?: number;
  readonly keysSorted?: boolean;
  readonly mode?: number;
  readonly typeIds?: ArrayLike<number>;
  readonly children?: readonly ArrowJsField[] | null;
  readonly indices?: ArrowJsType;
  readonly dictionary?: ArrowJsType;
  readonly isOrdered?: boolean;
  /** What flechette calls `isOrdered`. */
  readonly ordered?: boolean;
  /** What flechette calls `byteWidth` and `listSize`. */
  readonly stride?: number;
}

/** Levels of nesting that are followed. */
export const MAX_TYPE_DEPTH = 128;

/** Whether a value has properties. */
export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** Whether a value is an Arrow JS schema. */
export function isArrowJsSchema(value: unknown): value is ArrowJsSchema {
  if (!isObject(value)) return false;
  return convertedSchemas.has(value as unknown as ArrowJsSchema) || Array.isArray(value.fields) &&
      value.fields.every((field) =>
        isObject(field) && isObject(field.type) && typeof field.type.typeId === "number"
      );
}

const TIME_UNITS: readonly TimeUnit[] = ["second", "millisecond", "microsecond", "nanosecond"];
const INTERVAL_UNITS = ["yearMonth", "dayTime", "monthDayNano"] as const;
const FLOAT_WIDTHS = [16, 32, 64] as const;

/** Types do not change once they are made, and converting them for every batch would cost more than the batch. */
const convertedTypes = new WeakMap<ArrowJsType, ArrowType>();
const convertedSchemas = new WeakMap<ArrowJsSchema, ArrowSchema>();
/** What the last schema became: batches that are read one after the other have schemas that are equal, and not the same. */
let lastConverted: ArrowSchema | null = null;

/**
 * Converts an Arrow JS schema. Nothing of it is kept but text. A schema that was converted before is taken to be as it was then.
 *
 * @throws {SchemaError} When it has a type that is not Arrow, or is nested too deeply.
 */
export function convertArrowJsSchema(schema: ArrowJsSchema): ArrowSchema {
  const known = convertedSchemas.get(schema);
  if (known !== undefined) return known;
  if (lastConverted === null || hasOtherText(schema, lastConverted)) return convertAnew(schema);
  convertedSchemas.set(schema, lastConverted);
  return lastConverted;
}

/** {@linkcode convertArrowJsSchema} for the schema of a file that begins: names and metadata may have been set since the last one. */
export function convertChangedSchema(schema: ArrowJsSchema): ArrowSchema {
  const converted = convertedSchemas.get(schema);
  return converted === undefined || hasOtherText(schema, converted)
    ? convertAnew(schema)
    : converted;
}

function convertAnew(schema: ArrowJsSchema): ArrowSchema {
  const converted = {
    fields: schema.fields.map((field) => convertField(field, "", 0)),
    metadata: convertMetadata(schema.metadata),
  };
  convertedSchemas.set(schema, converted);
  return lastConverted = converted;
}

/** Whether fields were renamed, or metadata set, since the schema was converted: both can be done to schemas that were used before. */
function hasOtherText({ fields, metadata }: ArrowJsSchema, converted: ArrowSchema): boolean {
  if (fields.length !== converted.fields.length) return true;
  if (hasOtherPairs(metadata, converted.metadata)) return true;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!, before = converted.fields[i]!;
    if (
      field.name !== before.name || Boolean(field.nullable) !== before.nullable ||
      convertedTypes.get(field.type) !== before.type ||
      hasOtherPairs(field.metadata, before.metadata)
    ) return true;
  }
  return false;
}

function hasOtherPairs(
  metadata: ReadonlyMap<string, string> | null | undefined,
  before: ReadonlyMap<string, string>,
): boolean {
  const size = metadata?.size ?? 0;
  if (size !== before.size) return true;
  if (size === 0) return false;
  return [...metadata!].some(([key, value]) => before.get(String(key)) !== String(value));
}

function convertField(field: ArrowJsField, parent: string, depth: number): ArrowField {
  const name = String(field.name);
  const path = parent === "" ? name : `${parent}.${name}`;
  if (depth > MAX_TYPE_DEPTH) {
    throw new SchemaError(parent, "Cannot read a schema: too deeply nested");
  }
  if (!isObject(field.type)) throw new SchemaError(path, "Cannot read a field: it has no type");
  return {
    name,
    type: convertType(field.type, path, depth),
    nullable: Boolean(field.nullable),
    metadata: convertMetadata(field.metadata),
  };
}

function convertMetadata(
  metadata: ReadonlyMap<string, string> | null | undefined,
): ReadonlyMap<string, string> {
  const entries = metadata ?? [];
  return new Map([...entries].map(([key, value]) => [String(key), String(value)]));
}

/** Converts a type; `path` is for messages. */
export function convertType(type: ArrowJsType, path: string, depth: number): ArrowType {
  let converted = convertedTypes.get(type);
  if (converted === undefined) {
    converted = typeOf(type, path, depth);
    convertedTypes.set(type, converted);
  }
  return converted;
}

function typeOf(type: AnyType, path: string, depth: number): ArrowType {
  const children = () => (type.children ?? []).map((child) => convertField(child, path, depth + 1));
  const child = (): ArrowField => {
    const [only] = children();
    if (only === undefined) throw unknownType(type, path);
    return only;
  };
  const known = <T>(value: T | undefined): T => {
    if (value === undefined) throw unknownType(type, path);
    return value;
  };
  switch (type.typeId) {
    case 1:
      return { kind: "null" };
    case 2:
      return intType(type, path);
    case 3:
      return { kind: "float", bitWidth: known(FLOAT_WIDTHS[type.precision ?? -1]) };
    case 4:
      return { kind: "binary" };
    case 5:
      return { kind: "utf8" };
    case 6:
      return { kind: "bool" };
    case 7:
      return {
        kind: "decimal",
        bitWidth: known(
          ([32, 64, 128, 256] as const).find((width) => width === (type.bitWidth ?? 128)),
        ),
        precision: known(type.precision),
        scale: type.scale ?? 0,
      };
    case 8:
      return { kind: "date", unit: known((["day", "millisecond"] as const)[type.unit ?? -1]) };
    case 9:
      return {
        kind: "time",
        unit: known(TIME_UNITS[type.unit ?? -1]),
        bitWidth: known(([32, 64] as const).find((width) => width === type.bitWidth)),
      };
    case 10:
      return {
        kind: "timestamp",
        unit: known(TIME_UNITS[type.unit ?? -1]),
        timezone: type.timezone ?? null,
      };
    case 11:
      return { kind: "interval", unit: known(INTERVAL_UNITS[type.unit ?? -1]) };
    case 12:
      return { kind: "list", child: child() };
    case 13:
      return { kind: "struct", children: children() };
    case 14:
      return {
        kind: "union",
        mode: type.mode === 1 ? "dense" : "sparse",
        typeIds: Array.from(type.typeIds ?? []),
        children: children(),
      };
    case 15:
      return { kind: "fixedSizeBinary", byteWidth: known(type.byteWidth ?? type.stride) };
    case 16:
      return {
        kind: "fixedSizeList",
        listSize: known(type.listSize ?? type.stride),
        child: child(),
      };
    case 17:
      return { kind: "map", keysSorted: Boolean(type.keysSorted), child: child() };
    case 18:
      return { kind: "duration", unit: known(TIME_UNITS[type.unit ?? -1]) };
    case 19:
      return { kind: "largeBinary" };
    case 20:
      return { kind: "largeUtf8" };
    case 21:
      return { kind: "largeList", child: child() };
    case 22: {
      const [runEnds, values] = children();
      return { kind: "runEndEncoded", runEnds: known(runEnds), values: known(values) };
    }
    case 23:
      return { kind: "binaryView" };
    case 24:
      return { kind: "utf8View" };
    case 25:
      return { kind: "listView", child: child() };
    case 26:
      return { kind: "largeListView", child: child() };
    case -1: {
      if (depth > MAX_TYPE_DEPTH) throw unknownType(type, path);
      return {
        kind: "dictionary",
        index: intType(known(type.indices), path),
        value: convertType(known(type.dictionary), path, depth + 1),
        ordered: Boolean(type.isOrdered ?? type.ordered),
      };
    }
    default:
      throw unknownType(type, path);
  }
}

function intType(type: AnyType, path: string): IntType {
  const bitWidth = ([8, 16, 32, 64] as const).find((width) => width === type.bitWidth);
  if (type.typeId !== 2 || bitWidth === undefined) throw unknownType(type, path);
  return { kind: "int", bitWidth, signed: Boolean(type.isSigned ?? type.signed) };
}

function unknownType(type: ArrowJsType, path: string): SchemaError {
  return new SchemaError(
    path,
    `Cannot read Arrow type ${type.typeId}: it is not known. Objects of Arrow JS 4 to 21 and of flechette are read; ` +
      "of others, pass IPC bytes",
  );
}
