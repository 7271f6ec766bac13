/**
 * The Arrow schema of a Parquet file: the one that it carries, or what its own schema comes to.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType, TimeUnit } from "../arrow/types.ts";
import { logicalTypeName, logicalTypeOf } from "../file/describe_schema.ts";
import type { ParquetMetaData, ParquetTimeUnit } from "../format/metadata.ts";
import { buildSchemaTree, listElement, type SchemaNode } from "../format/schema_tree.ts";
import { ARROW_SCHEMA_KEY } from "../schema/key_value_metadata.ts";
import { SchemaError } from "../util/errors.ts";
import { readArrowSchemaValue } from "../verify/claims/arrow_schema_message.ts";

/** How Arrow calls the units of the format. */
export const UNITS: Readonly<Record<ParquetTimeUnit, TimeUnit>> = {
  MILLIS: "millisecond",
  MICROS: "microsecond",
  NANOS: "nanosecond",
};

/**
 * The Arrow schema that a file's rows have.
 *
 * @throws {SchemaError} When a column is of a type that this library does not write.
 */
export function arrowSchemaOf(metadata: ParquetMetaData): ArrowSchema {
  const value = metadata.keyValueMetadata?.findLast(({ key }) => key === ARROW_SCHEMA_KEY)?.value;
  const carried = value === undefined ? null : readArrowSchemaValue(value);
  if (carried !== null && typeof carried === "object") return carried.schema;
  const { root } = buildSchemaTree(metadata.schema);
  return { fields: root.children.map((node) => fieldOf(node)), metadata: new Map() };
}

/** The field of a node; `name` where it is not the node's. */
function fieldOf(node: SchemaNode, name = node.element.name): ArrowField {
  const { fieldId, repetitionType } = node.element;
  return {
    name,
    // A repeated field that is no list's is a list that is always there.
    type: repetitionType === "REPEATED"
      ? { kind: "list", child: { ...bare("element", typeOf(node)), nullable: false } }
      : typeOf(node),
    nullable: repetitionType === "OPTIONAL",
    metadata: new Map([
      ...(fieldId === undefined ? [] : [["PARQUET:field_id", String(fieldId)] as const]),
      ...extensionOf(node),
    ]),
  };
}

function bare(name: string, type: ArrowType): ArrowField {
  return { name, type, nullable: true, metadata: new Map() };
}

const EXTENSIONS: Readonly<Record<string, string>> = {
  JSON: "arrow.json",
  UUID: "arrow.uuid",
  GEOMETRY: "geoarrow.wkb",
  GEOGRAPHY: "geoarrow.wkb",
  VARIANT: "arrow.parquet.variant",
};

/** Metadata of a field: the extension type that its logical type is written by, if there is one. */
export function extensionOf({ element }: SchemaNode): (readonly [string, string])[] {
  const logical = logicalTypeOf(element);
  const name = EXTENSIONS[logical?.type ?? ""];
  if (name === undefined) return [];
  const pairs = [["ARROW:extension:name", name] as const];
  if (logical?.type !== "GEOMETRY" && logical?.type !== "GEOGRAPHY") return pairs;
  const metadata = {
    // Nothing said means longitude and latitude in Parquet, and not known in GeoArrow.
    crs: logical.crs ?? "OGC:CRS84",
    ...(logical.type === "GEOMETRY"
      ? {}
      : { edges: (logical.algorithm ?? "SPHERICAL").toLowerCase() }),
  };
  return [...pairs, ["ARROW:extension:metadata", JSON.stringify(metadata)]];
}

function typeOf(node: SchemaNode): ArrowType {
  const { element, children, path } = node;
  const logical = logicalTypeOf(element);
  if (element.type === undefined) {
    const [inner] = children;
    switch (logical?.type) {
      case undefined:
      case "VARIANT":
        return { kind: "struct", children: children.map((child) => fieldOf(child)) };
      case "LIST": {
        const element = listElement(node);
        if (element === null) break;
        // In the older shape of two levels the repeated field is the element itself.
        const child = element === inner
          ? { ...bare("element", typeOf(inner)), nullable: false }
          : fieldOf(element);
        return { kind: "list", child };
      }
      case "MAP":
        if (inner?.children.length !== 2) break;
        return {
          kind: "map",
          keysSorted: false,
          child: {
            ...bare("key_value", {
              kind: "struct",
              children: [fieldOf(inner.children[0]!, "key"), fieldOf(inner.children[1]!, "value")],
            }),
            nullable: false,
          },
        };
    }
    throw unknown(node);
  }
  switch (element.type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "FLOAT":
      return { kind: "float", bitWidth: 32 };
    case "DOUBLE":
      return { kind: "float", bitWidth: 64 };
    case "INT32":
    case "INT64":
      return integerOf(node, element.type === "INT32" ? 32 : 64);
    case "INT96":
      return { kind: "timestamp", unit: "nanosecond", timezone: null };
    case "BYTE_ARRAY":
      if (logical === undefined || logical.type === "GEOMETRY" || logical.type === "GEOGRAPHY") {
        return { kind: "binary" };
      }
      if (logical.type === "STRING" || logical.type === "JSON") return { kind: "utf8" };
      break;
    case "FIXED_LEN_BYTE_ARRAY": {
      const byteWidth = element.typeLength ?? 0;
      if (logical?.type === "FLOAT16") return { kind: "float", bitWidth: 16 };
      if (logical?.type === "DECIMAL") return decimalOf(logical);
      if (element.convertedType === "INTERVAL") return { kind: "interval", unit: "monthDayNano" };
      const isBytes = logical === undefined
        ? element.convertedType === undefined
        : logical.type === "UUID";
      if (isBytes) return { kind: "fixedSizeBinary", byteWidth };
    }
  }
  throw new SchemaError(
    path.join("."),
    `Cannot append rows: columns of ${element.type}${suffix(node)} are not written by this library`,
  );
}

function unknown(node: SchemaNode): SchemaError {
  return new SchemaError(
    node.path.join("."),
    `Cannot append rows: groups like this one${suffix(node)} are not written by this library`,
  );
}

function suffix({ element }: SchemaNode): string {
  const name = logicalTypeName(element);
  return name === null ? "" : ` (${name})`;
}

function decimalOf({ precision, scale }: { precision: number; scale: number }): ArrowType {
  return { kind: "decimal", bitWidth: precision > 38 ? 256 : 128, precision, scale };
}

function integerOf(node: SchemaNode, bitWidth: 32 | 64): ArrowType {
  const logical = logicalTypeOf(node.element);
  switch (logical?.type) {
    case undefined:
      return { kind: "int", bitWidth, signed: true };
    case "INTEGER":
      return { kind: "int", bitWidth: logical.bitWidth as 8, signed: logical.isSigned };
    case "DATE":
      return { kind: "date", unit: "day" };
    case "DECIMAL":
      return decimalOf(logical);
    case "TIME":
      return { kind: "time", bitWidth, unit: UNITS[logical.unit] };
    case "TIMESTAMP":
      return {
        kind: "timestamp",
        unit: UNITS[logical.unit],
        timezone: logical.isAdjustedToUTC ? "UTC" : null,
      };
    case "UNKNOWN":
      return { kind: "null" };
  }
  throw unknown(node);
}
