/**
 * From an Arrow schema to the Parquet schema and the plan of every leaf column, in one walk.
 *
 * @see https://parquet.apache.org/docs/file-format/nestedencoding/
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types
 * @module
 */

import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import type {
  ColumnOrder,
  FieldRepetitionType,
  LogicalType,
  SchemaElement,
  SortingColumn,
} from "../format/metadata.ts";
import { LimitError, SchemaError } from "../util/errors.ts";
import type { Limits } from "../util/limits.ts";
import { assertBloomFilterFits } from "./bloom_filter_columns.ts";
import { ColumnKeys, overridesByElement } from "./column_keys.ts";
import type { ColumnPlan, GeospatialPlan, PathNode } from "./column_plan.ts";
import type { ColumnProperties } from "./column_properties.ts";
import { assertCompatNames, compatLeafType } from "./compat_type.ts";
import {
  extensionLeafType,
  isVariant,
  variantChildren,
  withoutGeospatialType,
} from "./extension_type.ts";
import { asInt96, assertInt96Fits, type PlannedLeaf } from "./int96_timestamp.ts";
import { type LeafType, leafType } from "./leaf_type.ts";
import { columnProperties } from "./resolve_options.ts";
import { resolveSortingColumns } from "./sorting_columns.ts";
import { fieldId, leafElement } from "./schema_element.ts";
import { assertEncodingFits } from "./value_encodings.ts";
import type { ResolvedOptions } from "./writer_options.ts";

/** A schema as it will be written. */
export interface SchemaPlan {
  /** The flattened Parquet schema, its root first. */
  readonly elements: readonly SchemaElement[];
  /** One plan a leaf column, in the order of the file. */
  readonly columns: readonly ColumnPlan[];
  /** One order a leaf column. */
  readonly columnOrders: readonly ColumnOrder[];
  /** By what the rows are sorted, the first column first. */
  readonly sortingColumns: readonly SortingColumn[];
  /** Where it is present, these limits hold for the file instead of the usual ones: in tests. */
  readonly limits?: Limits;
}

/**
 * Levels of the Parquet schema that a column may have, a list being two of them; a dictionary or runs count as one more. Levels
 * of definition, of which there are no more than these, fit a byte.
 */
export const MAX_DEPTH = 100;
/** Leaf columns that a file may have. */
export const MAX_COLUMNS = 100_000;

/** Name of the root, as arrow-rs has it. */
const ROOT_NAME = "arrow_schema";

/** Where the walk is. */
interface Position {
  /** Ordinal of the top-level field. */
  readonly field: number;
  /** Path of the field in Parquet. */
  readonly path: readonly string[];
  /** Path of the field in Arrow, levels without a name left out. */
  readonly arrowPath: readonly string[];
  /** Elements of the field's ancestors that a key of `columns` may name. */
  readonly ancestors: readonly number[];
  readonly nodes: readonly PathNode[];
  readonly definitionLevel: number;
  readonly repetitionLevel: number;
  /** Levels entered so far. */
  readonly depth: number;
  /** Within the storage of a variant. */
  readonly variant: boolean;
}

/** What a dictionary or runs stand for: encodings of the same values. */
function logicalArrowType(type: ArrowType, position: Position): [ArrowType, number] {
  let depth = position.depth + 1;
  while (type.kind === "dictionary" || type.kind === "runEndEncoded") {
    if (type.kind === "runEndEncoded" && type.runEnds.type.kind !== "int") {
      throw new SchemaError(
        position.arrowPath.join("."),
        "Cannot write runs whose ends are not integers",
      );
    }
    type = type.kind === "dictionary" ? type.value : type.values.type;
    depth++;
    assertDepth(depth, position);
  }
  assertDepth(depth, position);
  return [type, depth];
}

function assertDepth(depth: number, position: Position): void {
  if (depth > MAX_DEPTH) {
    throw new SchemaError(
      position.arrowPath.join("."),
      `Cannot write more than ${MAX_DEPTH} levels of nesting`,
    );
  }
}

