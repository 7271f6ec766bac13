/**
 * `ARROW:schema` against the Parquet schema: Arrow readers restore types by it, and some refuse a file where they differ.
 *
 * @see https://arrow.apache.org/docs/cpp/parquet.html#roundtripping-arrow-types-and-schema
 * @module
 */

import type { ParquetMetaData } from "../../format/metadata.ts";
import {
  buildSchemaTree,
  listElement,
  type SchemaNode,
  type SchemaTree,
} from "../../format/schema_tree.ts";
import type { ArrowField, ArrowType } from "../../schema/read_arrow_schema.ts";
import { FormatError } from "../../util/errors.ts";
import { readArrowSchemaValue } from "./arrow_schema_message.ts";
import { matchesLeaf } from "./arrow_type_match.ts";
import type { Findings } from "../findings.ts";
import type { LeafColumn } from "../leaf_column.ts";
import { dottedPath, quoted } from "../shown.ts";

const ARROW_SCHEMA_KEY = "ARROW:schema";

/** What annotates a group. */
type GroupAnnotation = "LIST" | "MAP" | "VARIANT" | null;

function annotationOf({ element }: SchemaNode): GroupAnnotation {
  const logical = element.logicalType?.type;
  if (logical === "LIST" || logical === "MAP" || logical === "VARIANT") return logical;
  const converted = element.convertedType;
  if (converted === "MAP_KEY_VALUE") return "MAP";
  return converted === "LIST" || converted === "MAP" ? converted : null;
}

/** Whether Parquet has a field required, whatever Arrow says: the key of a map, metadata and value of a variant. */
function isAlwaysRequired(node: SchemaNode, parent: SchemaNode): boolean {
  if (annotationOf(parent) === "VARIANT") return node.element.name !== "typed_value";
  return parent.element.repetitionType === "REPEATED" && parent.children[0] === node;
}

class Comparison {
  readonly #findings: Findings;
  readonly #leaves: ReadonlyMap<SchemaNode, LeafColumn>;

  constructor(findings: Findings, tree: SchemaTree, leaves: readonly LeafColumn[]) {
    this.#findings = findings;
    this.#leaves = new Map(tree.leaves.map((node, i) => [node, leaves[i]!]));
  }

