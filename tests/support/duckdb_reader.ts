/** Reads a Parquet file with DuckDB. */

import type { ArrowField, ArrowType } from "../../src/arrow/types.ts";
import { duckdb, identifier, quoted } from "./duckdb.ts";
import type { DecodedFile } from "./page_decoder.ts";
import {
  floatFromNumber,
  hex,
  interval,
  NANOSECONDS,
  type Value,
  withoutNaNPayload,
} from "./values.ts";

/** Columns in the order of the file, which may have others, of the names in `without`. */
export async function readWithDuckDB(
  path: string,
  fields: readonly ArrowField[],
  without: readonly string[] = [],
): Promise<Value[][]> {
  const exclude = without.length === 0 ? "" : ` exclude (${without.map(identifier).join(", ")})`;
  const reader = await (await duckdb()).runAndReadAll(
    `select *${exclude} from read_parquet(${quoted(path)})`,
  );
  const columns = reader.getColumns();
  if (reader.columnCount !== fields.length) {
    throw new Error(`${reader.columnCount} columns instead of ${fields.length}`);
  }
  return fields.map(({ type }, i) => (columns[i] ?? []).map((value) => converted(type, value)));
}

/** `Type` of parquet.thrift. */
const FLOAT = 4;
const DOUBLE = 5;

/** Top-level columns that DuckDB 1.5 refuses: it knows BYTE_STREAM_SPLIT of FLOAT and DOUBLE only. */
export function refusedByDuckDB({ rowGroups }: DecodedFile): Set<string> {
  const refused = rowGroups.flatMap(({ chunks }) => chunks).filter(({ metaData, pages }) =>
    ![FLOAT, DOUBLE].includes(Number(metaData[1])) &&
    pages.some(({ encoding }) => encoding === "BYTE_STREAM_SPLIT")
  );
  return new Set(refused.map(({ path }) => path[0]!));
}

/** Whether DuckDB reads a type exactly, as far as `inDuckDB` says. */
export function isKnownToDuckDB(type: ArrowType): boolean {
  switch (type.kind) {
    case "decimal":
      return type.precision <= 38;
    case "dictionary":
      return isKnownToDuckDB(type.value);
    case "runEndEncoded":
      return isKnownToDuckDB(type.values.type);
    case "struct":
      return type.children.every((child) => isKnownToDuckDB(child.type));
    default:
      return !("child" in type) || isKnownToDuckDB(type.child.type);
  }
}

/** An expected value, less what DuckDB has no room for: payloads of NaN, nanoseconds beside a time zone. */
export function inDuckDB(type: ArrowType, value: Value): Value {
  if (value === null) return null;
  switch (type.kind) {
    case "float":
      return withoutNaNPayload(value);
    case "timestamp":
      return type.unit === "nanosecond" && type.timezone !== null
        ? microseconds(value as bigint) * 1000n
        : value;
    case "dictionary":
      return inDuckDB(type.value, value);
    case "runEndEncoded":
      return inDuckDB(type.values.type, value);
    case "struct":
      return (value as Value[]).map((item, i) => inDuckDB(type.children[i]!.type, item));
    default:
      return "child" in type
        ? (value as Value[]).map((item) => inDuckDB(type.child.type, item))
        : value;
  }
}

/** Whole microseconds, rounded towards zero. */
function microseconds(nanoseconds: bigint): bigint {
  return nanoseconds / 1000n;
}

// deno-lint-ignore no-explicit-any
function converted(type: ArrowType, value: any): Value {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case "bool":
    case "int":
      return value;
    case "float":
      return floatFromNumber(type.bitWidth, value);
    case "decimal":
      return value.value;
    case "date":
      if (type.unit === "day") return value.days;
      return typeof value === "bigint" ? value : BigInt(value.days) * 86_400_000n;
    case "time":
    case "timestamp":
      if ("nanos" in value) return value.nanos;
      if ("micros" in value) return value.micros * 1000n;
      return value.millis * 1_000_000n;
    case "duration":
      return value * NANOSECONDS[type.unit];
    case "interval":
      return interval(value.months, value.days, value.micros / 1000n);
    case "utf8":
    case "largeUtf8":
    case "utf8View":
      return `s:${value}`;
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return `x:${hex(value.bytes)}`;
    case "dictionary":
      return converted(type.value, value);
    case "runEndEncoded":
      return converted(type.values.type, value);
    case "list":
    case "largeList":
    case "listView":
    case "largeListView":
    case "fixedSizeList":
      return value.items.map((item: unknown) => converted(type.child.type, item));
    case "struct":
      return type.children.map((child) => converted(child.type, value.entries[child.name]));
    case "map": {
      const entry = type.child.type;
      if (entry.kind !== "struct") throw new Error("A map of something else than structs");
      return value.entries.map((pair: { key: unknown; value: unknown }) => [
        converted(entry.children[0]!.type, pair.key),
        converted(entry.children[1]!.type, pair.value),
      ]);
    }
    default:
      throw new Error(`DuckDB gave a value for ${type.kind}`);
  }
}