/** Whether values of a type are nulls alone, however they are encoded. */
function isNullType(type: ArrowType): boolean {
  if (type.kind === "dictionary") return isNullType(type.value);
  return type.kind === "runEndEncoded" ? isNullType(type.values.type) : type.kind === "null";
}

/** The fields of a map's keys and values. */
function mapFields(
  type: ArrowType & { kind: "map" },
  position: Position,
): [ArrowField, ArrowField] {
  const entries = type.child.type;
  const [key, value, ...more] = entries.kind === "struct" ? entries.children : [];
  if (key === undefined || value === undefined || more.length > 0) {
    throw new SchemaError(
      position.arrowPath.join("."),
      "Cannot write a map whose entries are not a struct of a key and a value",
    );
  }
  if (isNullType(key.type)) {
    throw new SchemaError(
      position.arrowPath.join("."),
      "Cannot write a map whose keys are of type Null: Parquet has keys that are required",
    );
  }
  // A key is always there, whatever the schema says (Arrow JS says that it may be null): Parquet has it required.
  return [{ ...key, name: "key", nullable: false }, { ...value, name: "value" }];
}

class SchemaWalk {
  readonly elements: SchemaElement[] = [];
  /** Leaf columns before options of single columns are known. */
  readonly leaves: PlannedLeaf[] = [];
  readonly keys: ColumnKeys | null;
  readonly #coerceTypes: boolean;
  readonly #compat: boolean;
  readonly #geoParquet: ResolvedOptions["geoParquet"];
  readonly #leafType: ResolvedOptions["leafType"];

  constructor(options: ResolvedOptions) {
    this.#coerceTypes = options.coerceTypes;
    this.#compat = options.profile === "compat";
    this.#geoParquet = options.geoParquet;
    this.#leafType = options.leafType;
    // The index of names is only worth its memory where somebody asks for names.
    const named = options.columns.length + options.sortingColumns.length;
    this.keys = named === 0 ? null : new ColumnKeys();
  }

