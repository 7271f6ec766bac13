/**
 * The schema as a tree, from the flat list of the footer.
 *
 * @see https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift (SchemaElement)
 *
 * @module
 */

import { FormatError } from "../util/errors.ts";
import type { SchemaElement } from "./metadata.ts";

/** Levels of groups that a schema may have. */
export const MAX_SCHEMA_DEPTH = 128;

/** Names that the paths of all nodes may have together: a deep node of a few bytes has a path of many. */
const MAX_PATH_NAMES = 2 ** 24;

/** A node of the schema. */
export interface SchemaNode {
  readonly element: SchemaElement;
  /** Empty for a leaf. */
  readonly children: readonly SchemaNode[];
  /** Names from below the root down to this node. */
  readonly path: readonly string[];
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
}

/** The tree, and its leaves in the order of the columns. */
export interface SchemaTree {
  readonly root: SchemaNode;
  readonly leaves: readonly SchemaNode[];
}

/**
 * Builds the tree of a schema.
 *
 * @throws {FormatError} where the list is not one tree, or where a node is neither a leaf nor a group.
 */
export function buildSchemaTree(schema: readonly SchemaElement[]): SchemaTree {
  const leaves: SchemaNode[] = [];
  let next = 0, pathNames = 0;

  function build(
    parentPath: readonly string[],
    definitionLevel: number,
    repetitionLevel: number,
    depth: number,
  ): SchemaNode {
    const element = schema[next++];
    if (element === undefined) {
      throw new FormatError("Cannot read the schema: it ends before its last node");
    }
    if (depth > MAX_SCHEMA_DEPTH) {
      throw new FormatError(`Cannot read the schema: it is deeper than ${MAX_SCHEMA_DEPTH}`);
    }
    const isRoot = depth === 0;
    if (!isRoot && element.repetitionType === undefined) {
      throw new FormatError(`Cannot read the schema: "${element.name}" has no repetition type`);
    }
    pathNames += depth;
    if (pathNames > MAX_PATH_NAMES) {
      throw new FormatError("Cannot read the schema: it has too many deeply nested nodes");
    }
    const path = isRoot ? parentPath : [...parentPath, element.name];
    const repetition = isRoot ? "REQUIRED" : element.repetitionType;
    const maxDefinitionLevel = definitionLevel + (repetition === "REQUIRED" ? 0 : 1);
    const maxRepetitionLevel = repetitionLevel + (repetition === "REPEATED" ? 1 : 0);
    const children: SchemaNode[] = [];
    const count = element.numChildren ?? 0;
    // Some writers say of a leaf that it has 0 children.
    if (element.type !== undefined ? count !== 0 : element.numChildren === undefined || count < 0) {
      throw new FormatError(
        `Cannot read the schema: "${element.name}" is neither a leaf nor a group`,
      );
    }
    // Fails at the end of the list at the latest, whatever the count.
    for (let i = 0; i < count; i++) {
      children.push(build(path, maxDefinitionLevel, maxRepetitionLevel, depth + 1));
    }
    const node = { element, children, path, maxDefinitionLevel, maxRepetitionLevel };
    if (element.type !== undefined) leaves.push(node);
    return node;
  }

  const root = build([], 0, 0, 0);
  if (next !== schema.length) {
    throw new FormatError(`Cannot read the schema: ${schema.length - next} nodes have no parent`);
  }
  return { root, leaves };
}

/**
 * The element of a LIST group: with the three levels of today its only grandchild; in older shapes the repeated node itself.
 *
 * @returns `null`: the group has not the shape of a list.
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#backward-compatibility-rules
 */
export function listElement(list: SchemaNode): SchemaNode | null {
  const repeated = list.children[0];
  if (list.children.length !== 1 || repeated?.element.repetitionType !== "REPEATED") return null;
  const only = repeated.children[0];
  const { name } = repeated.element;
  const isElement = only === undefined || repeated.children.length > 1 ||
    only.element.repetitionType === "REPEATED" || name === "array" ||
    name === `${list.element.name}_tuple`;
  return isElement ? repeated : only;
}