  #mismatch(node: SchemaNode, reason: string): void {
    const column = dottedPath(node.path);
    this.#findings.add("arrow-schema-mismatch", reason, column === "" ? {} : { column });
  }

  /** Children of a group, in their order. */
  fields(fields: readonly ArrowField[], group: SchemaNode): void {
    const { children } = group;
    if (fields.length !== children.length) {
      const message = `ARROW:schema has ${fields.length} fields where there are ${children.length}`;
      this.#mismatch(group, message);
      return;
    }
    fields.forEach((field, i) => {
      const node = children[i]!;
      if (field.name !== node.element.name) {
        this.#mismatch(node, `ARROW:schema has the name ${quoted(field.name)}`);
      }
      this.#field(field, node, group);
    });
  }

  #field(field: ArrowField, node: SchemaNode, parent: SchemaNode): void {
    const { repetitionType } = node.element;
    if (repetitionType === "REPEATED") {
      this.#unannotatedList(field.type, node);
      return;
    }
    const optional = repetitionType === "OPTIONAL";
    if (!field.nullable && optional && valueType(field.type).kind !== "null") {
      this.#mismatch(node, "ARROW:schema says that it is never null, and it is OPTIONAL");
    } else if (field.nullable && !optional && !isAlwaysRequired(node, parent)) {
      this.#findings.add(
        "arrow-schema-nullability",
        "ARROW:schema says that it may be null, and it is REQUIRED",
        { column: dottedPath(node.path) },
      );
    }
    this.#type(field.type, node);
  }

  /** A repeated field in no LIST is a list that is not null, of values that are not null. */
  #unannotatedList(type: ArrowType, node: SchemaNode): void {
    const child = listChild(type);
    if (child === null) this.#mismatch(node, `ARROW:schema has ${type.kind} for a repeated field`);
    else this.#type(child.type, node);
  }

  #type(written: ArrowType, node: SchemaNode): void {
    const type = valueType(written);
    const leaf = this.#leaves.get(node);
    const child = listChild(type);
    if (leaf !== undefined) {
      if (matchesLeaf(type, leaf)) return;
      const { physicalType, logicalType } = leaf;
      const annotation = logicalType === null ? "" : ` (${JSON.stringify(logicalType)})`;
      this.#mismatch(
        node,
        `ARROW:schema has ${JSON.stringify(type, shortened)} for ${physicalType}${annotation}`,
      );
    } else if (type.kind === "struct") {
      const annotation = annotationOf(node);
      if (annotation === "LIST" || annotation === "MAP") {
        this.#mismatch(node, `ARROW:schema has a struct for a ${annotation}`);
      } else {
        this.fields(type.children, node);
      }
    } else if (type.kind === "map") {
      this.#map(type.child, node);
    } else if (child !== null) {
      this.#list(child, node);
    } else {
      this.#mismatch(node, `ARROW:schema has ${type.kind} for a group`);
    }
  }

  #list(child: ArrowField, node: SchemaNode): void {
    const element = annotationOf(node) === "LIST" ? listElement(node) : null;
    if (element === null) {
      this.#mismatch(node, "ARROW:schema has a list for a group that is not a list");
    } else if (element.element.repetitionType === "REPEATED") {
      this.#type(child.type, element);
    } else {
      this.#field(child, element, node);
    }
  }

  /** Names within a map are the standard's, whatever Arrow calls them. */
  #map(entries: ArrowField, node: SchemaNode): void {
    const repeated = node.children[0];
    if (annotationOf(node) !== "MAP" || repeated === undefined) {
      this.#mismatch(node, "ARROW:schema has a map for a group that is not a map");
      return;
    }
    const type = valueType(entries.type);
    if (type.kind !== "struct" || type.children.length !== repeated.children.length) {
      const message = "ARROW:schema has a map whose entries have other fields";
      this.#mismatch(node, message);
      return;
    }
    type.children.forEach((field, i) => this.#field(field, repeated.children[i]!, repeated));
  }
}

/** Children and metadata are not shown. */
function shortened(key: string, value: unknown): unknown {
  return key === "child" || key === "children" ? undefined : value;
}

/** What is stored: a dictionary's values, the values of runs. */
function valueType(type: ArrowType): ArrowType {
  let stored = type;
  while (stored.kind === "dictionary" || stored.kind === "runEndEncoded") {
    stored = stored.kind === "dictionary" ? stored.value : stored.values.type;
  }
  return stored;
}

function listChild(type: ArrowType): ArrowField | null {
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
      return type.child;
    default:
      return null;
  }
}

function treeOf(metadata: ParquetMetaData): SchemaTree | null {
  try {
    return buildSchemaTree(metadata.schema);
  } catch (error) {
    // Was reported with the schema.
    if (error instanceof FormatError) return null;
    throw error;
  }
}

/**
 * Checks `ARROW:schema`, where the file has it, against the Parquet schema.
 *
 * @param findings Takes what is found.
 * @param metadata The footer.
 * @param leaves All leaf columns.
 */
export function arrowSchemaClaims(
  findings: Findings,
  metadata: ParquetMetaData,
  leaves: readonly LeafColumn[],
): void {
  const pair = metadata.keyValueMetadata?.find(({ key }) => key === ARROW_SCHEMA_KEY);
  if (pair === undefined) return;
  const message = pair.value === undefined ? "there is no value" : readArrowSchemaValue(pair.value);
  if (typeof message === "string") {
    findings.add("arrow-schema-invalid", `ARROW:schema cannot be read: ${message}`);
    return;
  }
  if (message.legacy) {
    findings.add("arrow-schema-framing", "the message of ARROW:schema begins with its length");
  }
  const tree = treeOf(metadata);
  if (tree === null || tree.leaves.length !== leaves.length) return;
  new Comparison(findings, tree, leaves).fields(message.schema.fields, tree.root);
}
