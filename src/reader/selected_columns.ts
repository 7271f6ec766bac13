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

/** Which columns are read. */
export interface ColumnSelection {
  /** Names of top-level columns; `undefined`: all. */
  readonly columns?: readonly string[] | undefined;
  /** Whether a column of these, or a member of a struct in it, is read, by its path; `undefined`: all of them are. */
  readonly chosen?: ((path: readonly string[]) => boolean) | undefined;
}

/**
 * Selects columns, in the order of the file.
 *
 * @param lenient Whether what cannot be made sense of is read as it is stored.
 * @throws {SchemaError} When there is no such column.
 */
export function selectColumns(
  { schema }: ParquetMetaData,
  { columns, chosen = () => true }: ColumnSelection,
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
  const asked = columns === undefined ? null : new Set(columns);
  const elements: SchemaElement[] = [];
  const leafOrdinals: number[] = [];
  const ordinals = new Map(leaves.map((leaf, i) => [leaf, i]));
  const isKept = (node: SchemaNode): boolean =>
    node.children.length === 0 ||
    node.children.some((child) => chosen(child.path) && isKept(child));
  const add = (node: SchemaNode): void => {
    const { element } = node;
    if (element.type !== undefined) leafOrdinals.push(ordinals.get(node)!);
    const kept = node.children.filter((child) =>
      (node !== root || (asked?.has(child.element.name) ?? true)) && chosen(child.path) &&
      isKept(child)
    );
    const own = lenient && node !== root ? shaped(node) : element;
    elements.push(element.type === undefined ? { ...own, numChildren: kept.length } : own);
    kept.forEach(add);
  };
  add(root);
  const selected = buildSchemaTree(elements).root;
  const names = new Set(selected.children.map(({ element }) => element.name));
  const isAll = names.size === root.children.length;
  return { root: selected, elements, leafOrdinals, names: isAll ? null : names };
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
