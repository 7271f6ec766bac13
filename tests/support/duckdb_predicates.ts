/**
 * Asks DuckDB to count rows by predicates on every column, which it answers with the help of statistics, page indexes,
 * dictionaries and bloom filters: a wrong one of these loses rows.
 */

import assert from "node:assert/strict";
import { makeData, RecordBatch, Schema, Struct, Table, tableToIPC } from "apache-arrow";
import { Table as WasmTable, writeParquet, WriterPropertiesBuilder } from "parquet-wasm";
import type { ArrowType } from "../../src/arrow/types.ts";
import { readParquetMetadata } from "../../src/file/read_parquet_metadata.ts";
import { arrowField, dataOf } from "./arrow_data.ts";
import type { ExpectedColumn } from "./arrow_values.ts";
import { withoutBloomFilters } from "./bloom_filters.ts";
import { identifier, query, quoted, withFile } from "./duckdb.ts";
import { inDuckDB, isKnownToDuckDB } from "./duckdb_reader.ts";
import { readPages } from "./page_decoder.ts";
import { show, type Value } from "./values.ts";

/** A condition and how many rows it holds for. */
export interface Predicate {
  readonly sql: string;
  readonly count: number;
  /** The values compared hold a NaN. */
  readonly hasNaN?: boolean;
  /** Equality with a constant of a type that DuckDB hashes other than the specification says. */
  readonly misHashed?: boolean;
}

/** A column without dictionary and run-end encoding, or a field of a struct column. */
interface Operand {
  readonly sql: string;
  readonly type: ArrowType;
  readonly values: readonly Value[];
}

/** Values of a column that predicates are made of, at the most. */
const SAMPLES = 3;

/** Asserts that DuckDB counts as many rows of the file as the expected values say. */
export async function assertPredicates(
  bytes: Uint8Array,
  path: string,
  columns: readonly ExpectedColumn[],
): Promise<void> {
  const predicates = columns.flatMap((column) => {
    const { field, values } = column;
    return operands({ sql: identifier(field.name), type: field.type, values })
      .flatMap(predicatesOn).map((predicate) => ({ ...predicate, column }));
  });
  if (predicates.length === 0) return;
  const counts = await count(path, predicates);
  for (const [i, predicate] of predicates.entries()) {
    let counted = counts[i]!;
    if (counted === predicate.count) continue;
    if (predicate.misHashed) {
      // That the filters hold every value is seen by `assertBloomFilters`: what is lost to them is DuckDB's loss.
      const other = withoutBloomFilters(bytes);
      [counted] = await withFile(other, (path) => count(path, [predicate])) as [number];
      if (counted === predicate.count) continue;
    }
    const rowGroup = Math.max(1, ...readPages(bytes).rowGroups.map(({ numRows }) => numRows));
    // Files of others have bounds beside NaNs, by which DuckDB loses rows. Ours have none, but in the total order.
    const excused = !predicate.hasNaN || predicate.sql.endsWith("null") ||
      await hasBoundsBesideNans(bytes);
    if (excused && await isReadersFault(predicate.column, rowGroup, predicate, counted)) continue;
    assert.fail(`DuckDB counts ${counted} rows instead of ${predicate.count}: ${predicate.sql}`);
  }
}

async function hasBoundsBesideNans(bytes: Uint8Array): Promise<boolean> {
  const { columnOrders, createdBy } = await readParquetMetadata(bytes);
  return !createdBy?.startsWith("parquet-ext") ||
    columnOrders!.some(({ type }) => type === "IEEE_754_TOTAL_ORDER");
}

async function count(path: string, predicates: readonly Predicate[]): Promise<number[]> {
  const rows = await query(
    predicates.map(({ sql }, i) =>
      `select ${i} as i, count(*) as n from read_parquet(${quoted(path)}) where ${sql}`
    ).join(" union all ") + " order by i",
  );
  return rows.map(([, n]) => Number(n));
}

/**
 * Whether DuckDB errs in the same way on the same values in a file of another writer, with row groups of the same size. It is
 * known to lose rows where minimum = maximum beside nulls.
 *
 * The other file has that column alone: not every type can be written by others.
 */
export async function isReadersFault(
  { field, values }: ExpectedColumn,
  rowGroup: number,
  predicate: Predicate,
  wrong: number,
): Promise<boolean> {
  const schema = new Schema([arrowField(field)]);
  const children = [dataOf(field.type, values)];
  const rows = makeData({ type: new Struct(schema.fields), length: values.length, children });
  const ipc = tableToIPC(new Table([new RecordBatch(schema, rows)]), "stream");
  for (const dictionary of [true, false]) {
    const properties = new WriterPropertiesBuilder()
      .setDictionaryEnabled(dictionary)
      .setMaxRowGroupSize(rowGroup)
      .build();
    const other = writeParquet(WasmTable.fromIPCStream(ipc), properties);
    const [counted] = await withFile(other, (path) => count(path, [predicate]));
    if (counted === wrong) return true;
  }
  return false;
}

function operands({ sql, type, values }: Operand): Operand[] {
  if (type.kind === "dictionary") return operands({ sql, type: type.value, values });
  if (type.kind === "runEndEncoded") return operands({ sql, type: type.values.type, values });
  const self = { sql, type, values: values.map((value) => inDuckDB(type, value)) };
  if (type.kind !== "struct" || !isKnownToDuckDB(type)) return [self];
  return [
    self,
    ...type.children.flatMap((child, i) =>
      operands({
        sql: `${sql}.${identifier(child.name)}`,
        type: child.type,
        values: values.map((value) => value === null ? null : (value as Value[])[i]!),
      })
    ),
  ];
}