  #element(
    element: SchemaElement,
    position: Position,
    arrowPath: readonly string[] | null,
  ): number {
    const index = this.elements.push(element) - 1;
    this.keys?.add(index, arrowPath, position.path);
    return index;
  }

  #group(
    name: string,
    repetitionType: FieldRepetitionType,
    numChildren: number,
    rest: Partial<SchemaElement>,
  ): SchemaElement {
    return { repetitionType, name, numChildren, ...rest };
  }

  /**
   * @param named Whether the field has a name in an Arrow path; elements of a list have none.
   * @param position Where the field's parent is.
   */
  visit(field: ArrowField, named: boolean, parent: Position): void {
    const { name, nullable } = field;
    const arrowPath = named ? [...parent.arrowPath, name] : parent.arrowPath;
    let position: Position = { ...parent, path: [...parent.path, name], arrowPath };
    const [type, depth] = logicalArrowType(field.type, position);
    position = { ...position, depth };
    const spelling = named ? arrowPath : null;

    switch (type.kind) {
      case "struct":
        return this.#visitStruct(field, type.children, spelling, position);
      case "list":
      case "largeList":
      case "listView":
      case "largeListView":
        return this.#visitList(field, type.child, { kind: "list", nullable }, spelling, position);
      case "fixedSizeList": {
        const { listSize } = type;
        if (!Number.isInteger(listSize) || listSize < 0) {
          throw new SchemaError(arrowPath.join("."), `Cannot write lists of size ${listSize}`);
        }
        const node = { kind: "fixedSizeList", nullable, listSize } as const;
        return this.#visitList(field, type.child, node, spelling, position);
      }
      case "map":
        return this.#visitMap(field, type, spelling, position);
      default:
        return this.#visitLeaf(field, type, spelling, position);
    }
  }

  #visitStruct(
    field: ArrowField,
    children: readonly ArrowField[],
    spelling: readonly string[] | null,
    position: Position,
  ): void {
    if (children.length === 0) {
      throw new SchemaError(
        position.arrowPath.join("."),
        "Cannot write a struct without children: Parquet has no such group",
      );
    }
    if (this.#compat) assertCompatNames(children, position.arrowPath);
    const variant = isVariant(field, children);
    const logicalType: LogicalType = { type: "VARIANT", specificationVersion: 1 };
    const element = this.#element(
      this.#group(field.name, field.nullable ? "OPTIONAL" : "REQUIRED", children.length, {
        ...fieldId(field),
        ...(variant && !this.#compat ? { logicalType } : {}),
      }),
      position,
      spelling,
    );
    (variant ? variantChildren(children) : children).forEach((child, i) => {
      this.visit(child, true, {
        ...position,
        ancestors: [...position.ancestors, element],
        nodes: [...position.nodes, { kind: "struct", nullable: field.nullable, child: i }],
        definitionLevel: position.definitionLevel + (field.nullable ? 1 : 0),
        variant: position.variant || variant,
      });
    });
  }

  /** Adds the two groups of a list or map, and returns where its items are. */
  #repeatedGroup(
    field: ArrowField,
    annotation: "LIST" | "MAP",
    repeated: { readonly name: string; readonly numChildren: number },
    spelling: readonly string[] | null,
    position: Position,
    node: PathNode,
  ): Position {
    const outer = this.#element(
      this.#group(field.name, field.nullable ? "OPTIONAL" : "REQUIRED", 1, {
        ...fieldId(field),
        convertedType: annotation,
        logicalType: { type: annotation },
      }),
      position,
      spelling,
    );
    const items = { ...position, path: [...position.path, repeated.name] };
    const inner = this.#element(
      this.#group(repeated.name, "REPEATED", repeated.numChildren, {}),
      items,
      null,
    );
    return {
      ...items,
      depth: position.depth + 1,
      ancestors: [...position.ancestors, outer, inner],
      nodes: [...position.nodes, node],
      definitionLevel: position.definitionLevel + (field.nullable ? 2 : 1),
      repetitionLevel: position.repetitionLevel + 1,
    };
  }

  #visitList(
    field: ArrowField,
    child: ArrowField,
    node: PathNode,
    spelling: readonly string[] | null,
    position: Position,
  ): void {
    const repeated = { name: "list", numChildren: 1 };
    const items = this.#repeatedGroup(field, "LIST", repeated, spelling, position, node);
    this.visit({ ...child, name: "element" }, false, items);
  }

  #visitMap(
    field: ArrowField,
    type: ArrowType & { kind: "map" },
    spelling: readonly string[] | null,
    position: Position,
  ): void {
    const fields = mapFields(type, position);
    const repeated = { name: "key_value", numChildren: 2 };
    const node = { kind: "list", nullable: field.nullable } as const;
    const items = this.#repeatedGroup(field, "MAP", repeated, spelling, position, node);
    fields.forEach((child, i) => {
      this.visit(child, true, {
        ...items,
        nodes: [...items.nodes, { kind: "struct", nullable: false, child: i }],
      });
    });
  }

  #visitLeaf(
    field: ArrowField,
    type: ArrowType,
    spelling: readonly string[] | null,
    position: Position,
  ): void {
    const arrowPath = position.arrowPath.join(".");
    if (this.leaves.length === MAX_COLUMNS) {
      throw new LimitError("", -1, `Cannot write more than ${MAX_COLUMNS} leaf columns`);
    }
    const storage = leafType(type, arrowPath, this.#coerceTypes);
    const extended = extensionLeafType(field, type, storage, arrowPath);
    const chosen = this.#leafType?.(type, extended, position.arrowPath) ?? extended;
    const known = this.#compat ? compatLeafType(type, chosen, arrowPath) : chosen;
    const leaf = this.#geoParquet === "only" ? withoutGeospatialType(known) : known;
    const geospatial = this.#geospatialPlan(extended, leaf);
    // A column of type null has nothing but nulls, even where its schema forgot to say so.
    const nullable = field.nullable || type.kind === "null";
    const element = this.#element(leafElement(field, leaf, nullable), position, spelling);
    // Within a variant these two are binary encodings of its own, which no order of bytes fits.
    const opaque = position.variant && leaf.order === "bytes" &&
      (field.name === "metadata" || field.name === "value");
    this.leaves.push({
      ancestors: [...position.ancestors, element],
      type,
      dictionary: field.type.kind === "dictionary",
      plan: {
        index: this.leaves.length,
        field: position.field,
        path: position.path,
        arrowPath,
        nodes: position.nodes,
        leaf: { nullable, shape: leaf.shape, width: leaf.width, conversion: leaf.conversion },
        maxDefinitionLevel: position.definitionLevel + (nullable ? 1 : 0),
        maxRepetitionLevel: position.repetitionLevel,
        physicalType: leaf.physicalType,
        typeLength: leaf.typeLength,
        order: opaque ? "none" : leaf.order,
        ...(geospatial === null ? {} : { geospatial }),
      },
    });
  }

  /** `extended`: the leaf as its extension has it, `leaf`: as it is written. */
  #geospatialPlan(extended: LeafType, leaf: LeafType): GeospatialPlan | null {
    const type = extended.logicalType?.type;
    if (type !== "GEOMETRY" && type !== "GEOGRAPHY") return null;
    const annotated = leaf.logicalType?.type === type;
    return annotated || this.#geoParquet !== false ? { type, annotated } : null;
  }
}

