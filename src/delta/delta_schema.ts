/**
 * Schemas as Delta's log has them.
 *
 * @see https://github.com/delta-io/delta/blob/master/PROTOCOL.md#schema-serialization-format
 *
 * @module
 */

import { typeName } from "../arrow/same_type.ts";
import type { ArrowField, ArrowSchema, ArrowType } from "../arrow/types.ts";
import { SchemaError } from "../util/errors.ts";

/** A type. */
export type DeltaType =
  | string
  | DeltaStruct
  | { readonly type: "array"; readonly elementType: DeltaType; readonly containsNull: boolean }
  | {
    readonly type: "map";
    readonly keyType: DeltaType;
    readonly valueType: DeltaType;
    readonly valueContainsNull: boolean;
  };

/** A field. */
export interface DeltaField {
  readonly name: string;
  readonly type: DeltaType;
  readonly nullable: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** A struct; the schema of a table is one. */
export interface DeltaStruct {
  readonly type: "struct";
  readonly fields: readonly DeltaField[];
}

/**
 * The schema of a table whose rows have an Arrow schema.
 *
 * @throws {SchemaError} When a column is of a type that Delta does not have.
 */
export function deltaSchema({ fields }: ArrowSchema): DeltaStruct {
  return structOf(fields, "");
}

/** @throws {SchemaError} When two names differ in nothing but case, which Delta does not tell apart. */
function structOf(fields: readonly ArrowField[], path: string): DeltaStruct {
  const names = new Set<string>();
  return {
    type: "struct",
    fields: fields.map((field) => {
      const here = path === "" ? field.name : `${path}.${field.name}`;
      const name = field.name.toLowerCase();
      if (names.has(name)) throw new SchemaError(here, ALIKE);
      names.add(name);
      return deltaField(field, here);
    }),
  };
}

const ALIKE = "Cannot have the column: another column's name differs only in case";

function deltaField({ name, type, nullable }: ArrowField, path: string): DeltaField {
  return { name, type: deltaType(type, path), nullable, metadata: {} };
}

function deltaType(type: ArrowType, path: string): DeltaType {
  switch (type.kind) {
    case "bool":
      return "boolean";
    case "int":
      // Delta has no unsigned integers.
      if (!type.signed) break;
      return ({ 8: "byte", 16: "short", 32: "integer", 64: "long" } as const)[type.bitWidth];
    case "float":
      if (type.bitWidth === 16) break;
      return type.bitWidth === 32 ? "float" : "double";
    case "decimal":
      if (type.precision > 38) break;
      return `decimal(${type.precision},${type.scale})`;
    case "date":
      if (type.unit !== "day") break;
      return "date";
    case "timestamp":
      if (type.unit === "nanosecond") break;
      return type.timezone === null ? "timestamp_ntz" : "timestamp";
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return "string";
    case "binary":
    case "largeBinary":
    case "binaryView":
      return "binary";
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
      return {
        type: "array",
        elementType: deltaType(type.child.type, `${path}.${type.child.name}`),
        containsNull: type.child.nullable,
      };
    case "map": {
      const entries = type.child.type;
      const [key, value] = entries.kind === "struct" ? entries.children : [];
      if (key === undefined || value === undefined) break;
      return {
        type: "map",
        keyType: deltaType(key.type, `${path}.key`),
        valueType: deltaType(value.type, `${path}.value`),
        valueContainsNull: value.nullable,
      };
    }
    case "struct":
      return structOf(type.children, path);
    case "dictionary":
      return deltaType(type.value, path);
    case "runEndEncoded":
      return deltaType(type.values.type, path);
  }
  throw new SchemaError(
    path,
    `Cannot make a Delta table with a column of type ${typeName(type)}: Delta has no such type`,
  );
}

/** Whether a type has timestamps without a time zone, which are a feature of their own. */
export function hasLocalTimestamps(type: DeltaType): boolean {
  if (typeof type === "string") return type === "timestamp_ntz";
  switch (type.type) {
    case "struct":
      return type.fields.some((field) => hasLocalTimestamps(field.type));
    case "array":
      return hasLocalTimestamps(type.elementType);
    case "map":
      return hasLocalTimestamps(type.keyType) || hasLocalTimestamps(type.valueType);
  }
}

/** All fields, of structs within too. */
export function* allFields(type: DeltaType): Generator<DeltaField> {
  if (typeof type === "string") return;
  switch (type.type) {
    case "struct":
      for (const field of type.fields) {
        yield field;
        yield* allFields(field.type);
      }
      return;
    case "array":
      return yield* allFields(type.elementType);
    case "map":
      yield* allFields(type.keyType);
      yield* allFields(type.valueType);
  }
}

/**
 * The schema of a table once rows of another schema come in.
 *
 * @param table Its schema.
 * @param rows The schema of the rows.
 * @param evolve Whether columns may be added.
 * @returns The schema with new columns at its end; `table` itself where there are none.
 * @throws {SchemaError} When a column is another than in the table, or new where none may be added, or new and not nullable.
 */
export function evolvedSchema(table: DeltaStruct, rows: DeltaStruct, evolve: boolean): DeltaStruct {
  const added: DeltaField[] = [];
  for (const field of rows.fields) {
    const known = table.fields.find(({ name }) => name === field.name);
    if (known !== undefined) {
      if (typeText(known.type) === typeText(field.type)) continue;
      throw new SchemaError(
        field.name,
        `Cannot commit: the column is ${typeText(field.type)}, in the table ${
          typeText(known.type)
        }`,
      );
    }
    if (!evolve) {
      throw new SchemaError(
        field.name,
        "Cannot commit: the table has no such column (mergeSchema: true adds it)",
      );
    }
    const lower = field.name.toLowerCase();
    if (table.fields.some(({ name }) => name.toLowerCase() === lower)) {
      throw new SchemaError(field.name, ALIKE);
    }
    added.push({ ...field, nullable: true });
  }
  const names = new Set(rows.fields.map(({ name }) => name));
  for (const { name, nullable } of table.fields) {
    if (nullable || names.has(name)) continue;
    throw new SchemaError(name, "Cannot commit: the files lack the column, which is not nullable");
  }
  return added.length === 0 ? table : { ...table, fields: [...table.fields, ...added] };
}

/** A type without nullability and metadata. */
function typeText(type: DeltaType): string {
  if (typeof type === "string") return type;
  switch (type.type) {
    case "struct":
      return `struct<${
        type.fields.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ")
      }>`;
    case "array":
      return `array<${typeText(type.elementType)}>`;
    case "map":
      return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  }
}