function predicatesOn({ sql, type, values }: Operand): Predicate[] {
  if (!isKnownToDuckDB(type)) return [];
  const present = values.filter((value) => value !== null);
  const predicates: Predicate[] = [
    { sql: `${sql} is null`, count: values.length - present.length },
    { sql: `${sql} is not null`, count: present.length },
  ];
  if (literal(type, present[0] ?? null) === null) return predicates;
  const misHashed = isMisHashed(type);
  const hasNaN = present.some((value) => Number.isNaN(sortable(type, value)));
  for (const value of samples(type, present)) {
    const constant = literal(type, value);
    if (constant === null) continue;
    const counted = (holds: (order: number) => boolean) =>
      present.filter((other) => holds(compare(type, other, value))).length;
    predicates.push(
      { sql: `${sql} = ${constant}`, count: counted((order) => order === 0), misHashed, hasNaN },
      { sql: `${sql} >= ${constant}`, count: counted((order) => order >= 0), hasNaN },
      { sql: `${sql} < ${constant}`, count: counted((order) => order < 0), hasNaN },
    );
  }
  return predicates;
}

/**
 * Whether DuckDB 1.5 looks for something else than the value's bytes in a Bloom filter: for the float or double that it reads a
 * half float or a decimal of more than 38 digits as, or for bytes as it prints them (its issue 23053).
 */
function isMisHashed(type: ArrowType): boolean {
  switch (type.kind) {
    case "float":
      return type.bitWidth === 16;
    case "decimal":
      return type.precision > 38;
    default:
      return /binary/i.test(type.kind);
  }
}

/** The smallest, the largest and the first of some values. */
function samples(type: ArrowType, values: readonly Value[]): Value[] {
  if (values.length === 0) return [];
  let least: Value = values[0]!;
  let greatest: Value = values[0]!;
  for (const value of values) {
    if (compare(type, value, least) < 0) least = value;
    if (compare(type, value, greatest) > 0) greatest = value;
  }
  return [...new Set([values[0]!, least, greatest])].slice(0, SAMPLES);
}

/** DuckDB's order: NaN above everything, −0 equal to 0, strings by their bytes. */
export function compare(type: ArrowType, a: Value, b: Value): number {
  const [x, y] = [sortable(type, a), sortable(type, b)];
  if (typeof x === "number" && typeof y === "number") {
    if (Number.isNaN(x) || Number.isNaN(y)) {
      return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    }
  }
  return x < y ? -1 : x > y ? 1 : 0;
}

function sortable(type: ArrowType, value: Value): number | bigint | string {
  if (type.kind === "float") return numberOf(value as string);
  if (type.kind === "bool") return Number(value);
  if (typeof value === "string" && value.startsWith("s:")) {
    return Array.from(
      value.slice(2),
      (character) => character.codePointAt(0)!.toString(16).padStart(6, "0"),
    )
      .join("");
  }
  if (typeof value === "number" || typeof value === "bigint" || typeof value === "string") {
    return value;
  }
  throw new Error(`No order of ${show(value)}`);
}

function numberOf(float: string): number {
  const [, bitWidth, digits] = /^f(\d+):(.*)$/.exec(float)!;
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(`0x${digits}`));
  if (bitWidth === "64") return view.getFloat64(0);
  if (bitWidth === "32") return view.getFloat32(4);
  const bits = view.getUint16(6);
  const [exponent, fraction] = [bits >> 10 & 31, bits & 1023];
  const size = exponent === 31
    ? (fraction === 0 ? Infinity : NaN)
    : exponent === 0
    ? fraction * 2 ** -24
    : (1024 + fraction) * 2 ** (exponent - 25);
  return bits >> 15 ? -size : size;
}

/** A constant of SQL; `null` where there is none that is known to be exact. */
function literal(type: ArrowType, value: Value): string | null {
  if (value === null) return null;
  switch (type.kind) {
    case "bool":
      return String(value);
    case "int": {
      const name = { 8: "TINYINT", 16: "SMALLINT", 32: "INTEGER", 64: "BIGINT" }[type.bitWidth];
      return `'${value}'::${type.signed ? "" : "U"}${name}`;
    }
    case "float": {
      const number = numberOf(value as string);
      const name = type.bitWidth === 64 ? "DOUBLE" : "FLOAT";
      return `'${Object.is(number, -0) ? "-0.0" : number}'::${name}`;
    }
    case "decimal": {
      const digits = String((value as bigint) < 0n ? -(value as bigint) : value).padStart(
        type.scale + 1,
        "0",
      );
      const point = digits.length - type.scale;
      const text = `${(value as bigint) < 0n ? "-" : ""}${digits.slice(0, point)}.${
        digits.slice(point)
      }`;
      return `'${text}'::DECIMAL(${type.precision},${type.scale})`;
    }
    case "date":
      return type.unit === "day" ? `(DATE '1970-01-01' + (${value}))` : null;
    case "timestamp":
      if (type.unit === "nanosecond" && type.timezone === null) {
        return `make_timestamp_ns(${value})`;
      }
      return `make_timestamp(${(value as bigint) / 1000n})${
        type.timezone === null ? "" : "::TIMESTAMPTZ"
      }`;
    case "utf8":
    case "largeUtf8":
    case "utf8View": {
      const string = (value as string).slice(2);
      return string.includes("\0") ? null : quoted(string);
    }
    case "binary":
    case "largeBinary":
    case "binaryView":
    case "fixedSizeBinary":
      return `unhex('${(value as string).slice(2)}')`;
    default:
      return null;
  }
}