/**
 * Plans how a schema is written.
 *
 * Dictionary and run-end encoded types are written as what they encode. Lists have the standard's three levels (`list`,
 * `element`), maps theirs (`key_value`, `key`, `value`), whatever Arrow calls them.
 *
 * @param schema The Arrow schema.
 * @param options Checked options.
 * @returns The Parquet schema, flattened, and a plan for every leaf column.
 * @throws {SchemaError} When Parquet cannot hold the schema.
 * @throws {LimitError} When it has more than {@linkcode MAX_COLUMNS} leaf columns.
 * @throws {TypeError} When a key of `columns` names no column, an encoding or a Bloom filter does not fit a column's type, or
 * rows cannot be sorted by what `sortingColumns` names.
 */
export function planSchema(schema: ArrowSchema, options: ResolvedOptions): SchemaPlan {
  if (schema.fields.length === 0) {
    throw new SchemaError("", "Cannot write a schema without columns");
  }
  if (options.profile === "compat") assertCompatNames(schema.fields, []);
  const walk = new SchemaWalk(options);
  walk.elements.push({ name: ROOT_NAME, numChildren: schema.fields.length });
  schema.fields.forEach((field, ordinal) => {
    walk.visit(field, true, {
      field: ordinal,
      path: [],
      arrowPath: [],
      ancestors: [],
      nodes: [],
      definitionLevel: 0,
      repetitionLevel: 0,
      depth: 0,
      variant: false,
    });
  });

  const overrides = walk.keys === null ? null : overridesByElement(walk.keys, options.columns);
  if (overrides !== null) assertInt96Fits(overrides, walk.leaves, walk.elements);
  const columns = walk.leaves.map((leaf): ColumnPlan => {
    const { ancestors } = leaf;
    let { plan } = leaf;
    let properties: ColumnProperties = options.column;
    if (overrides !== null) {
      const values = ancestors.flatMap((element) => overrides.get(element) ?? []);
      properties = columnProperties(options.column, values, plan.arrowPath);
    }
    if (properties.int96Timestamps) plan = asInt96(leaf, walk.elements);
    if (properties.encoding !== null) {
      assertEncodingFits(properties.encoding, plan.physicalType, plan.arrowPath);
    }
    if (overrides?.get(ancestors.at(-1)!)?.bloomFilterEnabled === true) assertBloomFilterFits(plan);
    const restored = leaf.dictionary && !options.skipArrowMetadata;
    return { ...plan, properties, ...(restored ? { restoredAsDictionary: true } : {}) };
  });
  return {
    elements: walk.elements,
    columns,
    columnOrders: columns.map(({ order, properties }): ColumnOrder => ({
      type: order === "float" && properties.ieee754TotalOrder
        ? "IEEE_754_TOTAL_ORDER"
        : "TYPE_ORDER",
    })),
    sortingColumns: walk.keys === null
      ? []
      : resolveSortingColumns(options.sortingColumns, walk.keys, walk.leaves),
  };
}
