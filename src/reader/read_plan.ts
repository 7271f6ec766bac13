/**
 * How the columns of a Parquet file become Arrow arrays: each by a node for each field.
 *
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import { logicalTypeOf } from "../file/describe_schema.ts";
import type { ParquetMetaData } from "../format/metadata.ts";
import { listElement, type SchemaNode } from "../format/schema_tree.ts";
import { arrowSchemaOf, extensionOf } from "./arrow_schema_of.ts";
import { builtField } from "../rows/create_builder.ts";
import { ARROW_SCHEMA_KEY } from "../schema/key_value_metadata.ts";
import { SchemaError } from "../util/errors.ts";
import { matchesLeaf } from "../verify/claims/arrow_type_match.ts";
import type { LeafColumn } from "../verify/leaf_column.ts";
import { leafColumn } from "./chunk_to_read.ts";
import {
  type ColumnSelection,
  plainElement,
  selectColumns,
  type SelectedColumns,
  writableElement,
} from "./selected_columns.ts";
import { conversionOf, type ValueConversion } from "./value_conversion.ts";

interface NodeBase {
  /** Names from below the root. */
  readonly path: readonly string[];
  readonly type: ArrowType;
  /** The definition level from which on it is not null; `null`: it never is. */
  readonly nullableLevel: number | null;
  /** The definition level from which on it is there: neither it nor what it is in is null. */
  readonly presentLevel: number;
  /** Ordinal, among the leaves of the plan, of the first leaf in it. */
  readonly firstLeaf: number;
}

/** Values of a leaf column. */
export interface LeafNode extends NodeBase {
  readonly kind: "leaf";
  readonly leaf: number;
  readonly convert: ValueConversion;
}

/** A struct. */
export interface StructNode extends NodeBase {
  readonly kind: "struct";
  readonly children: readonly ReadNode[];
}

/** A list, or a map, whose child is the struct of its keys and values. */
export interface ListNode extends NodeBase {
  readonly kind: "list";
  /** The definition level from which on it has an element. */
  readonly elementLevel: number;
  /** Elements that each has to have; `null`: any. */
  readonly listSize: number | null;
  readonly child: ReadNode;
}

/** What an array is made by. */
export type ReadNode = LeafNode | StructNode | ListNode;

/** How the rows of a file are read. */
export interface ReadPlan {
  /** The schema of the batches. */
  readonly schema: ArrowSchema;
  /** One a field. */
  readonly nodes: readonly ReadNode[];
  /** Leaf columns, with their ordinals in the file. */
  readonly leaves: readonly LeafColumn[];
}

/** What is read, and how strictly. */
export interface PlanOptions extends ColumnSelection {
  /** Whether columns of types that cannot be written again are read as what they are stored as. Default: they are refused. */
  readonly lenient?: boolean;
}

/** A field, and what its arrays are made by. */
interface PlannedField {
  readonly field: ArrowField;
  readonly node: ReadNode;
}

/** The types of a carried Arrow schema are not those of the columns. */
class Mismatch extends Error {}

/**
 * Plans how the rows of a file are read.
 *
 * @throws {SchemaError} For a column whose values cannot be kept as they are.
 */
export function planRead(metadata: ParquetMetaData, options: PlanOptions = {}): ReadPlan {
  const { lenient = false } = options;
  const selected = selectColumns(metadata, options, lenient);
  if (selected.root.children.length === 0) {
    throw new SchemaError("", "Cannot read rows: the file has no columns");
  }
  // Pandas and others keep theirs beside the schema: it goes with the rows.
  const pairs = (metadata.keyValueMetadata ?? []).flatMap(({ key, value }) =>
    key === ARROW_SCHEMA_KEY || value === undefined ? [] : [[key, value] as const]
  );
  const { fields, leaves } = planFields(metadata, selected, lenient);
  return {
    schema: { fields: fields.map(({ field }) => field), metadata: new Map(pairs) },
    nodes: fields.map(({ node }) => node),
    leaves,
  };
}

