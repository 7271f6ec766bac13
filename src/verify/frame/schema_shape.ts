/**
 * The schema as a tree: its nodes, and the shapes that LIST, MAP, VARIANT and FILE ask for.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 *
 * @module
 */

import type { SchemaElement } from "../../format/metadata.ts";
import { buildSchemaTree, type SchemaNode, type SchemaTree } from "../../format/schema_tree.ts";
import { FormatError } from "../../util/errors.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";
import { dottedPath, quoted } from "../shown.ts";

/** Nodes that a schema may have: paths take memory, and a node but a few bytes of the footer. */
const MAX_NODES = 2 ** 17;

/**
 * Checks the nodes of a schema, and builds its tree.
 *
 * @returns `null` where there is no tree, which is reported.
 */
export function readSchema(
  findings: Findings,
  schema: readonly SchemaElement[],
): SchemaTree | null {
  if (schema.length > MAX_NODES) {
    findings.add("limit", `the schema has ${schema.length} nodes, of ${MAX_NODES} at most`);
    return null;
  }
  let readable = true;
  schema.forEach((element, i) => {
    readable = checkNode(findings, element, i) && readable;
  });
  if (!readable) return null;
  let tree: SchemaTree;
  try {
    tree = buildSchemaTree(schema);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    findings.add("schema-tree", error.message);
    return null;
  }
  checkGroup(findings, tree.root, false);
  return tree;
}

/** Checks a node on its own; `false` where a tree cannot be built with it. */
function checkNode(findings: Findings, element: SchemaElement, i: number): boolean {
  const { name, type, numChildren, repetitionType } = element;
  const what = `node ${i} ${quoted(name)}`;
  let readable = true;
  if (i === 0) {
    if (type !== undefined) {
      findings.add("schema-tree", `the root ${quoted(name)} is a leaf`);
      readable = false;
    }
    if (repetitionType !== undefined && repetitionType !== "REQUIRED") {
      findings.add("root-repetition", `the root is ${repetitionType}`);
    }
  } else {
    if (repetitionType === undefined) {
      findings.add("repetition", `${what} has no repetition type`);
      readable = false;
    }
    if (name === "") findings.add("name-empty", `${what} has an empty name`);
  }
  if (type !== undefined) {
    if (numChildren === 0) findings.add("leaf-children", `${what} is a leaf with num_children 0`);
    else if (numChildren !== undefined) {
      findings.add("schema-node", `${what} has a type and ${numChildren} children`);
      readable = false;
    }
  } else if (numChildren === undefined) {
    findings.add("schema-node", `${what} has neither a type nor children`);
    readable = false;
  } else if (numChildren < 0) {
    findings.add("schema-node", `${what} has ${numChildren} children`);
    readable = false;
  } else if (numChildren === 0) {
    findings.add("group-empty", `${what} is a group without children`);
  }
  return readable;
}

/** Checks what is below a group; `annotated`: its repeated fields belong to a LIST or MAP. */
function checkGroup(findings: Findings, node: SchemaNode, annotated: boolean): void {
  const names = new Set<string>();
  for (const child of node.children) {
    const { element } = child;
    const place = placeOf(child);
    if (names.has(element.name)) {
      findings.add("name-duplicate", `there is more than one ${quoted(element.name)}`, place);
    }
    names.add(element.name);
    const kind = kindOf(child, annotated);
    if (kind === "LIST") checkList(findings, child, annotated);
    else if (kind === "MAP") checkMap(findings, child, annotated);
    else if (element.repetitionType === "REPEATED" && !annotated) {
      findings.add("repeated-unannotated", "a repeated field belongs to no LIST or MAP", place);
    }
    if (element.logicalType?.type === "VARIANT") checkVariant(findings, child);
    if (element.logicalType?.type === "FILE") checkFile(findings, child);
    if (child.children.length > 0) checkGroup(findings, child, kind !== null);
  }
}

/** What a group is to be read as. A MAP_KEY_VALUE that stands where a MAP's entries do is just those. */
function kindOf(node: SchemaNode, inside: boolean): "LIST" | "MAP" | null {
  const { type, logicalType, convertedType, repetitionType } = node.element;
  if (type !== undefined) return null;
  if (logicalType?.type === "LIST" || convertedType === "LIST") return "LIST";
  if (logicalType?.type === "MAP" || convertedType === "MAP") return "MAP";
  if (convertedType !== "MAP_KEY_VALUE") return null;
  return inside && repetitionType === "REPEATED" ? null : "MAP";
}

/** The one repeated field of a LIST or a MAP, `null` where there is none, which is reported. */
function repeatedField(
  findings: Findings,
  node: SchemaNode,
  kind: "list" | "map",
  inList: boolean,
): SchemaNode | null {
  const place = placeOf(node);
  const name = kind.toUpperCase();
  const [repeated] = node.children;
  if (node.element.repetitionType === "REPEATED") {
    // A list of lists of two levels; see the third of the rules for backward compatibility.
    if (kind === "list" && inList) findings.add("list-legacy", "a LIST is itself repeated", place);
    else {
      findings.add(`${kind}-shape`, `a ${name} is repeated`, place);
      return null;
    }
  }
  if (node.children.length !== 1 || repeated === undefined) {
    findings.add(`${kind}-shape`, `a ${name} has ${node.children.length} fields, not one`, place);
    return null;
  }
  if (repeated.element.repetitionType !== "REPEATED") {
    const state = `${quoted(repeated.element.name)} is ${repeated.element.repetitionType}`;
    findings.add(`${kind}-shape`, `the field of a ${name} is repeated: ${state}`, place);
    return null;
  }
  return repeated;
}

