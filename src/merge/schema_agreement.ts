/**
 * Whether files can be merged: whether their columns are the same, in whatever order.
 *
 * @module
 */

import { logicalTypeName } from "../file/describe_schema.ts";
import type { SchemaElement } from "../format/metadata.ts";
import type { SchemaNode, SchemaTree } from "../format/schema_tree.ts";
import { SchemaError } from "../util/errors.ts";

/**
 * Finds the columns of one file in another.
 *
 * Names, types and nullability have to agree; fields may stand in another order, and the groups within lists and maps, whose names are
 * not the user's, may be called differently.
 *
 * @param target The schema of the merged file.
 * @param source The schema of the input `name`.
 * @param first Name of the input that `target` is of.
 * @returns For each leaf column of `target`, its ordinal in `source`.
 * @throws {SchemaError} When the schemas differ.
 */
export function mapColumns(
  target: SchemaTree,
  source: SchemaTree,
  name: string,
  first: string,
): number[] {
  const ordinals = new Map(source.leaves.map((leaf, i) => [leaf, i]));
  const mapping: number[] = [];
  const disagree = (node: SchemaNode, state: string): never => {
    throw new SchemaError(node.path.join("."), `Cannot merge ${name}: ${state}`);
  };
  const visit = (a: SchemaNode, b: SchemaNode, inner: boolean): void => {
    const difference = a === target.root ? null : differenceOf(a.element, b.element, inner);
    if (difference !== null) disagree(a, asIn(first, difference));
    if (a.element.type !== undefined) {
      mapping.push(ordinals.get(b)!);
      return;
    }
    const byPlace = childrenByPlace(a, inner);
    const innerBelow = isListOrMap(a.element);
    const rest = [...b.children];
    for (const child of a.children) {
      const at = byPlace && a.children.length === b.children.length
        ? 0
        : rest.findIndex(({ element }) => element.name === child.element.name);
      const [found] = at < 0 ? [] : rest.splice(at, 1);
      if (found === undefined) return disagree(child, `a column of ${first} is missing`);
      visit(child, found, innerBelow);
    }
    if (rest.length > 0) disagree(rest[0]!, `${first} has no such column`);
  };
  visit(target.root, source.root, false);
  return mapping;
}

function isListOrMap(element: SchemaElement): boolean {
  const type = element.type === undefined ? logicalTypeName(element) : null;
  return type === "LIST" || type === "MAP";
}

/** Whether the children of a group are told apart by their place: those of lists and maps, whose names vary from writer to writer. */
function childrenByPlace({ element, children }: SchemaNode, inner: boolean): boolean {
  if (isListOrMap(element)) return true;
  // The element of a list, or key and value of a map. A repeated group of several fields in a list is a struct itself.
  return inner && element.repetitionType === "REPEATED" &&
    (children.length === 1 || element.convertedType === "MAP_KEY_VALUE" || isKeyValue(children));
}

function isKeyValue(children: readonly SchemaNode[]): boolean {
  return children.length === 2 && children[0]!.element.repetitionType === "REQUIRED" &&
    children[0]!.element.name === "key";
}

/** What is not as it is in the first input, in words. */
export function asIn(first: string, [expected, found]: Difference): string {
  return `expected ${expected} as in ${first}, got ${found}`;
}

/** What the first input has, and what another one has instead. */
export type Difference = readonly [expected: string, found: string];

/** How two nodes differ; `null`: they do not. `inner`: they are the repeated groups of lists or maps. */
function differenceOf(a: SchemaElement, b: SchemaElement, inner: boolean): Difference | null {
  if (a.repetitionType !== b.repetitionType) return [`${a.repetitionType}`, `${b.repetitionType}`];
  const types: Difference = [typeOf(a, inner), typeOf(b, inner)];
  if (types[0] !== types[1]) return types;
  if (a.fieldId !== undefined && b.fieldId !== undefined && a.fieldId !== b.fieldId) {
    return [`field id ${a.fieldId}`, `${b.fieldId}`];
  }
  return null;
}

/** The type in words, the same for all ways to say the same. */
function typeOf(element: SchemaElement, inner: boolean): string {
  const { type, typeLength, repetitionType } = element;
  const physical = type === undefined
    ? "a group"
    : type === "FIXED_LEN_BYTE_ARRAY"
    ? `${type}(${typeLength})`
    : type;
  // MAP_KEY_VALUE and whatever else stands on groups that are no fields of the user's.
  if (inner && type === undefined && repetitionType === "REPEATED") return physical;
  const logical = logicalTypeName(element);
  const says = logical === null || logical === WHOLE[physical] ? "" : ` (${logical})`;
  return `${physical}${says}`;
}

/** Annotations that say no more than the physical type. */
const WHOLE: Readonly<Record<string, string>> = {
  INT32: "INTEGER(32,true)",
  INT64: "INTEGER(64,true)",
};
