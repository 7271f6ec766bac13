/**
 * Comparison of Arrow types, one level deep: the children are compared where they are walked.
 *
 * @module
 */

import type { ArrowType } from "./types.ts";

/** Whether arrays of both types have the same layout and their values the same meaning, children apart. */
export function isSameType(a: ArrowType, b: ArrowType): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case "int":
      return b.kind === "int" && a.bitWidth === b.bitWidth && a.signed === b.signed;
    case "float":
      return b.kind === "float" && a.bitWidth === b.bitWidth;
    case "decimal":
      return b.kind === "decimal" && a.bitWidth === b.bitWidth && a.precision === b.precision &&
        a.scale === b.scale;
    case "date":
      return b.kind === "date" && a.unit === b.unit;
    case "time":
      return b.kind === "time" && a.unit === b.unit && a.bitWidth === b.bitWidth;
    case "timestamp":
      // A time zone says nothing of the bytes, and schemas are compared as a whole elsewhere.
      return b.kind === "timestamp" && a.unit === b.unit;
    case "duration":
      return b.kind === "duration" && a.unit === b.unit;
    case "interval":
      return b.kind === "interval" && a.unit === b.unit;
    case "fixedSizeBinary":
      return b.kind === "fixedSizeBinary" && a.byteWidth === b.byteWidth;
    case "fixedSizeList":
      return b.kind === "fixedSizeList" && a.listSize === b.listSize;
    case "struct":
      return b.kind === "struct" && a.children.length === b.children.length;
    case "dictionary":
      return b.kind === "dictionary" && isSameType(a.index, b.index) &&
        isSameType(a.value, b.value);
    default:
      return a.kind === b.kind;
  }
}

/** A type in words, for messages. */
export function typeName(type: ArrowType): string {
  switch (type.kind) {
    case "int":
      return `${type.signed ? "int" : "uint"}${type.bitWidth}`;
    case "float":
      return `float${type.bitWidth}`;
    case "decimal":
      return `decimal${type.bitWidth}(${type.precision}, ${type.scale})`;
    case "date":
    case "time":
    case "timestamp":
    case "duration":
    case "interval":
      return `${type.kind}(${type.unit})`;
    case "fixedSizeBinary":
      return `fixedSizeBinary(${type.byteWidth})`;
    case "fixedSizeList":
      return `fixedSizeList(${type.listSize})`;
    case "struct":
      return `struct of ${type.children.length}`;
    case "dictionary":
      return `dictionary(${typeName(type.index)}, ${typeName(type.value)})`;
    default:
      return type.kind;
  }
}