function checkList(findings: Findings, node: SchemaNode, inList: boolean): void {
  const repeated = repeatedField(findings, node, "list", inList);
  if (repeated === null) return;
  const place = placeOf(node);
  const [element] = repeated.children;
  if (repeated.children.length !== 1 || element === undefined) {
    const state = repeated.element.type === undefined
      ? `a group of ${repeated.children.length} fields`
      : "no group";
    findings.add("list-legacy", `the repeated field of a LIST is ${state}`, place);
  } else if (element.element.repetitionType === "REPEATED") {
    findings.add("list-legacy", "the element of a LIST is repeated", place);
  } else if (repeated.element.name !== "list" || element.element.name !== "element") {
    const names = `${quoted(repeated.element.name)} and ${quoted(element.element.name)}`;
    findings.add("list-legacy", `the levels of a LIST are named ${names}`, place);
  }
}

function checkMap(findings: Findings, node: SchemaNode, inside: boolean): void {
  const repeated = repeatedField(findings, node, "map", inside);
  if (repeated === null) return;
  const place = placeOf(node);
  const [key, value] = repeated.children;
  if (key === undefined || repeated.children.length > 2) {
    const state = `${repeated.children.length} fields`;
    findings.add(
      "map-shape",
      `the entries of a MAP have a key and at most a value, not ${state}`,
      place,
    );
    return;
  }
  if (key.element.repetitionType !== "REQUIRED") {
    findings.add("map-shape", `the key of a MAP is ${key.element.repetitionType}`, place);
  }
  if (value?.element.repetitionType === "REPEATED") {
    findings.add("map-shape", "the value of a MAP is repeated", place);
  }
  const names = [repeated, key, value].map((child) => child?.element.name);
  if (names[0] !== "key_value" || names[1] !== "key" || (names[2] ?? "value") !== "value") {
    const shown = names.filter((name) => name !== undefined).map(quoted).join(", ");
    findings.add("map-legacy", `the levels of a MAP are named ${shown}`, place);
  }
  if (node.element.logicalType?.type !== "MAP" && node.element.convertedType !== "MAP") {
    findings.add("map-legacy", "MAP_KEY_VALUE is used in place of MAP", place);
  }
}

function checkVariant(findings: Findings, node: SchemaNode): void {
  const place = placeOf(node);
  const named = (name: string) => node.children.find(({ element }) => element.name === name);
  const metadata = named("metadata")?.element;
  const value = named("value")?.element;
  const shredded = named("typed_value") !== undefined;
  if (metadata?.type !== "BYTE_ARRAY" || metadata.repetitionType !== "REQUIRED") {
    findings.add("variant-shape", "a VARIANT has no required BYTE_ARRAY metadata", place);
  }
  // VariantShredding.md lets a shredded array's element go without value; a VARIANT itself has one.
  if (value?.type !== "BYTE_ARRAY" || value.repetitionType === "REPEATED") {
    findings.add("variant-shape", "a VARIANT has no BYTE_ARRAY value", place);
  } else if (value.repetitionType === "OPTIONAL" && !shredded) {
    findings.add("variant-shape", "the value of a VARIANT is optional without typed_value", place);
  }
  for (const { element } of node.children) {
    if (element.name !== "metadata" && element.name !== "value" && element.name !== "typed_value") {
      findings.add("variant-shape", `a VARIANT has a field ${quoted(element.name)}`, place);
    }
  }
}

/** Fields of a FILE: physical type, and whether it is a STRING. */
const FILE_FIELDS: ReadonlyMap<string, readonly [SchemaElement["type"], boolean]> = new Map([
  ["uri", ["BYTE_ARRAY", true]],
  ["offset", ["INT64", false]],
  ["size", ["INT64", false]],
  ["content_type", ["BYTE_ARRAY", true]],
  ["checksum", ["BYTE_ARRAY", true]],
  ["inline", ["BYTE_ARRAY", false]],
]);

function checkFile(findings: Findings, node: SchemaNode): void {
  const place = placeOf(node);
  for (const { element } of node.children) {
    const name = quoted(element.name);
    const [type, isString] = FILE_FIELDS.get(element.name) ?? [];
    if (type === undefined) findings.add("file-shape", `a FILE has a field ${name}`, place);
    else if (element.type !== type || isString !== (element.logicalType?.type === "STRING")) {
      const expected = isString ? "STRING" : type;
      findings.add("file-shape", `the field ${name} of a FILE is no ${expected}`, place);
    } else if (element.repetitionType !== "OPTIONAL") {
      findings.add("file-shape", `the field ${name} of a FILE is not optional`, place);
    }
  }
}

function placeOf(node: SchemaNode): Place {
  return { column: dottedPath(node.path) };
}
