/**
 * How the values of an Arrow type without children are written: physical type, annotations, order of bounds, and what has to
 * be done to each slot.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 * @module
 */

import type { ArrowType } from "../arrow/types.ts";
import type { ConvertedType, LogicalType } from "../format/metadata.ts";
import { SchemaError } from "../util/errors.ts";
import type { BoundsOrder, LeafConversion, LeafPlan, PhysicalType } from "./column_plan.ts";

/** What is written for an Arrow type without children. */
export interface LeafType {
  readonly physicalType: PhysicalType;
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value, else 0. */
  readonly typeLength: number;
  readonly logicalType: LogicalType | null;
  readonly convertedType: ConvertedType | null;
  readonly order: BoundsOrder;
  readonly shape: LeafPlan["shape"];
  /** Bytes of an Arrow slot, for `"fixed"`; else 0. */
  readonly width: number;
  readonly conversion: LeafConversion;
}

/**
 * Chooses how values of an Arrow type without children are written.
 *
 * @param leaf The usual way.
 * @param path Names of the fields that lead to the column; elements of lists have none.
 */
export type ChooseLeafType = (
  type: ArrowType,
  leaf: LeafType,
  path: readonly string[],
) => LeafType;

/** A leaf of fixed-width slots with what most of them have in common. */
function fixed(
  width: number,
  physicalType: PhysicalType,
  order: BoundsOrder,
  rest: Partial<LeafType> = {},
): LeafType {
  return {
    physicalType,
    typeLength: 0,
    logicalType: null,
    convertedType: null,
    order,
    shape: "fixed",
    width,
    conversion: "none",
    ...rest,
  };
}

function bytes(
  order: BoundsOrder,
  logicalType: LogicalType | null = null,
  convertedType: ConvertedType | null = null,
): LeafType {
  return fixed(0, "BYTE_ARRAY", order, { shape: "bytes", logicalType, convertedType });
}

function intType(bitWidth: 8 | 16 | 32 | 64, signed: boolean): LeafType {
  const order = signed ? "signed" : "unsigned";
  const physicalType = bitWidth === 64 ? "INT64" : "INT32";
  if (signed && bitWidth >= 32) return fixed(bitWidth / 8, physicalType, order);
  const conversion = bitWidth === 8
    ? (signed ? "int8" : "uint8")
    : bitWidth === 16
    ? (signed ? "int16" : "uint16")
    : "none";
  return fixed(bitWidth / 8, physicalType, order, {
    logicalType: { type: "INTEGER", bitWidth, isSigned: signed },
    convertedType: `${signed ? "INT" : "UINT"}_${bitWidth}`,
    conversion,
  });
}

function floatType(bitWidth: 16 | 32 | 64): LeafType {
  if (bitWidth === 16) {
    return fixed(2, "FIXED_LEN_BYTE_ARRAY", "float", {
      typeLength: 2,
      logicalType: { type: "FLOAT16" },
    });
  }
  return fixed(bitWidth / 8, bitWidth === 32 ? "FLOAT" : "DOUBLE", "float");
}

/** Most digits that an Arrow decimal of this width has. */
const MAX_PRECISION = { 32: 9, 64: 18, 128: 38, 256: 76 } as const;

/** Fewest bytes of two's complement that hold every decimal of `precision` digits. */
export function decimalByteLength(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let length = 1;
  while (largest >= 1n << BigInt(8 * length - 1)) length++;
  return length;
}

function decimalType(type: ArrowType & { kind: "decimal" }, path: string): LeafType {
  const { bitWidth, precision, scale } = type;
  const maxPrecision = MAX_PRECISION[bitWidth];
  if (!Number.isInteger(precision) || precision < 1 || precision > maxPrecision) {
    throw new SchemaError(
      path,
      `Cannot write a decimal of precision ${precision}: ${bitWidth} bits have 1 to ${maxPrecision} digits`,
    );
  }
  if (!Number.isInteger(scale) || scale < 0 || scale > precision) {
    throw new SchemaError(
      path,
      `Cannot write a decimal of scale ${scale}: Parquet has scales from 0 to the precision, here ${precision}`,
    );
  }
  const annotation = {
    logicalType: { type: "DECIMAL", scale, precision },
    convertedType: "DECIMAL",
  } as const;
  const width = bitWidth / 8;
  if (precision <= 18) {
    const [physicalType, valueWidth] = precision <= 9
      ? ["INT32", 4] as const
      : ["INT64", 8] as const;
    return fixed(width, physicalType, "signed", {
      ...annotation,
      conversion: width === valueWidth ? "none" : "decimal",
    });
  }
  return fixed(width, "FIXED_LEN_BYTE_ARRAY", "decimal", {
    ...annotation,
    typeLength: decimalByteLength(precision),
    conversion: "decimal",
  });
}

