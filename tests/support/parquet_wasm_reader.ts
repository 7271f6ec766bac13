/** Reads a Parquet file with parquet-wasm (arrow-rs), which gives Arrow IPC: floats keep all their bits. */

import { type DataType, tableFromIPC } from "apache-arrow";
import { readParquet } from "parquet-wasm";
import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { typeOf, valuesOf } from "./arrow_values.ts";
import { bigEndianInteger, fromPhysical, type Value } from "./values.ts";

/** Columns in the order of the file. */
export function readWithParquetWasm(bytes: Uint8Array, fields: readonly ArrowField[]): Value[][] {
  const table = tableFromIPC(readParquet(bytes.slice()).intoIPCStream());
  if (table.schema.fields.length !== fields.length) {
    throw new Error(`${table.schema.fields.length} columns instead of ${fields.length}`);
  }
  return fields.map(({ type }, i) => {
    const vector = table.getChildAt(i)!;
    // A table without batches has vectors without data.
    return valuesOf(vector).map((value) => restored(value, typeOf(vector.type as DataType), type));
  });
}

/**
 * Whether parquet-wasm reads a type. It takes every interval for days and milliseconds, unless the file has an Arrow schema
 * that says otherwise, and then knows no MonthDayNano.
 */
export function isKnownToParquetWasm(type: ArrowType, hasArrowSchema: boolean): boolean {
  const isKnown = (inner: ArrowType) => isKnownToParquetWasm(inner, hasArrowSchema);
  switch (type.kind) {
    case "interval":
      return hasArrowSchema ? type.unit !== "monthDayNano" : type.unit === "dayTime";
    case "dictionary":
      // arrow-rs 59 makes Arrow dictionaries of numbers and of byte arrays of free length only.
      return isKnown(type.value) &&
        !(hasArrowSchema && ["bool", "decimal", "fixedSizeBinary"].includes(type.value.kind)) &&
        !(hasArrowSchema && type.value.kind === "float" && type.value.bitWidth === 16);
    case "runEndEncoded":
      return isKnown(type.values.type);
    case "struct":
      return type.children.every((child) => isKnown(child.type));
    default:
      return !("child" in type) || isKnown(type.child.type);
  }
}

/** What arrow-rs took for another type, for want of an Arrow schema in the file, as the type that was written. */
function restored(value: Value, from: ArrowType, to: ArrowType): Value {
  if (value === null) return null;
  if (from.kind === "dictionary") return restored(value, from.value, to);
  if (to.kind === "dictionary") return restored(value, from, to.value);
  if (to.kind === "runEndEncoded") return restored(value, from, to.values.type);
  if ("child" in from && "child" in to) {
    return (value as Value[]).map((item) => restored(item, from.child.type, to.child.type));
  }
  if (from.kind === "struct" && to.kind === "struct") {
    return (value as Value[]).map((item, i) =>
      restored(item, from.children[i]!.type, to.children[i]!.type)
    );
  }
  if (from.kind === "int" && to.kind !== "int") return fromPhysical(to, value);
  if (from.kind === "date" && to.kind === "date" && from.unit !== to.unit) {
    return fromPhysical(to, value);
  }
  if (from.kind === "fixedSizeBinary" && to.kind !== "fixedSizeBinary") {
    return fromPhysical(to, bytesOf(value as string));
  }
  if (from.kind === "binary" && to.kind === "decimal") {
    return bigEndianInteger(bytesOf(value as string));
  }
  return value;
}

function bytesOf(value: string): Uint8Array {
  const digits = value.slice(2);
  return Uint8Array.from(
    { length: digits.length / 2 },
    (_, i) => parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}