function planFields(metadata: ParquetMetaData, selected: SelectedColumns, lenient: boolean) {
  const plan = (from: ParquetMetaData) => {
    const planner = new Planner(selected, lenient);
    const fields = planner.members(fieldsOf(from, selected, lenient), selected.root);
    return { fields, leaves: planner.leaves };
  };
  try {
    return plan(metadata);
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
  }
  try {
    const pairs = metadata.keyValueMetadata?.filter(({ key }) => key !== ARROW_SCHEMA_KEY) ?? [];
    return plan({ ...metadata, keyValueMetadata: pairs });
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error;
    throw new SchemaError("", "Cannot read rows: the schema of the file contradicts itself");
  }
}

function fieldsOf(
  metadata: ParquetMetaData,
  { elements, names }: SelectedColumns,
  lenient: boolean,
): readonly ArrowField[] {
  const known = elements.map((element) =>
    writableElement(lenient ? plainElement(element) : element)
  );
  try {
    const { fields } = arrowSchemaOf({ ...metadata, schema: known });
    // Large types, views, dictionaries and runs are read as the plain types of the same values.
    return fields.filter(({ name }) => names === null || names.has(name))
      .map((field) => builtField(field));
  } catch (error) {
    if (!(error instanceof SchemaError)) throw error;
    const reason = error.message.replace(/^Cannot append rows: /, "").replace(/ \(column .*$/, "");
    throw new SchemaError(error.path, `Cannot read rows: ${reason}`, { cause: error });
  }
}

class Planner {
  readonly leaves: LeafColumn[] = [];
  readonly #selected: SelectedColumns;
  readonly #lenient: boolean;
  /** From below the root to where it is. */
  readonly #ancestors: SchemaNode[] = [];

  constructor(selected: SelectedColumns, lenient: boolean) {
    this.#selected = selected;
    this.#lenient = lenient;
  }

  /** The children of a group. */
  members(fields: readonly ArrowField[], group: SchemaNode): PlannedField[] {
    const { children } = group;
    if (
      fields.length !== children.length ||
      fields.some(({ name }, i) => name !== children[i]!.element.name)
    ) throw new Mismatch();
    const names = new Set<string>();
    return fields.map((field, i) => {
      if (names.has(field.name) && !this.#lenient) {
        throw refusal(children[i]!, "two fields have this name");
      }
      names.add(field.name);
      return this.#field(field, children[i]!);
    });
  }

  #field(field: ArrowField, node: SchemaNode): PlannedField {
    const { fieldId, repetitionType } = node.element;
    const isRepeated = repetitionType === "REPEATED";
    const metadata = new Map(field.metadata);
    if (fieldId !== undefined && !metadata.has(FIELD_ID)) metadata.set(FIELD_ID, String(fieldId));
    if (!this.#lenient) addExtension(node, metadata);
    const level = repetitionType === "OPTIONAL" ? node.maxDefinitionLevel : null;
    const read = isRepeated
      ? this.#repeated(field.type, node)
      : this.#value(field.type, node, level);
    const { type } = read;
    return {
      field: { ...field, type, metadata, nullable: field.nullable || type.kind === "null" },
      node: read,
    };
  }

  /** A repeated field that is no list's: no value of it is null. */
  #repeated(written: ArrowType, node: SchemaNode): ListNode {
    if (written.kind !== "list") throw new Mismatch();
    const { child } = written;
    const element = this.#value(child.type, node, null);
    return this.#listOf(
      { kind: "list", child: { ...child, type: element.type } },
      node,
      null,
      element,
      node.maxDefinitionLevel,
    );
  }

  #value(type: ArrowType, node: SchemaNode, nullableLevel: number | null): ReadNode {
    this.#ancestors.push(node);
    const read = node.element.type === undefined
      ? this.#group(type, node, nullableLevel)
      : this.#leaf(type, node, nullableLevel);
    this.#ancestors.pop();
    return read;
  }

  #leaf(carried: ArrowType, node: SchemaNode, nullableLevel: number | null): LeafNode {
    const { path, element, maxDefinitionLevel } = node;
    const leaf = this.leaves.length;
    const column = leafColumn(this.#selected.leafOrdinals[leaf]!, [...this.#ancestors]);
    this.leaves.push(column);
    if (column.logicalType?.type === "UNRECOGNIZED") {
      throw refusal(node, "its logical type is not known");
    }
    if (!matchesLeaf(carried, column)) throw new Mismatch();
    // Days stay days: Date64 would be written as an integer that is no date to most readers.
    const type: ArrowType = carried.kind === "date" && element.type === "INT32"
      ? { kind: "date", unit: "day" }
      : carried;
    return {
      kind: "leaf",
      path,
      type,
      nullableLevel,
      firstLeaf: leaf,
      leaf,
      presentLevel: maxDefinitionLevel,
      convert: conversionOf(type, column),
    };
  }

  #group(type: ArrowType, node: SchemaNode, nullableLevel: number | null): ReadNode {
    if (node.children.length === 0) throw refusal(node, "it is a group of nothing");
    const annotation = logicalTypeOf(node.element)?.type;
    if (annotation === "UNRECOGNIZED") throw refusal(node, "its logical type is not known");
    if (annotation === "LIST") return this.#list(type, node, nullableLevel);
    if (annotation === "MAP") return this.#map(type, node, nullableLevel);
    if (type.kind !== "struct") throw new Mismatch();
    return this.#struct(this.members(type.children, node), node, nullableLevel);
  }

  #struct(
    members: readonly PlannedField[],
    { path, maxDefinitionLevel: presentLevel }: SchemaNode,
    nullableLevel: number | null,
  ): StructNode {
    return {
      kind: "struct",
      path,
      type: { kind: "struct", children: members.map(({ field }) => field) },
      nullableLevel,
      presentLevel,
      firstLeaf: members[0]!.node.firstLeaf,
      children: members.map(({ node }) => node),
    };
  }

  #listOf(
    type: ArrowType,
    { path, maxDefinitionLevel: presentLevel }: SchemaNode,
    nullableLevel: number | null,
    child: ReadNode,
    elementLevel: number,
  ): ListNode {
    const { firstLeaf } = child;
    const listSize = type.kind === "fixedSizeList" ? type.listSize : null;
    const base = { path, type, nullableLevel, presentLevel, firstLeaf };
    return { kind: "list", ...base, elementLevel, listSize, child };
  }

  #list(type: ArrowType, node: SchemaNode, nullableLevel: number | null): ListNode {
    const element = listElement(node);
    if ((type.kind !== "list" && type.kind !== "fixedSizeList") || element === null) {
      throw new Mismatch();
    }
    const { child } = type;
    const inner = node.children[0]!;
    // In the older shape of two levels the repeated field is the element itself.
    if (element === inner) {
      const read = this.#value(child.type, element, null);
      const of = { ...type, child: { ...child, type: read.type } } as ArrowType;
      return this.#listOf(of, node, nullableLevel, read, inner.maxDefinitionLevel);
    }
    this.#ancestors.push(inner);
    const { field, node: read } = this.#field(child, element);
    this.#ancestors.pop();
    const of = { ...type, child: field } as ArrowType;
    return this.#listOf(of, node, nullableLevel, read, inner.maxDefinitionLevel);
  }

  #map(type: ArrowType, node: SchemaNode, nullableLevel: number | null): ListNode {
    if (type.kind !== "map" || type.child.type.kind !== "struct") throw new Mismatch();
    const [inner] = node.children;
    const entries = type.child.type.children;
    if (
      node.children.length !== 1 || inner!.children.length !== 2 || entries.length !== 2 ||
      inner!.element.repetitionType !== "REPEATED"
    ) throw new Mismatch();
    this.#ancestors.push(inner!);
    const members = entries.map((entry, i) => this.#field(entry, inner!.children[i]!));
    this.#ancestors.pop();
    const pair = this.#struct(members, inner!, null);
    const of: ArrowType = { ...type, child: { ...type.child, type: pair.type } };
    return this.#listOf(of, node, nullableLevel, pair, inner!.maxDefinitionLevel);
  }
}

const FIELD_ID = "PARQUET:field_id", EXTENSION = "ARROW:extension:name";

/** Says by metadata what the output is to say by annotations. */
function addExtension(node: SchemaNode, metadata: Map<string, string>): void {
  const [name, ...others] = extensionOf(node);
  if (name === undefined || metadata.get(EXTENSION) === name[1]) return;
  if (metadata.has(EXTENSION)) {
    throw refusal(
      node,
      `its Arrow type is ${metadata.get(EXTENSION)}, its logical type ${name[1]}`,
    );
  }
  for (const [key, value] of [name, ...others]) metadata.set(key, value);
}

function refusal({ path }: SchemaNode, reason: string): SchemaError {
  return new SchemaError(path.join("."), `Cannot read a column: ${reason}`);
}
