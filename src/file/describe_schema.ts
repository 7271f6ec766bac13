/**
 * The schema of a file, as data and as text.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import type {
  ConvertedType,
  FieldRepetitionType,
  LogicalType,
  ParquetTimeUnit,
  PhysicalType,
  SchemaElement,
} from "../format/metadata.ts";
import type { SchemaNode } from "../format/schema_tree.ts";
import { printableText } from "./printable_text.ts";

/** A node of the schema. What does not apply is `null`. */
export interface SchemaDescription {
  /** Name of the field. */
  readonly name: string;
  /** `null` for the root. */
  readonly repetition: FieldRepetitionType | null;
  /** `null` for a group. */
  readonly physicalType: PhysicalType | null;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value. */
  readonly typeLength: number | null;
  /** Logical type, such as `"DECIMAL(9,2)"` or `"TIMESTAMP(MICROS,true)"`. */
  readonly logicalType: string | null;
  /** Older annotation of what the values mean. */
  readonly convertedType: ConvertedType | null;
  /** Id of the field. */
  readonly fieldId: number | null;
  /** Definition level of a value that is there. */
  readonly maxDefinitionLevel: number;
  /** Number of repeated fields on the way to it, itself included. */
  readonly maxRepetitionLevel: number;
  /** Empty for a leaf. */
  readonly children: readonly SchemaDescription[];
}

/** Describes a node and all below it. */
export function describeSchema(node: SchemaNode): SchemaDescription {
  const { element } = node;
  return {
    name: element.name,
    repetition: element.repetitionType ?? null,
    physicalType: element.type ?? null,
    typeLength: element.type === "FIXED_LEN_BYTE_ARRAY" ? element.typeLength ?? null : null,
    logicalType: logicalTypeName(element),
    convertedType: element.convertedType ?? null,
    fieldId: element.fieldId ?? null,
    maxDefinitionLevel: node.maxDefinitionLevel,
    maxRepetitionLevel: node.maxRepetitionLevel,
    children: node.children.map(describeSchema),
  };
}

/**
 * The logical type of an element: the one that it has, or the one that its older annotation stands for.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (LogicalType)
 */
export function logicalTypeOf(element: SchemaElement): LogicalType | undefined {
  if (element.logicalType !== undefined) return element.logicalType;
  const converted = element.convertedType;
  switch (converted) {
    case undefined:
    case "INTERVAL":
      return undefined;
    case "UTF8":
      return { type: "STRING" };
    case "MAP":
    case "MAP_KEY_VALUE":
      return { type: "MAP" };
    case "LIST":
    case "ENUM":
    case "DATE":
    case "JSON":
    case "BSON":
      return { type: converted };
    case "DECIMAL":
      return { type: "DECIMAL", scale: element.scale ?? 0, precision: element.precision ?? 0 };
    case "TIME_MILLIS":
    case "TIME_MICROS":
      return { type: "TIME", isAdjustedToUTC: true, unit: unitOf(converted) };
    case "TIMESTAMP_MILLIS":
    case "TIMESTAMP_MICROS":
      return { type: "TIMESTAMP", isAdjustedToUTC: true, unit: unitOf(converted) };
    default:
      return {
        type: "INTEGER",
        bitWidth: Number(converted.slice(converted.indexOf("_") + 1)),
        isSigned: !converted.startsWith("U"),
      };
  }
}

function unitOf(converted: ConvertedType): ParquetTimeUnit {
  return converted.endsWith("MILLIS") ? "MILLIS" : "MICROS";
}

/** Name and parameters of an element's logical type, as parquet-java writes them; `null` where it has none. */
export function logicalTypeName(element: SchemaElement): string | null {
  const type = logicalTypeOf(element);
  if (type === undefined) return element.convertedType ?? null;
  switch (type.type) {
    case "DECIMAL":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "TIME":
    case "TIMESTAMP":
      return `${type.type}(${type.unit},${type.isAdjustedToUTC})`;
    case "INTEGER":
      return `INTEGER(${type.bitWidth},${type.isSigned})`;
    case "VARIANT":
      return type.specificationVersion === undefined
        ? "VARIANT"
        : `VARIANT(${type.specificationVersion})`;
    case "GEOMETRY":
      return type.crs === undefined ? "GEOMETRY" : `GEOMETRY(${type.crs})`;
    case "GEOGRAPHY": {
      const parameters = [type.crs, type.algorithm].filter((parameter) => parameter !== undefined);
      return parameters.length === 0 ? "GEOGRAPHY" : `GEOGRAPHY(${parameters.join(",")})`;
    }
    case "UNRECOGNIZED":
      return `UNRECOGNIZED(${type.id})`;
    default:
      return type.type;
  }
}

/** Physical types in the notation of schemas. */
const TYPE_WORDS: Readonly<Record<PhysicalType, string>> = {
  BOOLEAN: "boolean",
  INT32: "int32",
  INT64: "int64",
  INT96: "int96",
  FLOAT: "float",
  DOUBLE: "double",
  BYTE_ARRAY: "binary",
  FIXED_LEN_BYTE_ARRAY: "fixed_len_byte_array",
};

/**
 * The schema in the notation of Parquet's own tools, one node a line:
 *
 * ```text
 * message schema {
 *   required int64 id;
 *   optional binary name (STRING) = 2;
 * }
 * ```
 */
export function schemaText(root: SchemaNode): string {
  const lines: string[] = [];
  writeNode(root, 0, lines);
  return lines.join("\n");
}

function writeNode({ element, children }: SchemaNode, depth: number, lines: string[]): void {
  const indent = "  ".repeat(depth);
  const name = printableText(element.name);
  const annotation = logicalTypeName(element);
  const rest = `${annotation === null ? "" : ` (${printableText(annotation)})`}${
    element.fieldId === undefined ? "" : ` = ${element.fieldId}`
  }`;
  const repetition = element.repetitionType?.toLowerCase() ?? "required";
  if (element.type !== undefined) {
    const length = element.type === "FIXED_LEN_BYTE_ARRAY" ? `(${element.typeLength ?? "?"})` : "";
    lines.push(`${indent}${repetition} ${TYPE_WORDS[element.type]}${length} ${name}${rest};`);
    return;
  }
  lines.push(
    depth === 0 ? `message ${name}${rest} {` : `${indent}${repetition} group ${name}${rest} {`,
  );
  for (const child of children) writeNode(child, depth + 1, lines);
  lines.push(`${indent}}`);
}
