/**
 * Logical and converted types: what they may annotate, and how they go together.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */

import type { ConvertedType, LogicalType, SchemaElement } from "../../format/metadata.ts";
import type { Place } from "../fault.ts";
import type { Findings } from "../findings.ts";

/** What is annotated: a physical type with the length of its values, or a group. */
type Annotated = "group" | "INT32" | "INT64" | "BYTE_ARRAY" | `FIXED_LEN_BYTE_ARRAY(${number})`;

const LOGICAL: Readonly<Partial<Record<LogicalType["type"], Annotated>>> = {
  STRING: "BYTE_ARRAY",
  MAP: "group",
  LIST: "group",
  ENUM: "BYTE_ARRAY",
  DATE: "INT32",
  TIMESTAMP: "INT64",
  JSON: "BYTE_ARRAY",
  BSON: "BYTE_ARRAY",
  UUID: "FIXED_LEN_BYTE_ARRAY(16)",
  FLOAT16: "FIXED_LEN_BYTE_ARRAY(2)",
  VARIANT: "group",
  GEOMETRY: "BYTE_ARRAY",
  GEOGRAPHY: "BYTE_ARRAY",
  FILE: "group",
};

const CONVERTED: Readonly<Record<Exclude<ConvertedType, "DECIMAL">, Annotated>> = {
  UTF8: "BYTE_ARRAY",
  MAP: "group",
  MAP_KEY_VALUE: "group",
  LIST: "group",
  ENUM: "BYTE_ARRAY",
  DATE: "INT32",
  TIME_MILLIS: "INT32",
  TIME_MICROS: "INT64",
  TIMESTAMP_MILLIS: "INT64",
  TIMESTAMP_MICROS: "INT64",
  UINT_8: "INT32",
  UINT_16: "INT32",
  UINT_32: "INT32",
  UINT_64: "INT64",
  INT_8: "INT32",
  INT_16: "INT32",
  INT_32: "INT32",
  INT_64: "INT64",
  JSON: "BYTE_ARRAY",
  BSON: "BYTE_ARRAY",
  INTERVAL: "FIXED_LEN_BYTE_ARRAY(12)",
};

/** Converted types that are a logical type by another name. */
const LOGICAL_OF: Readonly<Partial<Record<ConvertedType, LogicalType>>> = {
  UTF8: { type: "STRING" },
  MAP: { type: "MAP" },
  LIST: { type: "LIST" },
  ENUM: { type: "ENUM" },
  DATE: { type: "DATE" },
  TIME_MILLIS: { type: "TIME", isAdjustedToUTC: true, unit: "MILLIS" },
  TIME_MICROS: { type: "TIME", isAdjustedToUTC: true, unit: "MICROS" },
  TIMESTAMP_MILLIS: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" },
  TIMESTAMP_MICROS: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
  UINT_8: { type: "INTEGER", bitWidth: 8, isSigned: false },
  UINT_16: { type: "INTEGER", bitWidth: 16, isSigned: false },
  UINT_32: { type: "INTEGER", bitWidth: 32, isSigned: false },
  UINT_64: { type: "INTEGER", bitWidth: 64, isSigned: false },
  INT_8: { type: "INTEGER", bitWidth: 8, isSigned: true },
  INT_16: { type: "INTEGER", bitWidth: 16, isSigned: true },
  INT_32: { type: "INTEGER", bitWidth: 32, isSigned: true },
  INT_64: { type: "INTEGER", bitWidth: 64, isSigned: true },
  JSON: { type: "JSON" },
  BSON: { type: "BSON" },
};

/**
 * Checks the annotations of a node.
 *
 * @returns The logical type, or what the converted type amounts to; `null` without either, and where it annotates a type that
 *   it is not defined for.
 */
export function readAnnotations(
  findings: Findings,
  element: SchemaElement,
  place: Place,
): LogicalType | null {
  const { logicalType, convertedType } = element;
  const fits = checkConverted(findings, element, place) && checkLogical(findings, element, place);
  if (logicalType === undefined) {
    if (!fits || convertedType === undefined) return null;
    if (convertedType !== "DECIMAL") return LOGICAL_OF[convertedType] ?? null;
    return { type: "DECIMAL", scale: element.scale ?? 0, precision: element.precision ?? 0 };
  }
  const expected = convertedTypeOf(logicalType);
  if (expected !== undefined && convertedType !== (expected ?? undefined)) {
    const name = describe(logicalType);
    if (convertedType === undefined) {
      const isLocal = "isAdjustedToUTC" in logicalType && !logicalType.isAdjustedToUTC;
      const rule = isLocal ? "converted-type-local" : "converted-type-missing";
      findings.add(rule, `${name} stands without ${expected}`, place);
    } else {
      const state = expected === null ? "has no converted type" : `belongs with ${expected}`;
      findings.add("converted-type", `${name} ${state}, not ${convertedType}`, place);
    }
  }
  return fits ? logicalType : null;
}

