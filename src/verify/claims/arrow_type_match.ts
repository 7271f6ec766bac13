/**
 * From which Parquet types readers restore an Arrow type.
 *
 * @see https://arrow.apache.org/docs/cpp/parquet.html#types
 * @module
 */

import type { LogicalType, ParquetTimeUnit } from "../../format/metadata.ts";
import type { ArrowType } from "../../schema/read_arrow_schema.ts";
import type { LeafColumn } from "../leaf_column.ts";

/** What is to be known of a leaf column. */
export type MatchedLeaf = Pick<LeafColumn, "physicalType" | "logicalType" | "element" | "width">;

/** An Arrow time unit, and those of Parquet that it is written as: its own, or another one where asked for (pyarrow's `coerce_timestamps`). */
const TIMESTAMP_UNITS: Readonly<Record<string, readonly ParquetTimeUnit[]>> = {
  second: ["MILLIS", "MICROS"],
  millisecond: ["MILLIS", "MICROS"],
  microsecond: ["MILLIS", "MICROS"],
  nanosecond: ["MILLIS", "MICROS", "NANOS"],
};

const TIME_UNITS: Readonly<Record<string, readonly ParquetTimeUnit[]>> = {
  second: ["MILLIS"],
  millisecond: ["MILLIS"],
  microsecond: ["MICROS"],
  nanosecond: ["MICROS", "NANOS"],
};

function isTime(
  logical: LogicalType | null,
  type: "TIME" | "TIMESTAMP",
  units: readonly ParquetTimeUnit[],
): boolean {
  return logical !== null && (logical.type === "TIME" || logical.type === "TIMESTAMP") &&
    logical.type === type && units.includes(logical.unit);
}

function matchesInt(type: ArrowType & { kind: "int" }, leaf: MatchedLeaf): boolean {
  const { physicalType, logicalType } = leaf;
  if (logicalType === null) {
    if (type.signed) {
      return physicalType === "INT32" && type.bitWidth === 32 ||
        physicalType === "INT64" && type.bitWidth === 64;
    }
    // Format version 1.0 has no unsigned 32 bits; parquet-cpp writes them as 64.
    return type.bitWidth === 32 && physicalType === "INT64";
  }
  return logicalType.type === "INTEGER" && logicalType.bitWidth === type.bitWidth &&
    logicalType.isSigned === type.signed &&
    physicalType === (type.bitWidth === 64 ? "INT64" : "INT32");
}

function matchesTimestamp(type: ArrowType & { kind: "timestamp" }, leaf: MatchedLeaf): boolean {
  const { physicalType, logicalType, element } = leaf;
  if (physicalType === "INT96") return logicalType === null;
  if (physicalType !== "INT64") return false;
  // arrow-rs wrote seconds without an annotation.
  if (logicalType === null) return type.unit === "second";
  if (!isTime(logicalType, "TIMESTAMP", TIMESTAMP_UNITS[type.unit]!)) return false;
  // A converted type cannot say that there is no time zone.
  if (element.logicalType?.type !== "TIMESTAMP") return true;
  return element.logicalType.isAdjustedToUTC === ((type.timezone ?? "") !== "");
}

/**
 * Says whether a leaf column can be read as an Arrow type.
 *
 * @param type The type; not nested, no dictionary, not run-end encoded.
 * @param leaf The column.
 */
export function matchesLeaf(type: ArrowType, leaf: MatchedLeaf): boolean {
  const { physicalType, logicalType, element, width } = leaf;
  const logical = logicalType?.type ?? null;
  // Of a newer annotation nobody here can say what it holds.
  if (logical === "UNRECOGNIZED") return true;
  switch (type.kind) {
    case "null":
      return logical === "UNKNOWN";
    case "bool":
      return physicalType === "BOOLEAN";
    case "int":
      return matchesInt(type, leaf);
    case "float":
      if (type.bitWidth === 16) return logical === "FLOAT16" && width === 2;
      return physicalType === (type.bitWidth === 32 ? "FLOAT" : "DOUBLE");
    case "decimal":
      return logicalType?.type === "DECIMAL" && logicalType.precision === type.precision &&
        logicalType.scale === type.scale;
    case "date":
      if (physicalType === "INT32") return logical === "DATE";
      return type.unit === "millisecond" && physicalType === "INT64" &&
        (logicalType === null || isTime(logicalType, "TIMESTAMP", ["MILLIS"]));
    case "time":
      // arrow-rs writes seconds without an annotation.
      return logicalType === null
        ? type.unit === "second" && physicalType === "INT32"
        : isTime(logicalType, "TIME", TIME_UNITS[type.unit]!);
    case "timestamp":
      return matchesTimestamp(type, leaf);
    case "duration":
      return physicalType === "INT64" && logical === null;
    case "interval":
      return element.convertedType === "INTERVAL" && width === 12;
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return physicalType === "BYTE_ARRAY" &&
        (logical === "STRING" || logical === "JSON" || logical === "ENUM");
    case "binary":
    case "largeBinary":
    case "binaryView":
      return physicalType === "BYTE_ARRAY" && logical !== "STRING" && logical !== "DECIMAL";
    case "fixedSizeBinary":
      return physicalType === "FIXED_LEN_BYTE_ARRAY" && width === type.byteWidth &&
        (logical === null || logical === "UUID") && element.convertedType !== "INTERVAL";
    default:
      return false;
  }
}
