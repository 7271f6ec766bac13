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
import { arrowSchemaOf, UNITS } from "../reader/arrow_schema_of.ts";
import type { WriteTarget } from "../pipeline/write_parquet.ts";
import { type CountedUnit, rescalingOf } from "../schema/time_rescaling.ts";
import { extensionLeafType } from "../schema/extension_type.ts";
import { ARROW_SCHEMA_KEY } from "../schema/key_value_metadata.ts";
import {
  type ChooseLeafType,
  decimalByteLength,
  type LeafType,
  leafType,
} from "../schema/leaf_type.ts";

/** Finds what rows have to be to go behind those of a file. */
export function appendedSchema(metadata: ParquetMetaData): WriteTarget {
  const elements = new Map<string, SchemaElement>();
  addLeaves(buildSchemaTree(metadata.schema).root, [], elements);
  const types = new Map<string, ArrowType>();
  const choose: ChooseLeafType = (type, leaf, path) => {
    const key = path.join("\0");
    const element = elements.get(key);
    return element === undefined ? leaf : likeElement(type, leaf, element, types.get(key));
  };
  const carried = arrowSchemaOf(metadata);
  const written = (schema: ArrowSchema): ArrowSchema => ({
    ...schema,
    fields: asNullable(schema.fields, carried.fields),
  });
  if (metadata.keyValueMetadata?.every(({ key }) => key !== ARROW_SCHEMA_KEY) ?? true) {
    return { rows: carried, leafType: choose, written };
  }
  const fits = (field: ArrowField, path: readonly string[]) => {
    const key = path.join("\0");
    types.set(key, field.type);
    const element = elements.get(key);
    return element === undefined || isWrittenAs(field, path.join("."), element, choose, path);
  };
  const own = arrowSchemaOf({ ...metadata, keyValueMetadata: [] });
  const fields = merged(carried.fields, own.fields, [], fits);
  return { rows: { ...carried, fields }, leafType: choose, written };
}

/** Fields that may be null where those of the same name may be. */
function asNullable(fields: readonly ArrowField[], others: readonly ArrowField[]): ArrowField[] {
  return fields.map((field) => {
    const other = others.find(({ name }) => name === field.name);
    return other === undefined ? field : nullableLike(field, other);
  });
}

function nullableLike(field: ArrowField, other: ArrowField): ArrowField {
  const nullable = field.nullable || other.nullable;
  const { type } = field;
  if ("children" in type && "children" in other.type) {
    const children = asNullable(type.children, other.type.children);
    return { ...field, nullable, type: { ...type, children } };
  }
  if ("child" in type && "child" in other.type) {
    return {
      ...field,
      nullable,
      type: { ...type, child: nullableLike(type.child, other.type.child) },
    };
  }
  return { ...field, nullable };
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
  return leaf.physicalType === element.type && leaf.typeLength === (element.typeLength ?? 0) &&
    logicalTypeName(elementOf(leaf)) === logicalTypeName(element);
}

function elementOf({ physicalType, typeLength, logicalType, convertedType }: LeafType) {
  return {
    name: "",
    type: physicalType,
    typeLength,
    ...(logicalType === null ? {} : { logicalType }),
    ...(convertedType === null ? {} : { convertedType }),
  };
}

/**
 * The way to write an Arrow type that an element is; `leaf`, the usual way, where there is none.
 *
 * @param carried What the Arrow schema of the file says of the column.
 */
function likeElement(
  type: ArrowType,
  leaf: LeafType,
  element: SchemaElement,
  carried: ArrowType | undefined,
): LeafType {
  if (isSame(leaf, element)) return leaf;
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
  if (
    (type.kind === "time" || type.kind === "timestamp") && type.unit === "second" &&
    logical === undefined && leaf.physicalType === element.type &&
    carried?.kind === type.kind && carried.unit === "second"
  ) {
    // arrow-rs writes seconds as they are: Parquet has no unit for them, the Arrow schema says it all.
    return { ...leaf, logicalType: null, convertedType: null, conversion: "none" };
  }
  if (type.kind === "decimal" && logical?.type === "DECIMAL") {
    return logical.precision === type.precision && logical.scale === type.scale
      ? decimalLike(type, leaf, element)
      : leaf;
  }
  if (type.kind === "time" && logical?.type === "TIME") {
    const unit = UNITS[logical.unit];
    const bitWidth = unit === "millisecond" ? 32 : 64;
    const other = {
      ...counted(type, { kind: "time", bitWidth, unit }, leaf),
      logicalType: logical,
    };
    return isSame(other, element) ? other : leaf;
  }
  if (type.kind === "timestamp" && logical?.type === "TIMESTAMP") {
    const other = counted(type, { ...type, unit: UNITS[logical.unit] }, leaf);
    return isSame(other, element) ? other : leaf;
  }
  if (type.kind === "date") {
    const isDate64 = logical === undefined && element.type === "INT64" &&
      carried?.kind === "date" && carried.unit === "millisecond";
    if (logical?.type !== "DATE" && !isDate64) return leaf;
    return counted(type, { kind: "date", unit: isDate64 ? "millisecond" : "day" }, leaf);
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

/** Values of one type as those of another, which counts in another unit. */
function counted<T extends ArrowType & { readonly unit: CountedUnit }>(
  from: T,
  to: T,
  leaf: LeafType,
): LeafType {
  const like = leafType(to, "", false);
  if (isSame(like, elementOf(leaf))) return leaf;
  return { ...like, width: leaf.width, conversion: rescalingOf(from.unit, to.unit) };
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
