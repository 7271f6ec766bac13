/**
 * The columns of a file that are read, and elements of its schema in words that this library has.
 *
 * @module
 */

import { logicalTypeOf } from "../file/describe_schema.ts";
import type { ParquetMetaData, SchemaElement } from "../format/metadata.ts";
import { buildSchemaTree, listElement, type SchemaNode } from "../format/schema_tree.ts";
import { SchemaError } from "../util/errors.ts";
import { nearestNames } from "../util/nearest_names.ts";

/** Some of a file's top-level columns. */
export interface SelectedColumns {
  /** The tree of their schema. */
  readonly root: SchemaNode;
  readonly elements: readonly SchemaElement[];
  /** For each leaf, its ordinal in the file. */
  readonly leafOrdinals: readonly number[];
  /** Their names; `null`: all columns are read. */
  readonly names: ReadonlySet<string> | null;
}

/**
 * Selects columns, in the order of the file.
 *
 * @param columns Their names; `undefined`: all.
 * @param lenient Whether what cannot be made sense of is read as it is stored.
 * @throws {SchemaError} When there is no such column.
 */
export function selectColumns(
  { schema }: ParquetMetaData,
  columns: readonly string[] | undefined,
  lenient: boolean,
): SelectedColumns {
  const { root, leaves } = buildSchemaTree(schema);
  const all = root.children.map(({ element }) => element.name);
  const unknown = columns?.find((name) => !all.includes(name));
  if (unknown !== undefined) {
    const near = nearestNames(unknown, all, 1)[0];
    const hint = near === undefined ? "" : `; did you mean ${near}?`;
    throw new SchemaError("", `there is no column ${JSON.stringify(unknown)}${hint}`);
  }
  const names = columns === undefined ? null : new Set(columns);
  const kept = root.children.filter(({ element }) => names?.has(element.name) ?? true);
  const elements: SchemaElement[] = [{ ...root.element, numChildren: kept.length }];
  const leafOrdinals: number[] = [];
  const ordinals = new Map(leaves.map((leaf, i) => [leaf, i]));
  const add = (node: SchemaNode): void => {
    elements.push(lenient ? shaped(node) : node.element);
    if (node.element.type !== undefined) leafOrdinals.push(ordinals.get(node)!);
    node.children.forEach(add);
  };
  kept.forEach(add);
  return { root: buildSchemaTree(elements).root, elements, leafOrdinals, names };
}

/** A group that says that it is a list or a map, and has not the shape of one, as a group. */
function shaped(node: SchemaNode): SchemaElement {
  const { element, children } = node;
  if (element.type !== undefined) return plainElement(element);
  const { logicalType: _, convertedType: __, ...bare } = element;
  switch (logicalTypeOf(element)?.type) {
    case "LIST":
      return listElement(node) === null ? bare : element;
    case "MAP": {
      const [inner] = children;
      const isMap = children.length === 1 && inner!.element.repetitionType === "REPEATED" &&
        inner!.children.length === 2;
      return isMap ? element : bare;
    }
    default:
      return bare;
  }
}

/** An element whose type is not written, as one that has the same values. */
export function writableElement(element: SchemaElement): SchemaElement {
  if (element.type === "INT96") {
    const unit = { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "NANOS" } as const;
    return { ...element, type: "INT64", logicalType: unit };
  }
  if (element.type !== "BYTE_ARRAY") return element;
  const { logicalType: _, convertedType: __, ...bare } = element;
  switch (logicalTypeOf(element)?.type) {
    case "ENUM":
      return { ...bare, logicalType: { type: "STRING" } };
    case "BSON":
      return bare;
    case "DECIMAL":
      return { ...element, type: "FIXED_LEN_BYTE_ARRAY", typeLength: 16 };
    default:
      return element;
  }
}

/** An element without an annotation that is not known, or does not belong to its physical type. */
export function plainElement(element: SchemaElement): SchemaElement {
  const { logicalType: _, convertedType, ...bare } = element;
  const logical = logicalTypeOf(element)?.type;
  if (convertedType === "INTERVAL") return element;
  const fitting = FITTING[element.type ?? ""];
  return logical === undefined || fitting === undefined || fitting.includes(logical)
    ? element
    : bare;
}

const INTEGERS = ["INTEGER", "DATE", "DECIMAL", "TIME", "TIMESTAMP", "UNKNOWN"];

const FITTING: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: [],
  FLOAT: [],
  DOUBLE: [],
  INT96: [],
  INT32: INTEGERS,
  INT64: INTEGERS,
  BYTE_ARRAY: ["STRING", "JSON", "ENUM", "BSON", "DECIMAL"],
  FIXED_LEN_BYTE_ARRAY: ["FLOAT16", "DECIMAL", "UUID"],
};
