/**
 * How rows are written that go behind those of a file: as the file has its columns, of several ways to write the same values.
 *
 * Writers differ. pyarrow has decimals of any precision as FIXED_LEN_BYTE_ARRAY, DuckDB those of more than 18 digits in 16 bytes, Spark
 * timestamps as INT96, and what an Arrow schema in the metadata says is not always what the columns are: version 1.0 of pyarrow's files
 * has nanoseconds as microseconds.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import { logicalTypeName, logicalTypeOf } from "../file/describe_schema.ts";
import type { ParquetMetaData, SchemaElement } from "../format/metadata.ts";
import { buildSchemaTree, listElement, type SchemaNode } from "../format/schema_tree.ts";
import { arrowSchemaOf } from "../reader/arrow_schema_of.ts";
import { extensionLeafType } from "../schema/extension_type.ts";
import { ARROW_SCHEMA_KEY } from "../schema/key_value_metadata.ts";
import {
  type ChooseLeafType,
  decimalByteLength,
  type LeafType,
  leafType,
} from "../schema/leaf_type.ts";

/** What rows have to be to go behind those of a file. */
export interface AppendedSchema {
  /** What rows and columns without a schema are. */
  readonly rows: ArrowSchema;
  /** How leaves are written. */
  readonly leafType: ChooseLeafType;
}

/** Finds what rows have to be to go behind those of a file. */
export function appendedSchema(metadata: ParquetMetaData): AppendedSchema {
  const elements = new Map<string, SchemaElement>();
  addLeaves(buildSchemaTree(metadata.schema).root, [], elements);
  const choose: ChooseLeafType = (type, leaf, path) => {
    const element = elements.get(path.join("\0"));
    return element === undefined ? leaf : likeElement(type, leaf, element);
  };
  const carried = arrowSchemaOf(metadata);
  if (metadata.keyValueMetadata?.every(({ key }) => key !== ARROW_SCHEMA_KEY) ?? true) {
    return { rows: carried, leafType: choose };
  }
  const fits = (field: ArrowField, path: readonly string[]) => {
    const element = elements.get(path.join("\0"));
    return element === undefined || isWrittenAs(field, path.join("."), element, choose, path);
  };
  const own = arrowSchemaOf({ ...metadata, keyValueMetadata: [] });
  const fields = merged(carried.fields, own.fields, [], fits);
  return { rows: { ...carried, fields }, leafType: choose };
}

/** Gathers leaves by their paths in Arrow, in which the groups within lists and maps have no names. */
function addLeaves(
  node: SchemaNode,
  path: readonly string[],
  elements: Map<string, SchemaElement>,
): void {
  const { element, children } = node;
  if (element.type !== undefined) {
    elements.set(path.join("\0"), element);
    return;
  }
  const kind = logicalTypeOf(element)?.type;
  const inner = kind === "LIST" ? listElement(node) : null;
  if (inner !== null) return addLeaves(inner, path, elements);
  if (kind === "MAP" && children.length === 1) {
    children[0]!.children.forEach((child, i) =>
      addLeaves(child, [...path, i === 0 ? "key" : "value"], elements)
    );
    return;
  }
  for (const child of children) addLeaves(child, [...path, child.element.name], elements);
}

/** Fields as an Arrow schema has them, but those that the file has otherwise as the file has them. */
function merged(
  carried: readonly ArrowField[],
  own: readonly ArrowField[],
  path: readonly string[],
  fits: (field: ArrowField, path: readonly string[]) => boolean,
): ArrowField[] {
  return carried.map((field) => {
    const other = own.find(({ name }) => name === field.name);
    return other === undefined ? field : mergedField(field, other, [...path, field.name], fits);
  });
}

function mergedField(
  field: ArrowField,
  own: ArrowField,
  path: readonly string[],
  fits: (field: ArrowField, path: readonly string[]) => boolean,
): ArrowField {
  const { type } = field;
  if (type.kind === "struct" && own.type.kind === "struct") {
    return {
      ...field,
      type: { ...type, children: merged(type.children, own.type.children, path, fits) },
    };
  }
  if ("child" in type && "child" in own.type) {
    const child = mergedField(type.child, own.type.child, path, fits);
    return { ...field, type: { ...type, child } };
  }
  if ("child" in type || "children" in type) return field;
  return fits(field, path) ? field : { ...field, type: own.type };
}

/** Whether a field without children would be written as an element. */
function isWrittenAs(
  field: ArrowField,
  name: string,
  element: SchemaElement,
  choose: ChooseLeafType,
  path: readonly string[],
): boolean {
  let { type } = field;
  while (type.kind === "dictionary" || type.kind === "runEndEncoded") {
    type = type.kind === "dictionary" ? type.value : type.values.type;
  }
  if ("child" in type || "children" in type) return true;
  const leaf = extensionLeafType(field, type, leafType(type, name, false), name);
  return isSame(choose(type, leaf, path), element);
}

/** Whether a leaf is what an element says. */
function isSame(leaf: LeafType, element: SchemaElement): boolean {
  const logicalType = leaf.logicalType ?? undefined;
  const convertedType = leaf.convertedType ?? undefined;
  const own = {
    name: "",
    ...(logicalType === undefined ? {} : { logicalType }),
    ...(convertedType === undefined ? {} : { convertedType }),
  };
  return leaf.physicalType === element.type && leaf.typeLength === (element.typeLength ?? 0) &&
    logicalTypeName(own) === logicalTypeName(element);
}

/** The way to write an Arrow type that an element is; `leaf`, the usual way, where there is none. */
function likeElement(type: ArrowType, leaf: LeafType, element: SchemaElement): LeafType {
  if (type.kind === "timestamp" && element.type === "INT96") {
    return {
      ...leaf,
      physicalType: "INT96",
      logicalType: null,
      convertedType: null,
      order: "none",
      conversion: `${type.unit}sToInt96`,
    };
  }
  const logical = logicalTypeOf(element);
  if (type.kind === "decimal" && logical?.type === "DECIMAL") {
    return logical.precision === type.precision && logical.scale === type.scale
      ? decimalLike(type, leaf, element)
      : leaf;
  }
  if (type.kind === "time" && logical?.type === "TIME") {
    const logicalType = { ...logical };
    const other = { ...leaf, logicalType };
    return isSame(other, element) ? other : leaf;
  }
  const isWider = type.kind === "int" && type.bitWidth === 32 && !type.signed &&
    element.type === "INT64" && logical === undefined;
  if (!isWider) return leaf;
  return {
    ...leafType({ kind: "int", bitWidth: 64, signed: true }, "", false),
    width: leaf.width,
    conversion: "uint32ToInt64",
  };
}

function decimalLike(
  { bitWidth, precision }: ArrowType & { kind: "decimal" },
  leaf: LeafType,
  { type, typeLength = 0 }: SchemaElement,
): LeafType {
  if (type === "FIXED_LEN_BYTE_ARRAY" && typeLength >= decimalByteLength(precision)) {
    return { ...leaf, physicalType: type, typeLength, order: "decimal", conversion: "decimal" };
  }
  const mostDigits = type === "INT32" ? 9 : type === "INT64" ? 18 : 0;
  if (precision > mostDigits) return leaf;
  const valueWidth = type === "INT32" ? 32 : 64;
  return {
    ...leaf,
    physicalType: type as "INT32" | "INT64",
    typeLength: 0,
    order: "signed",
    conversion: bitWidth === valueWidth ? "none" : "decimal",
  };
}