function timeType(type: ArrowType & { kind: "time" }, path: string): LeafType {
  const { bitWidth, unit } = type;
  const coarse = unit === "second" || unit === "millisecond";
  if (coarse !== (bitWidth === 32)) {
    throw new SchemaError(path, `Cannot write a time of ${bitWidth} bits in ${unit}s: not Arrow`);
  }
  // An Arrow time has no zone. The specification wants the converted types on local times too, though they mean UTC.
  const logicalType = { type: "TIME", isAdjustedToUTC: false } as const;
  if (coarse) {
    return fixed(4, "INT32", "signed", {
      logicalType: { ...logicalType, unit: "MILLIS" },
      convertedType: "TIME_MILLIS",
      conversion: unit === "second" ? "seconds32ToMilliseconds" : "none",
    });
  }
  return fixed(8, "INT64", "signed", {
    logicalType: { ...logicalType, unit: unit === "microsecond" ? "MICROS" : "NANOS" },
    convertedType: unit === "microsecond" ? "TIME_MICROS" : null,
  });
}

function timestampType(type: ArrowType & { kind: "timestamp" }): LeafType {
  const { unit, timezone } = type;
  const isAdjustedToUTC = timezone !== null && timezone !== "";
  const parquetUnit = unit === "nanosecond"
    ? "NANOS"
    : unit === "microsecond"
    ? "MICROS"
    : "MILLIS";
  return fixed(8, "INT64", "signed", {
    logicalType: { type: "TIMESTAMP", isAdjustedToUTC, unit: parquetUnit },
    convertedType: parquetUnit === "NANOS" ? null : `TIMESTAMP_${parquetUnit}`,
    conversion: unit === "second" ? "seconds64ToMilliseconds" : "none",
  });
}

const INTERVALS = {
  yearMonth: { width: 4, conversion: "intervalYearMonth" },
  dayTime: { width: 8, conversion: "intervalDayTime" },
  monthDayNano: { width: 16, conversion: "intervalMonthDayNano" },
} as const;

/**
 * How an Arrow type without children is written. Extension types are not looked at.
 *
 * @param type The type; not a dictionary, not run-end encoded.
 * @param path Dotted path of the field, for messages.
 * @param coerceTypes The option of that name.
 * @returns What is written.
 * @throws {SchemaError} When Parquet cannot hold it, or it is not valid Arrow.
 */
export function leafType(type: ArrowType, path: string, coerceTypes: boolean): LeafType {
  switch (type.kind) {
    case "null":
      return fixed(0, "INT32", "none", { shape: "null", logicalType: { type: "UNKNOWN" } });
    case "bool":
      return fixed(0, "BOOLEAN", "boolean", { shape: "boolean" });
    case "int":
      return intType(type.bitWidth, type.signed);
    case "float":
      return floatType(type.bitWidth);
    case "decimal":
      return decimalType(type, path);
    case "date": {
      const annotation = { logicalType: { type: "DATE" }, convertedType: "DATE" } as const;
      if (type.unit === "day") return fixed(4, "INT32", "signed", annotation);
      if (!coerceTypes) return fixed(8, "INT64", "signed");
      return fixed(8, "INT32", "signed", { ...annotation, conversion: "millisecondsToDays" });
    }
    case "time":
      return timeType(type, path);
    case "timestamp":
      return timestampType(type);
    case "duration":
      return fixed(8, "INT64", "signed");
    case "interval": {
      const { width, conversion } = INTERVALS[type.unit];
      return fixed(width, "FIXED_LEN_BYTE_ARRAY", "none", {
        typeLength: 12,
        convertedType: "INTERVAL",
        conversion,
      });
    }
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return bytes("utf8", { type: "STRING" }, "UTF8");
    case "binary":
    case "largeBinary":
    case "binaryView":
      return bytes("bytes");
    case "fixedSizeBinary":
      if (!Number.isInteger(type.byteWidth) || type.byteWidth < 1 || type.byteWidth > 2 ** 31 - 1) {
        throw new SchemaError(
          path,
          `Cannot write fixed-size binary of ${type.byteWidth} bytes: Parquet has 1 to 2147483647`,
        );
      }
      return fixed(type.byteWidth, "FIXED_LEN_BYTE_ARRAY", "bytes", { typeLength: type.byteWidth });
    case "union":
      throw new SchemaError(path, "Cannot write a union: Parquet has no such type");
    default:
      throw new SchemaError(path, `Cannot write Arrow type ${JSON.stringify(type.kind)}`);
  }
}
