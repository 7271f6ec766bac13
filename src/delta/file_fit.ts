/**
 * Whether a file's columns are those of a table: the log says nothing of them, and readers find out when it is too late.
 *
 * @module
 */

import type { DataFile, DataFileColumn } from "../dataset/data_file.ts";
import { TableError } from "../util/errors.ts";
import type { DeltaField, DeltaStruct, DeltaType } from "./delta_schema.ts";

/** Columns of files by Delta's types: `physical type` or `physical type logical type`. */
const FILE_TYPES: Readonly<Record<string, RegExp>> = {
  boolean: /^BOOLEAN$/,
  byte: /^INT32 INTEGER\(8,true\)$/,
  short: /^INT32 INTEGER\((8|16),true\)$/,
  integer: /^INT32( INTEGER\((8|16|32),true\))?$/,
  long: /^INT64( INTEGER\(64,true\))?$/,
  float: /^FLOAT$/,
  double: /^DOUBLE$/,
  date: /^INT32 DATE$/,
  timestamp: /^(INT64 TIMESTAMP\((MILLIS|MICROS),true\)|INT96)$/,
  timestamp_ntz: /^INT64 TIMESTAMP\((MILLIS|MICROS),false\)$/,
  string: /^BYTE_ARRAY (STRING|ENUM|JSON)$/,
  binary: /^BYTE_ARRAY/,
};

/**
 * Checks that a file may be one of a table.
 *
 * @throws {TableError} When a column is not in the table, of another type there, or null where it may not be.
 */
export function checkFit(
  file: DataFile,
  schema: DeltaStruct,
  partitionColumns: readonly string[],
): void {
  const refuse = (state: string) => new TableError(`Cannot commit ${file.path}: ${state}`);
  const names = new Set<string>();
  for (const column of file.columns) {
    const [name] = column.path;
    names.add(name!);
    if (!schema.fields.some((field) => field.name === name)) {
      throw refuse(
        `the table has no column "${name}"; give the schema and mergeSchema: true to add it`,
      );
    }
    const found = leafOf(schema, column.path);
    const shown = fileType(column);
    if (found === null || !isOf(shown, column, found.type)) {
      const type = found === null ? "of another structure" : found.type;
      throw refuse(`the column "${column.path.join(".")}" is ${shown}, in the table ${type}`);
    }
    if (found.required && (column.nullCount ?? 0) > 0) {
      throw refuse(
        `the column "${column.path.join(".")}" has nulls, but the table's column is not nullable`,
      );
    }
  }
  if (file.rows === 0) return;
  for (const { name, nullable } of schema.fields) {
    if (nullable || names.has(name) || partitionColumns.includes(name)) continue;
    throw refuse(`it lacks the column "${name}", which is not nullable`);
  }
}

function fileType({ physicalType, logicalType }: DataFileColumn): string {
  return logicalType === undefined ? physicalType : `${physicalType} ${logicalType}`;
}

function isOf(shown: string, { logicalType }: DataFileColumn, type: string): boolean {
  if (type.startsWith("decimal(")) return logicalType?.toLowerCase() === type.replaceAll(" ", "");
  // What is not known here is not known to createDeltaTable either: such tables are others' own.
  return FILE_TYPES[type]?.test(shown) ?? true;
}

/** The table's leaf for a file's column; `null`: there is none. `required`: neither it nor what it is in is null. */
function leafOf(
  schema: DeltaStruct,
  path: readonly string[],
): { readonly type: string; readonly required: boolean } | null {
  let type: DeltaType = schema;
  let required = true;
  for (let at = 0; at < path.length;) {
    if (typeof type === "string") return null;
    if (type.type === "struct") {
      const field: DeltaField | undefined = type.fields.find(({ name }) => name === path[at]);
      if (field === undefined) return null;
      required &&= !field.nullable;
      type = field.type;
      at++;
    } else {
      // `list.element`, `key_value.key`, `key_value.value`
      const inner: string | undefined = path[at + 1];
      if (inner === undefined) return null;
      type = type.type === "array"
        ? type.elementType
        : inner === "key"
        ? type.keyType
        : type.valueType;
      // Of an empty list, the levels have a null.
      required = false;
      at += 2;
    }
  }
  return typeof type === "string" ? { type, required } : null;
}
