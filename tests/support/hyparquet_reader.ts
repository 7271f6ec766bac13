/** Reads a Parquet file with hyparquet, as physical values: its own conversions go through lossy numbers. */

import { type FileMetaData, parquetMetadata, parquetRead, type SchemaElement } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { fromPhysical, type Value } from "./values.ts";

/** Plain `ArrayBuffer` with exactly these bytes. */
export function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}

/** Columns in the order of `fields`, which hyparquet needs to be of different names. */
export async function readWithHyparquet(
  bytes: Uint8Array,
  fields: readonly ArrowField[],
): Promise<Value[][]> {
  const file = bufferOf(bytes);
  const columns: Value[][] = fields.map(() => []);
  await parquetRead({
    file,
    metadata: withoutAnnotations(parquetMetadata(file)),
    compressors,
    utf8: false,
    columns: fields.map(({ name }) => name),
    rowFormat: "array",
    onComplete: (rows: unknown[][]) => {
      for (const row of rows) {
        fields.forEach(({ type }, i) => columns[i]!.push(assembled(type, row[i])));
      }
    },
  });
  return columns;
}

/** Reads the file as a user of hyparquet would. */
export async function readPlainlyWithHyparquet(
  bytes: Uint8Array,
): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  await parquetRead({
    file: bufferOf(bytes),
    compressors,
    rowFormat: "object",
    onComplete: (all) => {
      for (const row of all) rows.push(row);
    },
  });
  return rows;
}

/** Leaves lose their logical and converted types, and maps become structs of repeated entries. */
function withoutAnnotations(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element): SchemaElement => {
    const isList = element.num_children !== undefined &&
      (element.converted_type === "LIST" || element.logical_type?.type === "LIST");
    if (isList) return element;
    const { logical_type: _logical, converted_type: _converted, ...rest } = element;
    return rest;
  });
  return { ...metadata, schema };
}

function assembled(type: ArrowType, value: unknown): Value {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
      return Array.from(value as unknown[], (item) => assembled(type.child.type, item));
    case "struct": {
      const fields = value as Record<string, unknown>;
      return type.children.map((child) => assembled(child.type, fields[child.name]));
    }
    case "map": {
      // Writers differ in their names of the entries. Of an empty map nothing is left but an empty struct.
      const [entries = []] = Object.values(value as Record<string, Record<string, unknown>[]>);
      const entry = type.child.type;
      if (entry.kind !== "struct") throw new Error("A map of something else than structs");
      return entries.map((pair) =>
        entry.children.map((child, i) => assembled(child.type, Object.values(pair)[i]))
      );
    }
    default:
      return fromPhysical(type, value);
  }
}