function checkConverted(findings: Findings, element: SchemaElement, place: Place): boolean {
  const { convertedType, logicalType } = element;
  if (convertedType === undefined) return true;
  if (convertedType === "DECIMAL") {
    // With the logical type it is looked at there.
    return logicalType?.type === "DECIMAL" ||
      checkDecimal(findings, element, element.scale ?? 0, element.precision, place);
  }
  return checkAnnotated(findings, element, convertedType, CONVERTED[convertedType], place);
}

function checkLogical(findings: Findings, element: SchemaElement, place: Place): boolean {
  const type = element.logicalType;
  if (type === undefined) return true;
  switch (type.type) {
    case "UNRECOGNIZED":
      findings.add("annotation-unknown", `the logical type has the unknown id ${type.id}`, place);
      return true;
    case "UNKNOWN":
      if (element.type !== undefined) return true;
      findings.add("annotation-type", "UNKNOWN annotates a group", place);
      return false;
    case "INTEGER":
      if (![8, 16, 32, 64].includes(type.bitWidth)) {
        findings.add("annotation-type", `INTEGER has ${type.bitWidth} bits`, place);
        return false;
      }
      return checkAnnotated(
        findings,
        element,
        describe(type),
        type.bitWidth === 64 ? "INT64" : "INT32",
        place,
      );
    case "TIME":
      return checkAnnotated(
        findings,
        element,
        describe(type),
        type.unit === "MILLIS" ? "INT32" : "INT64",
        place,
      );
    case "DECIMAL": {
      for (const key of ["scale", "precision"] as const) {
        // Of the two only precision has no default.
        const own = key === "scale" ? element.scale ?? 0 : element.precision;
        if (own === type[key]) continue;
        const message = `${key} is ${own ?? "absent"} next to a DECIMAL's ${type[key]}`;
        findings.add("decimal-members", message, place);
      }
      return checkDecimal(findings, element, type.scale, type.precision, place);
    }
    default:
      return checkAnnotated(findings, element, type.type, LOGICAL[type.type]!, place);
  }
}

function checkAnnotated(
  findings: Findings,
  element: SchemaElement,
  name: string,
  expected: Annotated,
  place: Place,
): boolean {
  const found = annotated(element);
  if (found === expected) return true;
  findings.add("annotation-type", `${name} annotates ${found}, not ${expected}`, place);
  return false;
}

function annotated(element: SchemaElement): string {
  const { type, typeLength } = element;
  if (type === undefined) return "group";
  return type === "FIXED_LEN_BYTE_ARRAY" ? `${type}(${typeLength})` : type;
}

function checkDecimal(
  findings: Findings,
  element: SchemaElement,
  scale: number,
  precision: number | undefined,
  place: Place,
): boolean {
  const most = mostDigits(element);
  if (most === null) {
    findings.add("annotation-type", `DECIMAL annotates ${annotated(element)}`, place);
    return false;
  }
  if (precision === undefined || precision < 1 || precision > most) {
    const state = `${annotated(element)} has room for ${
      most === Infinity ? "any" : `1 to ${most}`
    }`;
    findings.add("decimal", `the precision is ${precision ?? "absent"}: ${state}`, place);
    return false;
  }
  if (scale < 0 || scale > precision) {
    findings.add("decimal", `the scale is ${scale}, not 0 to the precision of ${precision}`, place);
    return false;
  }
  if (element.type === "INT64" && precision < 10) {
    findings.add("decimal-width", `an INT64 has a precision of ${precision}`, place);
  }
  return true;
}

/** Most digits that a decimal of this type has; `null` where it can be none. */
function mostDigits({ type, typeLength = 0 }: SchemaElement): number | null {
  if (type === "INT32") return 9;
  if (type === "INT64") return 18;
  if (type === "BYTE_ARRAY") return Infinity;
  if (type !== "FIXED_LEN_BYTE_ARRAY") return null;
  // floor(log10(2^(8n - 1) - 1)): a power of two is no power of ten, so that the - 1 does not matter.
  return Math.floor((8 * typeLength - 1) * Math.log10(2));
}

/** The converted type that belongs to a logical type; `null`: none; `undefined`: any, since nothing is known. */
export function convertedTypeOf(type: LogicalType): ConvertedType | null | undefined {
  switch (type.type) {
    case "STRING":
      return "UTF8";
    case "INTEGER":
      return `${type.isSigned ? "" : "U"}INT_${type.bitWidth as 8 | 16 | 32 | 64}`;
    case "TIME":
    case "TIMESTAMP":
      return type.unit === "NANOS" ? null : `${type.type}_${type.unit}`;
    case "MAP":
    case "LIST":
    case "ENUM":
    case "DECIMAL":
    case "DATE":
    case "JSON":
    case "BSON":
      return type.type;
    case "UNRECOGNIZED":
      return undefined;
    default:
      return null;
  }
}

function describe(type: LogicalType): string {
  switch (type.type) {
    case "INTEGER":
      return `INTEGER(${type.bitWidth}, ${type.isSigned ? "signed" : "unsigned"})`;
    case "TIME":
    case "TIMESTAMP":
      return `${type.type}(${type.unit})`;
    default:
      return type.type;
  }
}
