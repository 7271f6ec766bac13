/** @module Arrow JS batches as what hyparquet-writer takes: JavaScript arrays and a schema in Parquet's own terms. */

import {
  DataType,
  DateUnit,
  type Field,
  type RecordBatch,
  type Schema,
  Table,
  TimeUnit,
} from "apache-arrow";
import type { SchemaElement } from "hyparquet";

interface HyparquetColumns {
  readonly columnData: { name: string; data: unknown[] }[];
  readonly elements: SchemaElement[];
}

/**
 * The columns of some batches.
 *
 * @throws {TypeError} For a type that hyparquet-writer is not asked to write here.
 */
export function hyparquetColumns(
  schema: Schema,
  batches: readonly RecordBatch[],
): HyparquetColumns {
  const table = new Table(schema, [...batches]);
  const elements = [
    { name: "root", num_children: schema.fields.length } as SchemaElement,
    ...schema.fields.flatMap((field) => schemaElements(field)),
  ];
  const columnData = schema.fields.map(({ name, type, nullable }, i) => {
    const vector = table.getChildAt(i)!;
    const data = DataType.isInt(type) && !nullable
      ? vector.toArray()
      : Array.from(vector, (value) => plain(value, type));
    return { name, data };
  });
  return { columnData, elements };
}

// deno-lint-ignore no-explicit-any
function plain(value: any, type: DataType): unknown {
  if (value === null) return null;
  if (DataType.isTimestamp(type) || DataType.isDate(type)) return new Date(value);
  if (typeof value !== "object" || value instanceof Uint8Array) return value;
  if (!("toJSON" in value)) return value;
  const json = value.toJSON();
  return Array.isArray(json) ? json.map((item) => plain(item, type)) : { ...json };
}

function schemaElements({ name, type, nullable }: Field): SchemaElement[] {
  const repetition_type = nullable ? "OPTIONAL" as const : "REQUIRED" as const;
  const base = { name, repetition_type };
  if (DataType.isBool(type)) return [{ ...base, type: "BOOLEAN" }];
  if (DataType.isInt(type)) return [{ ...base, type: type.bitWidth === 64 ? "INT64" : "INT32" }];
  if (DataType.isFloat(type)) return [{ ...base, type: type.precision === 1 ? "FLOAT" : "DOUBLE" }];
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return [{ ...base, type: "BYTE_ARRAY", converted_type: "UTF8" }];
  }
  if (DataType.isDictionary(type)) {
    return schemaElements({ name, type: type.dictionary, nullable } as Field);
  }
  if (DataType.isBinary(type)) return [{ ...base, type: "BYTE_ARRAY" }];
  if (DataType.isFixedSizeBinary(type)) {
    return [{ ...base, type: "FIXED_LEN_BYTE_ARRAY", type_length: type.byteWidth }];
  }
  if (DataType.isDate(type) && type.unit === DateUnit.DAY) {
    return [{ ...base, type: "INT32", converted_type: "DATE" }];
  }
  if (DataType.isTimestamp(type) && type.unit === TimeUnit.MICROSECOND) {
    const logical_type = {
      type: "TIMESTAMP" as const,
      isAdjustedToUTC: type.timezone !== null,
      unit: "MICROS" as const,
    };
    return [{ ...base, type: "INT64", converted_type: "TIMESTAMP_MICROS", logical_type }];
  }
  if (DataType.isList(type)) {
    return [
      { ...base, num_children: 1, converted_type: "LIST" },
      { name: "list", repetition_type: "REPEATED", num_children: 1 },
      ...schemaElements(type.children[0]!.clone({ name: "element" })),
    ];
  }
  if (DataType.isStruct(type)) {
    return [
      { ...base, num_children: type.children.length },
      ...type.children.flatMap((child) => schemaElements(child)),
    ];
  }
  throw new TypeError(`No schema element of ${type}`);
}
