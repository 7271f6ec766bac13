/**
 * The builder of a field.
 *
 * @module
 */

import type { ArrowField, ArrowType } from "../arrow/types.ts";
import { SchemaError } from "../util/errors.ts";
import { BinaryBuilder, FixedBinaryBuilder, JsonBuilder, Utf8Builder } from "./bytes_builders.ts";
import type { ColumnBuilder } from "./column_builder.ts";
import { DecimalBuilder } from "./decimal_builder.ts";
import {
  BooleanBuilder,
  CountBuilder,
  Float16Builder,
  FloatBuilder,
  Int64Builder,
  SmallIntBuilder,
} from "./fixed_builders.ts";
import { IntervalBuilder } from "./interval_builder.ts";
import { FixedSizeListBuilder, ListBuilder } from "./list_builders.ts";
import { MapBuilder } from "./map_builder.ts";
import { NullBuilder } from "./null_builder.ts";
import { StructBuilder } from "./struct_builder.ts";
import { misfit } from "./misfit.ts";
import {
  checkDate64,
  checkSeconds,
  checkTime,
  date32Count,
  date64Count,
  durationCount,
  time32Count,
  timeCount,
  timestampCount,
} from "./temporal_values.ts";

/**
 * A field as its values are built: large types, views and dictionaries by the plain type of the same values.
 *
 * @throws {SchemaError} For unions and runs, which are not made of values of JavaScript.
 */
export function builtField(field: ArrowField, parent = ""): ArrowField {
  const path = parent === "" ? field.name : `${parent}.${field.name}`;
  return { ...field, type: builtType(field.type, path) };
}

function builtType(type: ArrowType, path: string): ArrowType {
  switch (type.kind) {
    case "largeUtf8":
    case "utf8View":
      return { kind: "utf8" };
    case "largeBinary":
    case "binaryView":
      return { kind: "binary" };
    case "dictionary":
      return builtType(type.value, path);
    case "runEndEncoded":
      return builtType(type.values.type, path);
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
      return { kind: "list", child: { ...type.child, type: builtType(type.child.type, path) } };
    case "fixedSizeList":
      return { ...type, child: { ...type.child, type: builtType(type.child.type, path) } };
    case "map": {
      const entries = type.child.type;
      if (entries.kind !== "struct" || entries.children.length !== 2) {
        throw new SchemaError(path, "Cannot write a map without keys and values");
      }
      const children = entries.children.map((child, i) => ({
        ...child,
        type: builtType(child.type, `${path}.${i === 0 ? "key" : "value"}`),
      }));
      return { ...type, child: { ...type.child, type: { kind: "struct", children } } };
    }
    case "struct":
      return { ...type, children: type.children.map((child) => builtField(child, path)) };
    case "union":
      throw new SchemaError(path, 'Cannot write Arrow type "union"');
    default:
      return type;
  }
}

/**
 * What takes values of dates, times and durations that are no counts.
 *
 * @param take Takes them, and perhaps counts.
 * @param inferred Counts are refused: they are something else than what the type was inferred from.
 */
function taking<Count>(
  type: ArrowType & { kind: "date" | "time" | "timestamp" | "duration" },
  inferred: boolean,
  take: (value: unknown, index: number) => Count,
): (value: unknown, index: number) => Count {
  if (!inferred) return take;
  return (value, index) => {
    if (typeof value !== "number" && typeof value !== "bigint") return take(value, index);
    const expected = `a ${type.kind} like those that the type was inferred from; ` +
      `give a schema to write counts of ${type.unit}s`;
    throw misfit(index, value, `${type.kind}(${type.unit})`, expected);
  };
}

/**
 * Creates the builder of a field as {@linkcode builtField} gives it.
 *
 * @param inferred Whether the type was inferred from values: numbers are not taken for dates, times and durations then.
 * @param nullable Whether the builder takes nulls, also where the field does not: within what may be null itself.
 */
export function createBuilder(
  { type, metadata, nullable: fieldNullable }: ArrowField,
  inferred = false,
  nullable: boolean = fieldNullable,
): ColumnBuilder {
  switch (type.kind) {
    case "null":
      return new NullBuilder();
    case "bool":
      return new BooleanBuilder(nullable);
    case "int":
      return type.bitWidth === 64
        ? new Int64Builder(nullable, type.signed, type.signed ? "int64" : "uint64")
        : new SmallIntBuilder(nullable, type.bitWidth, type.signed);
    case "float":
      return type.bitWidth === 16
        ? new Float16Builder(nullable)
        : new FloatBuilder(nullable, type.bitWidth);
    case "decimal":
      return new DecimalBuilder(nullable, type.bitWidth, type.precision, type.scale);
    case "date":
      return type.unit === "day"
        ? new CountBuilder(nullable, taking(type, inferred, date32Count))
        : new Int64Builder(nullable, true, "date64", date64Count, checkDate64);
    case "time":
      return type.bitWidth === 32
        ? new CountBuilder(nullable, time32Count(type.unit))
        : new Int64Builder(
          nullable,
          true,
          `time64(${type.unit})`,
          taking(type, inferred, timeCount(type.unit, 64)),
          checkTime(type.unit, 64),
          !inferred,
        );
    case "timestamp":
      return new Int64Builder(
        nullable,
        true,
        `timestamp(${type.unit})`,
        taking(type, inferred, timestampCount(type.unit, type.timezone)),
        type.unit === "second" ? checkSeconds : null,
        !inferred,
      );
    case "duration":
      return new Int64Builder(
        nullable,
        true,
        `duration(${type.unit})`,
        taking(type, inferred, durationCount(type.unit)),
        null,
        !inferred,
      );
    case "interval":
      return new IntervalBuilder(nullable, type.unit);
    case "utf8":
      return metadata.get("ARROW:extension:name") === "arrow.json"
        ? new JsonBuilder(nullable)
        : new Utf8Builder(nullable);
    case "binary":
      return new BinaryBuilder(nullable);
    case "fixedSizeBinary":
      return new FixedBinaryBuilder(
        nullable,
        type.byteWidth,
        type.byteWidth === 16 && metadata.get("ARROW:extension:name") === "arrow.uuid",
      );
    case "list":
      return new ListBuilder(nullable, createBuilder(type.child, inferred));
    case "fixedSizeList":
      return new FixedSizeListBuilder(
        nullable,
        type.listSize,
        type.child.nullable,
        createBuilder(type.child, inferred, true),
      );
    case "struct":
      return new StructBuilder(
        nullable,
        type.children.map((child) => ({
          name: child.name,
          nullable: child.nullable,
          builder: createBuilder(child, inferred, true),
        })),
      );
    case "map": {
      const entries = type.child.type;
      if (entries.kind !== "struct") throw new TypeError("Cannot build a map without entries");
      const [key, value] = entries.children;
      return new MapBuilder(
        nullable,
        createBuilder(key!, inferred, false),
        createBuilder(value!, inferred),
      );
    }
    default:
      throw new SchemaError("", `Cannot write Arrow type "${type.kind}"`);
  }
}
