/**
 * What a commit removes.
 *
 * @module
 */

import { TableError } from "../util/errors.ts";
import type { AddAction } from "./actions.ts";
import type { CommitMode } from "./delta_options.ts";
import type { DeltaStruct } from "./delta_schema.ts";

/**
 * Checks a mode.
 *
 * @throws {TypeError} When it is none.
 */
export function checkMode(mode: CommitMode): CommitMode {
  if (mode === "append" || mode === "overwrite") return mode;
  const where = typeof mode === "object" && mode !== null ? mode.replaceWhere : undefined;
  if (typeof where !== "object" || where === null || Object.keys(where).length === 0) {
    throw new TypeError(
      'Cannot commit: expected mode "append", "overwrite" or { replaceWhere: { column: value } }',
    );
  }
  for (const [column, wanted] of Object.entries(where)) {
    const values: readonly unknown[] = Array.isArray(wanted) ? wanted : [wanted];
    if (values.every((value) => value === null || typeof value === "string")) continue;
    throw new TypeError(
      `Cannot replace by "${column}": expected its value as text, null, or an array of these`,
    );
  }
  return mode;
}

/**
 * Whether a mode is about a file.
 *
 * @throws {TableError} When it names a column by which the table is not partitioned.
 */
export function isMeant(
  { partitionValues }: Pick<AddAction, "partitionValues">,
  mode: CommitMode,
  partitionColumns: readonly string[],
  schema: DeltaStruct,
): boolean {
  if (typeof mode === "string") return true;
  return Object.entries(mode.replaceWhere).every(([column, wanted]) => {
    if (!partitionColumns.includes(column)) {
      throw new TableError(
        `Cannot replace by "${column}": it is not a partition column of the table`,
      );
    }
    const type = schema.fields.find(({ name }) => name === column)?.type;
    const value = canonical(partitionValues[column], type);
    return (Array.isArray(wanted) ? wanted : [wanted]).some((one) =>
      canonical(one, type) === value
    );
  });
}

/**
 * A partition's value in a text that is the same for equal values: writers differ in theirs, `1` and `1.0`, `2026-01-31T12:00:00Z` and
 * `2026-01-31 12:00:00`. An empty text is null in a partition.
 */
function canonical(text: string | null | undefined, type: unknown): string | null {
  if (text === null || text === undefined || text === "") return null;
  switch (type) {
    case "byte":
    case "short":
    case "integer":
    case "long":
      return /^[+-]?\d+$/.test(text) ? String(BigInt(text.replace("+", ""))) : text;
    case "float":
    case "double": {
      const number = type === "float" ? Math.fround(Number(text)) : Number(text);
      return Number.isNaN(number) ? text : String(number);
    }
    case "boolean":
      return text.toLowerCase();
    case "timestamp":
    case "timestamp_ntz":
      return text.replace("T", " ").replace(/(Z|\+00:?00)$/, "").replace(/\.0+$|(\.\d*?)0+$/, "$1");
  }
  if (typeof type !== "string" || !type.startsWith("decimal(")) return text;
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}
