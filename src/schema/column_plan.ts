/**
 * What an encoder has to know about one leaf column: plain data, structured-cloneable, made once per writer.
 *
 * @module
 */

import type { Limits } from "../util/limits.ts";
import type { ColumnProperties } from "./column_properties.ts";

/** Parquet physical types that this writer uses. */
export type PhysicalType =
  | "BOOLEAN"
  | "INT32"
  | "INT64"
  | "FLOAT"
  | "DOUBLE"
  | "BYTE_ARRAY"
  | "FIXED_LEN_BYTE_ARRAY"
  | "INT96";

/** Units of time in which values of the same type are counted differ by these factors. */
type TimeFactor = 1000 | 1000000 | 1000000000 | 86400000;

/** Counts of 4 or 8 bytes × or ÷ a factor, without a remainder → INT32 or INT64. */
export type Rescaling = `${"times" | "over"}${TimeFactor}`;

/** How Arrow slots of a leaf become Parquet values. `width` is always the width of the Arrow slot in bytes. */
export type LeafConversion =
  /** Same bytes. */
  | "none"
  /** Sign- or zero-extended to INT32. */
  | "int8"
  | "int16"
  | "uint8"
  | "uint16"
  /** 32-bit seconds × 1000 → INT32. */
  | "seconds32ToMilliseconds"
  /** 64-bit seconds × 1000 → INT64. */
  | "seconds64ToMilliseconds"
  /** 64-bit milliseconds → INT32 days (rounded down), for Date64 with `coerceTypes`. */
  | "millisecondsToDays"
  /** 8-, 16- or 32-byte little-endian decimal → INT32, INT64 or big-endian FIXED_LEN_BYTE_ARRAY(typeLength). */
  | "decimal"
  /** Arrow interval → 12-byte Parquet INTERVAL. */
  | "intervalYearMonth"
  | "intervalDayTime"
  | "intervalMonthDayNano"
  /** 64-bit timestamps of the unit → INT96: nanoseconds of the day, Julian day. */
  | "secondsToInt96"
  | "millisecondsToInt96"
  | "microsecondsToInt96"
  | "nanosecondsToInt96"
  /** 64-bit nanoseconds, all whole microseconds → INT64, for `profile: "compat"`; so are those below. */
  | "nanosecondsToMicroseconds"
  /** Zero-extended to INT64. */
  | "uint32ToInt64"
  /** Same bytes, none with the highest bit set. */
  | "uint64ToInt64"
  /** Times and dates in the unit of a file that rows are appended to. */
  | Rescaling
  /** Half floats → FLOAT. */
  | "halfToFloat"
  /** Slots of `width` bytes → BYTE_ARRAY. */
  | "fixedToByteArray";

/** Order in which minimum and maximum of a column are taken; `"none"`: the column has no bounds. */
export type BoundsOrder =
  | "none"
  | "boolean"
  | "signed"
  | "unsigned"
  | "float"
  /** Byte by byte, unsigned. */
  | "bytes"
  /** As bytes, but truncated bounds must stay valid UTF-8. */
  | "utf8"
  /** Big-endian two's complement. */
  | "decimal";

/** One Arrow node on the way from a top-level column to a leaf. */
export type PathNode =
  | { readonly kind: "struct"; readonly nullable: boolean; readonly child: number }
  | { readonly kind: "list"; readonly nullable: boolean }
  | { readonly kind: "fixedSizeList"; readonly nullable: boolean; readonly listSize: number };

/** The leaf itself. */
export interface LeafPlan {
  readonly nullable: boolean;
  /** Shape in which the values arrive, when they are not a dictionary (which any leaf but `null` may be, batch by batch). */
  readonly shape: "null" | "boolean" | "fixed" | "bytes";
  /** Bytes of an Arrow slot, for `"fixed"`; else 0. */
  readonly width: number;
  readonly conversion: LeafConversion;
}

/** Geometries of a column. */
export interface GeospatialPlan {
  readonly type: "GEOMETRY" | "GEOGRAPHY";
  /** Whether the column's logical type says so; else the statistics are for GeoParquet's metadata alone. */
  readonly annotated: boolean;
}

/** One leaf column of the file. */
export interface ColumnPlan {
  /** Ordinal of the leaf in the file. */
  readonly index: number;
  /** Ordinal of the top-level Arrow field. */
  readonly field: number;
  /** `path_in_schema` of the Parquet schema. */
  readonly path: readonly string[];
  /** Dotted path of the Arrow field, for messages. */
  readonly arrowPath: string;
  /** From the top-level field down to the leaf's parent; empty for a flat column. Maps are a list and a struct. */
  readonly nodes: readonly PathNode[];
  readonly leaf: LeafPlan;
  readonly maxDefinitionLevel: number;
  readonly maxRepetitionLevel: number;
  readonly physicalType: PhysicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value, else 0. */
  readonly typeLength: number;
  readonly order: BoundsOrder;
  /** Which geospatial statistics are gathered of the column; absent: none. */
  readonly geospatial?: GeospatialPlan;
  readonly properties: ColumnProperties;
  /** Present where the file says that the Arrow type is a dictionary, so that readers may restore one from whatever pages there are. */
  readonly restoredAsDictionary?: boolean;
  /** Where it is present, these limits hold instead of the usual ones: in tests. */
  readonly limits?: Limits;
}

/** Whether a column's codec is so slow that workers are worth their start from the first megabyte. */
export function compressesSlowly({ properties }: ColumnPlan): boolean {
  const { compression, compressionLevel } = properties;
  return compression === "gzip" || compression === "brotli" ||
    (compression === "zstd" && (compressionLevel ?? 1) > 3);
}
